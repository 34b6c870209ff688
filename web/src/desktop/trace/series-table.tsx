// A curve's twin: its points as a table, for whom a drawing says nothing.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';

const ROWS_MAX = 200;

export function SeriesTable({ series }: { series: Shape['Series'] }) {
  const { t } = useTranslation();
  const shown = series.points.slice(-ROWS_MAX);
  return (
    <details>
      <summary>{t('trace.as_table', { n: shown.length })}</summary>
      <div className="scroll-table" tabIndex={0} role="group" aria-label={t('trace.as_table', { n: shown.length })}>
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t('cases.at')}</th>
              <th scope="col" className="num">{t('cases.value')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((p, n) => (
              <tr key={n}>
                <td>{when(p.at)}</td>
                <td className="num">{figure(p.value, 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
