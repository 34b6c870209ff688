// What a rule nearly said: how many readings it heard, how many of them changed nothing, and the near misses with the
// number that kept each back. Asked for by hand: the past is played once for every number.

import { useQuery } from '@tanstack/react-query';
import { Button, Spin, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';
import { Script } from './script';
import './trace.css';

interface Props {
  rule: string;
  subject?: string;
  area?: string;
  from?: string;
  to?: string;
}

export function NearMisses({ rule, subject, area, from, to }: Props) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const query = { subject, area, from, to };
  const near = useQuery({
    queryKey: ['near', rule, query],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/rules/{rule}/near', { params: { path: { rule }, query }, signal })),
    staleTime: 300_000,
    enabled: asked,
  });
  return (
    <section className="block near" aria-busy={near.isFetching}>
      <h2>{t('trace.near')}</h2>
      <p className="soft small">{t('trace.near_more')}</p>
      {!asked && <Button onClick={() => setAsked(true)}>{t('trace.near_ask')}</Button>}
      {near.isFetching && <p className="soft" role="status"><Spin size="small" /> {t('trace.near_wait')}</p>}
      {near.error && <ProblemView fault={near.error} onAgain={() => void near.refetch()} />}
      {near.data && <Found near={near.data} />}
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
