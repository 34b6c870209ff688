// Quarantine: rows that came but cannot be used until somebody has looked at them. Raw and reason side by side.

import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Select, Table } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { More } from '../parts/more';
import { Page } from '../parts/frame';
import { ProblemView } from '../parts/problem-view';
import { useMay } from '../session/session';
import '../pages.css';

// Dialogs come when they are opened.
const Correct = lazy(() => import('./correct'));
const DiscardRow = lazy(() => import('./discard'));

type Row = Shape['QuarantineRow'];
const REASONS = [
  'malformed', 'unknown_device', 'unknown_measure', 'foreign_device', 'clock_out_of_range', 'conflicting_duplicate', 'forbidden_content', 'value_out_of_range',
] as const;
const ROWS = 50;

export default function QuarantinePage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const writes = useMay('quarantine_write');
  const [params, setParams] = useSearchParams();
  const [correcting, setCorrecting] = useState<Row | null>(null);
  const [discarding, setDiscarding] = useState<Row | null>(null);
  const reason = params.get('reason') ?? undefined;
  const list = useInfiniteQuery({
    queryKey: ['quarantine', reason],
    initialPageParam: '',
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/quarantine', { params: { query: { reason, cursor: pageParam || undefined, limit: ROWS } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const settled = () => {
    setCorrecting(null);
    setDiscarding(null);
    void client.invalidateQueries({ queryKey: ['quarantine'] });
  };
  return (
    <Page title={t('quarantine.title')}>
      <p className="soft">{t('quarantine.about')}</p>
      <div className="tools">
        <Select
          allowClear
          value={reason}
          onChange={(code: string | undefined) => setParams(code ? { reason: code } : {}, { replace: true })}
          placeholder={t('quarantine.any_reason')}
          aria-label={t('quarantine.reason')}
          options={REASONS.map((code) => ({ value: code, label: t(`quarantine.reasons.${code}`) }))}
          style={{ width: 220 }}
        />
      </div>
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      <Table<Row>
        size="small"
        className="stack"
        rowKey="id"
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        scroll={{ x: 860 }}
        locale={{
          emptyText: reason ? (
            <EmptyWhy why={t('quarantine.none_filtered')} next={{ label: t('quarantine.show_all'), do: () => setParams({}, { replace: true }) }} />
          ) : (
            <EmptyWhy why={t('quarantine.none')} more={t('quarantine.none_more')} />
          ),
        }}
        columns={[
          { title: t('quarantine.received'), width: 130, render: (_, r) => <><At instant={r.received_at} /><div className="soft small">{r.source}</div></> },
          {
            title: t('quarantine.reason'),
            width: 280,
            render: (_, r) => (
              <>
                <strong>{t(`quarantine.reasons.${r.reason}`)}</strong>
                <div className="small">{r.field && <code>{r.field}</code>} {r.message}</div>
              </>
            ),
          },
          { title: t('quarantine.raw'), render: (_, r) => (r.raw ? <pre className="raw">{r.raw}</pre> : <span className="soft">{t('quarantine.no_raw')}</span>) },
          ...(writes
            ? [{
                title: t('quarantine.action'),
                width: 150,
                render: (_: unknown, r: Row) => (
                  <span className="nowrap">
                    <Button type="link" size="small" onClick={() => setCorrecting(r)}>{t('quarantine.correct')}</Button>
                    <Button type="link" size="small" onClick={() => setDiscarding(r)}>{t('quarantine.discard')}</Button>
                  </span>
                ),
              }]
            : []),
        ]}
      />
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
      <Suspense>
        {correcting && <Correct row={correcting} onClose={() => setCorrecting(null)} onDone={settled} />}
        {discarding && <DiscardRow row={discarding} onClose={() => setDiscarding(null)} onDone={settled} />}
      </Suspense>
    </Page>
  );
}
