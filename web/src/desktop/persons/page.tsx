// Persons: found by what one knows, masked; opened for a purpose, for a minute, on record.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Input, Table, Tag } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import '../pages.css';

// The dialog comes when it is opened.
const OpenPerson = lazy(() => import('./open'));

type Row = Shape['PersonRow'];
const ROWS = 50;

export default function PersonsPage() {
  const { t } = useTranslation();
  const [q, setQ] = useState('');
  const [opening, setOpening] = useState<Row | null>(null);
  const list = useInfiniteQuery({
    queryKey: ['persons', q],
    initialPageParam: '',
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/persons', { params: { query: { q: q || undefined, cursor: pageParam || undefined, limit: ROWS } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    // Searches for people are not kept.
    gcTime: 0,
  });
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Page title={t('persons.title')}>
      <p className="soft">{t('persons.about')}</p>
      <div className="tools">
        <Input.Search allowClear placeholder={t('persons.search')} aria-label={t('persons.search')} onSearch={(text) => setQ(text.trim())} style={{ width: 360, maxWidth: '100%' }} autoComplete="off" />
      </div>
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      <Table<Row>
        size="small"
        rowKey="id"
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: <EmptyWhy why={q ? t('persons.none_found') : t('persons.none')} more={q ? t('persons.none_found_more') : undefined} /> }}
        columns={[
          { title: t('persons.name'), dataIndex: 'name_masked' },
          { title: t('persons.home'), dataIndex: 'dwelling_name' },
          { title: t('persons.groups'), render: (_, p) => p.populations.map((code) => <Tag key={code}>{t(`persons.populations.${code}`, { defaultValue: code })}</Tag>) },
          { title: t('persons.action'), render: (_, p) => <Button type="link" size="small" onClick={() => setOpening(p)}>{t('persons.open')}</Button> },
        ]}
      />
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      <Suspense>{opening && <OpenPerson person={opening} onClose={() => setOpening(null)} />}</Suspense>
    </Page>
  );
}
