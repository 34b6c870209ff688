// One-tap pushes: what was sent, newest first, with what came back; composing beside it.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Table } from 'antd';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import { Urgency } from './counts';
import '../pages.css';
import './pushes.css';

const Compose = lazy(() => import('./compose'));
const One = lazy(() => import('./one'));

type Row = Shape['PushRow'];
const ROWS = 20;

export default function PushesPage() {
  const { t } = useTranslation();
  const go = useNavigate();
  const { id } = useParams();
  const [params, setParams] = useSearchParams();
  const list = useInfiniteQuery({
    queryKey: ['pushes', 'list'],
    initialPageParam: '',
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/pushes', { params: { query: { cursor: pageParam || undefined, limit: ROWS } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const compose = () => setParams({ compose: '1' });
  return (
    <Page title={t('pushes.title')} actions={<Button type="primary" onClick={compose}>{t('pushes.compose')}</Button>}>
      <p className="soft">{t('pushes.about')}</p>
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      <Table<Row>
        size="small"
        className="stack"
        style={{ marginTop: 12 }}
        rowKey="id"
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <EmptyWhy why={t('pushes.none')} more={t('pushes.none_more')} next={{ label: t('pushes.compose'), do: compose }} /> }}
        columns={[
          { title: t('pushes.sent_at'), width: 110, render: (_, p) => <At instant={p.at} /> },
          { title: t('pushes.text'), render: (_, p) => <Link to={`/pushes/${p.id}`} className="push-text">{p.urgent && <><Urgency />{' '}</>}{p.text}</Link> },
          { title: t('pushes.to'), width: 220, render: (_, p) => <>{p.area_name} · {p.groups.map((g) => g.label).join(t('pushes.comma'))}</> },
          { title: t('pushes.sender'), width: 110, dataIndex: 'sender_name' },
          { title: t('pushes.receipts'), width: 300, render: (_, p) => <Short counts={p.counts} /> },
        ]}
      />
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      <Suspense>
        {params.has('compose') && <Compose onClose={() => setParams({}, { replace: true })} onSent={(sent) => void go(`/pushes/${sent}`, { replace: true })} />}
        {id && <One id={id} onClose={() => void go('/pushes')} />}
      </Suspense>
    </Page>
  );
}

/** Receipts in a line: each number with its word. */
function Short({ counts }: { counts: Row['counts'] }) {
  const { t } = useTranslation();
  const parts = ['asked', 'seen', 'coming', 'done', 'cannot'] as const;
  return (
    <span className="push-short">
      {parts.map((p) => <span key={p} className={counts[p] === 0 ? 'soft' : ''}>{t(`pushes.counts.${p}`)} <strong>{counts[p]}</strong></span>)}
    </span>
  );
}
