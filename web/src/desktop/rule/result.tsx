// What a backtest came to: findings a day, weeks and areas, and everything that differs with the way to its trace.

import { Table, Tag } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { Loading } from '../parts/loading';

const Chart = lazy(() => import('./days-chart'));

type Result = Shape['BacktestResult'];
type Change = Shape['BacktestChange'];

/** Numbers that are hidden are few, not none. */
export function useCount() {
  const { t } = useTranslation();
  return (n: number | null | undefined) => (n == null ? t('rule.few') : figure(n));
}

export function Days({ result }: { result: Result }) {
  const { t } = useTranslation();
  const count = useCount();
  const total = (side: 'in_force' | 'candidate') => count(result[side].findings);
  // Days that are hidden would look like days without anything.
  const hidden = result.days.some((d) => d.in_force == null || d.candidate == null);
  const words = t('rule.days_words', { was: total('in_force'), is: total('candidate') });
  return (
    <figure className="curve">
      <figcaption>{t('rule.days_title')}</figcaption>
      {hidden ? (
        <p className="soft">{t('rule.days_hidden')}</p>
      ) : (
        <Suspense fallback={<Loading />}>
          <Chart days={result.days} words={words} />
        </Suspense>
      )}
      <details>
        <summary>{t('trace.as_table', { n: result.days.length })}</summary>
        <div className="scroll-table" tabIndex={0} role="group" aria-label={t('rule.days_title')}>
          <table className="figures">
            <thead>
              <tr>
                <th scope="col">{t('rule.day')}</th>
                <th scope="col" className="num">{t('rule.side_in_force')}</th>
                <th scope="col" className="num">{t('rule.side_tried')}</th>
              </tr>
            </thead>
            <tbody>{result.days.map((d) => <tr key={d.day}><td>{d.day}</td><td className="num">{count(d.in_force)}</td><td className="num">{count(d.candidate)}</td></tr>)}</tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

export function Weeks({ result }: { result: Result }) {
  const { t } = useTranslation();
  const count = useCount();
  if (result.weeks.length === 0) return null;
  return (
    <table className="figures">
      <caption>{t('rule.weeks')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('rule.week')}</th>
          <th scope="col">{t('rule.area')}</th>
          {(['same', 'moved', 'added', 'removed'] as const).map((fate) => <th key={fate} scope="col" className="num">{t(`rule.fates.${fate}`)}</th>)}
        </tr>
      </thead>
      <tbody>
        {result.weeks.map((w) => (
          <tr key={w.week + w.area.code}>
            <td>{w.week}</td>
            <td>{w.area.label || w.area.code}</td>
            {(['same', 'moved', 'added', 'removed'] as const).map((fate) => <td key={fate} className="num">{count(w[fate])}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** `values`: those tried, for the trace of what only they tell. */
export function Changes({ result, rule, values }: { result: Result; rule: string; values: string }) {
  const { t } = useTranslation();
  if (result.counts_only) return <p className="soft">{t('rule.counts_only')}</p>;
  const trace = (c: Change) => `/why?${new URLSearchParams({ rule, subject: c.subject, at: c.start, ...(c.fate !== 'removed' && values ? { values } : {}) })}`;
  return (
    <section className="block">
      <h2>{t('rule.changes')}</h2>
      {result.changes.length === 0 ? (
        <p className="soft">{t('rule.no_changes')}</p>
      ) : (
        <Table<Change>
          size="small"
          className="stack"
          rowKey={(c) => `${c.fate} ${c.subject} ${c.start}`}
          dataSource={result.changes}
          pagination={result.changes.length > 10 ? { pageSize: 10, showSizeChanger: false } : false}
          columns={[
            { title: t('rule.fate'), render: (_, c) => <Tag>{t(`rule.fates.${c.fate}`)}</Tag> },
            { title: t('trace.subject'), render: (_, c) => <span className="wrap">{c.subject} · {c.area.label}</span> },
            { title: t('rule.when'), render: (_, c) => <span>{c.at_or_before ? t('rule.or_before', { at: when(c.start) }) : when(c.start)}{c.end ? ` – ${when(c.end)}` : ''}{c.was_start ? <span className="soft"> {t('rule.was', { from: when(c.was_start), to: when(c.was_end) })}</span> : null}</span> },
            { title: t('rule.evidence'), render: (_, c) => <span className="wrap">{c.evidence.sentence}</span> },
            { title: '', render: (_, c) => <Link to={trace(c)}>{t('trace.look')}</Link> },
          ]}
        />
      )}
    </section>
  );
}
