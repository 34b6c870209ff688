// What a rule nearly said: how many readings it heard, how many of them changed nothing, and the near misses with the
// number that kept each back. Asked for by hand: the past is played once for every number; who leaves the page stops it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';
import { followed, type Steps } from '../parts/run';
import { Running } from '../parts/running';
import { Script } from './script';
import './trace.css';

interface Props {
  rule: string;
  subject?: string;
  area?: string;
  from?: string;
  to?: string;
}

/** Near misses at the server. */
const near = (rule: string, body: Shape['NearAsk']): Steps<Shape['NearRunView']> => ({
  begin: () => ask(api.POST('/api/v1/rules/{rule}/near-misses', { params: { path: { rule } }, body })),
  look: (id) => ask(api.GET('/api/v1/near-misses/{id}', { params: { path: { id } } })),
  cancel: (id) => api.DELETE('/api/v1/near-misses/{id}', { params: { path: { id } } }),
});

export function NearMisses({ rule, subject, area, from, to }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [stopped, setStopped] = useState(false);
  const [share, setShare] = useState(0);
  const body = { subject, area, from, to };
  const queryKey = ['near', rule, body];
  const run = useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      setShare(0);
      return followed(near(rule, body), signal, setShare);
    },
    staleTime: 300_000,
    retry: false,
    enabled: asked,
  });
  const begin = () => {
    setStopped(false);
    setAsked(true);
    if (asked) void run.refetch();
  };
  const cancel = () => {
    setStopped(true);
    setAsked(false);
    void client.cancelQueries({ queryKey });
  };
  const result = run.data?.result;
  const over = !run.isFetching && (stopped || run.data?.state === 'cancelled');
  return (
    <section className="block near" aria-busy={run.isFetching}>
      <h2>{t('trace.near')}</h2>
      <p className="soft small">{t('trace.near_more')}</p>
      {over && <p role="status">{t('trace.near_stopped')}</p>}
      {!run.isFetching && !run.error && !result && <Button onClick={begin}>{t('trace.near_ask')}</Button>}
      {run.isFetching && <p className="soft" role="status">{t('trace.near_wait')}</p>}
      {run.isFetching && <Running share={share} words={t('trace.near_wait')} onCancel={cancel} />}
      {!run.isFetching && run.error && <ProblemView fault={run.error} onAgain={begin} />}
      {result && <Found near={result} />}
    </section>
  );
}

function Found({ near }: { near: Shape['NearView'] }) {
  const { t } = useTranslation();
  return (
    <>
      <p role="status"><strong>{near.sentence}</strong> <span className="soft">{t('trace.days', { from: near.from, to: near.to })}</span></p>
      {near.counts_only && <p className="soft">{t('trace.counts_only')}</p>}
      {!near.counts_only && near.misses.length === 0 && <p className="soft">{t('trace.near_none')}</p>}
      <ol>
        {near.misses.map((miss, n) => (
          <li key={n}>
            <Tag>{t('trace.off_by', { n: figure(miss.share * 100, 1) })}</Tag>
            <strong>{miss.sentence}</strong>
            <p className="soft small">
              {miss.subject} · {miss.area.label} · {when(miss.start)}{miss.end ? ` – ${when(miss.end)}` : ''} ·{' '}
              <Link to={`/why?${new URLSearchParams({ rule: near.rule, subject: miss.subject, at: miss.start })}`}>{t('trace.look')}</Link>
            </p>
            {miss.script && <Script script={miss.script} label={t('trace.as_test')} />}
          </li>
        ))}
      </ol>
      {near.more && <p className="soft">{t('trace.near_more_than', { n: near.misses.length })}</p>}
    </>
  );
}
