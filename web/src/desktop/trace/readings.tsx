// What was measured around the moment: the curve with the lines it is compared with, and the readings as a table.

import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { Loading } from '../parts/loading';
import { measureLabel, unitLabel } from '../parts/measure';
import type { Stretch } from './curve-chart';
import { SeriesTable } from './series-table';

const Chart = lazy(() => import('./curve-chart'));

interface Props {
  explained: Shape['ExplainView'];
  /** The finding the moment is the beginning of. */
  told?: { start: string; end: string | null };
}

export function Readings({ explained, told }: Props) {
  const { t } = useTranslation();
  const stretches: Stretch[] = [
    ...(explained.pending ? [{ from: explained.pending.from, to: explained.pending.to, name: t('trace.pending'), kind: 'pending' as const }] : []),
    ...(told ? [{ from: told.start, to: told.end, name: t('trace.told'), kind: 'told' as const }] : []),
  ];
  return (
    <>
      {explained.series.length === 0 && <p className="soft">{t('trace.no_series')}</p>}
      {explained.series.map((one) => {
        const name = measureLabel(one.measure);
        const unit = unitLabel(one.unit);
        const per = explained.by_day || one.per_day;
        return (
          <figure key={one.measure} className="curve">
            <figcaption>{t(per ? 'trace.curve_days' : 'trace.curve', { what: name, unit: unit ? ` (${unit})` : '' })}</figcaption>
            <Suspense fallback={<Loading />}>
              <Chart
                series={one}
                name={name}
                byDay={explained.by_day}
                lines={per ? [] : explained.limits.filter((l) => l.measure === one.measure).map((l) => ({ name: l.label, value: l.value }))}
                stretches={stretches}
                marks={told ? [] : [{ at: explained.at, name: t('trace.moment') }]}
                words={t('trace.chart_words', { what: name, n: one.points.length })}
              />
            </Suspense>
            <SeriesTable series={one} />
          </figure>
        );
      })}
      <h3>{t('trace.remembered')}</h3>
      {explained.readings.length === 0 && <p className="soft">{t('trace.no_readings')}</p>}
      {explained.readings.length > 0 && (
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t('cases.at')}</th>
              <th scope="col">{t('cases.device')}</th>
              <th scope="col">{t('cases.measure')}</th>
              <th scope="col" className="num">{t('cases.value')}</th>
            </tr>
          </thead>
          <tbody>
            {explained.readings.map((r, n) => (
              <tr key={n}>
                <td>{when(r.at)}</td>
                <td><Link to={`/devices/${encodeURIComponent(r.device)}`}>{r.device}</Link></td>
                <td>{measureLabel(r.measure)}</td>
                <td className="num">{r.value == null ? (r.text ?? '') : figure(r.value, 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="soft small">{t('trace.dull', { days: explained.days, heard: figure(explained.heard), dull: figure(explained.dull) })}</p>
    </>
  );
}
