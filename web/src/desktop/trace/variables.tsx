// The numbers of a rule: its parameters with bounds and who set them, and what its signals said.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { unitLabel } from '../parts/measure';
import { nameOf, saysOf } from './graph';

export function Variables({ explained }: { explained: Shape['ExplainView'] }) {
  const { t } = useTranslation();
  return (
    <>
      {explained.variables.length === 0 && <p className="soft">{t('trace.no_variables')}</p>}
      {explained.variables.length > 0 && (
        <table className="figures">
          <caption className="unseen">{t('trace.tab_variables')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('rules.parameter')}</th>
              <th scope="col" className="num">{t('rules.value')}</th>
              <th scope="col">{t('rules.bounds')}</th>
              <th scope="col">{t('rules.set_by')}</th>
            </tr>
          </thead>
          <tbody>
            {explained.variables.map((v) => (
              <tr key={v.name}>
                <th scope="row">{v.label}</th>
                <td className="num">{figure(v.value, 4)} {unitLabel(v.unit)}</td>
                <td className="soft">{figure(v.min, 4)} – {figure(v.max, 4)} {unitLabel(v.unit)}</td>
                <td>{v.set_by.label || v.set_by.code}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <table className="figures">
        <caption>{t('trace.signals')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('trace.signal')}</th>
            <th scope="col">{t('trace.says')}</th>
            <th scope="col">{t('trace.why_so')}</th>
          </tr>
        </thead>
        <tbody>
          {explained.signals.map((s) => (
            <tr key={s.name}>
              <th scope="row">{nameOf(s, explained.signals, t)}</th>
              <td>{saysOf(s)}</td>
              <td className="soft">{s.steps.join(' ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
