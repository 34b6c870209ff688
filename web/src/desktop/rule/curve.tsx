// One device or place under the rule: its curve, the line in force and the one tried, and what each would tell.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask } from '../../shared/api/client';
import { Loading } from '../parts/loading';
import { measureLabel, unitLabel } from '../parts/measure';
import { ProblemView } from '../parts/problem-view';
import type { Stretch } from '../trace/curve-chart';
import { SeriesTable } from '../trace/series-table';

const Chart = lazy(() => import('../trace/curve-chart'));

interface Props {
  rule: string;
  subject: string;
  from: string;
  to: string;
  values: string;
}

export function Curve({ rule, subject, from, to, values }: Props) {
  const { t } = useTranslation();
  const query = { subject, from, to, values: values || undefined };
  const curve = useQuery({
    queryKey: ['curve', rule, query],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/rules/{rule}/curve', { params: { path: { rule }, query }, signal })),
    // The curve before stays until the next is there, but never another device's.
    placeholderData: (before) => (before?.subject === subject ? before : undefined),
    staleTime: 60_000,
  });
  if (curve.error) return <ProblemView fault={curve.error} onAgain={() => void curve.refetch()} />;
  if (!curve.data) return <Loading />;
  const { in_force, candidate, series, by_day } = curve.data;
  const stretches: Stretch[] = [
    ...candidate.episodes.flatMap((e) => (e.pending_from ? [{ from: e.pending_from, to: e.start, name: t('trace.pending'), kind: 'pending' as const }] : [])),
    ...in_force.episodes.map((e) => ({ from: e.start, to: e.end ?? null, name: t('rule.side_in_force'), kind: 'told' as const })),
    ...(values ? candidate.episodes.map((e) => ({ from: e.start, to: e.end ?? null, name: t('rule.side_tried'), kind: 'tried' as const })) : []),
  ];
  return (
    <div aria-busy={curve.isFetching}>
      <p role="status" className="soft">{t('rule.curve_says', { was: in_force.episodes.length, is: candidate.episodes.length })}</p>
      {series.length === 0 && <p className="soft">{t('trace.no_series')}</p>}
      {series.map((one) => {
        const unit = unitLabel(one.unit);
        const per = by_day || one.per_day;
        const of = (limits: typeof in_force.limits) => (per ? [] : limits.filter((l) => l.measure === one.measure));
        const tried = of(candidate.limits).filter((l) => !in_force.limits.some((f) => f.measure === l.measure && f.label === l.label && f.value === l.value));
        return (
          <figure key={one.measure} className="curve">
            <figcaption>{t('rule.curve_title', { what: measureLabel(one.measure), unit: unit ? ` (${unit})` : '' })}</figcaption>
            <Suspense fallback={<Loading />}>
              <Chart
                series={one}
                name={measureLabel(one.measure)}
                byDay={by_day}
                lines={[...of(in_force.limits).map((l) => ({ name: l.label, value: l.value })), ...tried.map((l) => ({ name: l.label, value: l.value, tried: true }))]}
                stretches={stretches}
                marks={[]}
                words={t('rule.curve_says', { was: in_force.episodes.length, is: candidate.episodes.length })}
              />
            </Suspense>
            <SeriesTable series={one} />
          </figure>
        );
      })}
    </div>
  );
}
