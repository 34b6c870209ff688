// What rules cost those who work here: cases a shift, this rule beside all others, with what is tried in place of it.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';
import { useCount } from './result';

interface Props {
  rule: string;
  area?: string;
  result: Shape['BacktestResult'] | null;
}

export function Load({ rule, area, result }: Props) {
  const { t } = useTranslation();
  const count = useCount();
  const load = useQuery({
    queryKey: ['load', area],
    queryFn: () => ask(api.GET('/api/v1/rules/load', { params: { query: { area } } })),
    staleTime: 300_000,
  });
  if (load.error) return <ProblemView fault={load.error} onAgain={() => void load.refetch()} />;
  if (!load.data) return null;
  const all = load.data;
  const mine = all.rules.find((r) => r.rule === rule);
  const others = all.rules.filter((r) => r.rule !== rule && (r.cases === null || (r.cases ?? 0) > 0)).sort((a, b) => (b.cases ?? 0) - (a.cases ?? 0));
  const most = Math.max(1, ...all.rules.map((r) => r.cases ?? 0), result?.candidate.cases ?? 0);
  const bar = (n: number | null | undefined, name: string) => <meter min={0} max={most} value={n ?? 0} aria-label={name} />;
  const rate = (n: number | null | undefined) => (n == null ? '' : t('rule.a_shift', { n: figure(n) }));
  return (
    <section className="block load">
      <h2>{t('rule.load')}</h2>
      <p>
        {t('rule.load_all', { days: all.days, n: figure(all.cases), shift: figure(all.per_shift) })}{' '}
        {all.per_worker_week == null ? t('rule.load_nobody') : t('rule.load_worker', { n: figure(all.per_worker_week), workers: all.workers })}
      </p>
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">{t('trace.rule')}</th>
            <th scope="col" className="num">{t('rule.cases')}</th>
            <th scope="col">{t('rule.per_shift')}</th>
          </tr>
        </thead>
        <tbody>
          {result && <tr className="mine"><th scope="row">{t('rule.load_tried')}</th><td className="num">{count(result.candidate.cases)}</td><td>{bar(result.candidate.cases, t('rule.load_tried'))} {rate(result.candidate.per_shift)}</td></tr>}
          {mine && <tr className="mine"><th scope="row">{t('rule.load_mine', { name: mine.name })}</th><td className="num">{count(mine.cases)}</td><td>{bar(mine.cases, mine.name)} {rate(mine.per_shift)}</td></tr>}
          {others.map((r) => <tr key={r.rule}><th scope="row">{r.name}</th><td className="num">{count(r.cases)}</td><td>{bar(r.cases, r.name)} {rate(r.per_shift)}</td></tr>)}
        </tbody>
      </table>
      {result?.candidate.per_worker_week != null && <p className="soft small">{t('rule.load_tried_worker', { n: figure(result.candidate.per_worker_week) })}</p>}
    </section>
  );
}
