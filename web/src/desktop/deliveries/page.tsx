// What did not come through at once: which notice, to whom, what each attempt came to; and sending it again.
// What a notice says stands nowhere here: it is for its reader.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Table } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { ProblemView, saidOf } from '../parts/problem-view';
import '../pages.css';

type Row = Shape['TroubledNotice'];
const TONES: Record<string, [string, string]> = {
  waiting: ['◔', 'tone-soon'], given_up: ['✕', 'tone-late'], refused: ['✕', 'tone-late'], through: ['✓', 'tone-good'],
};

export default function DeliveriesPage() {
  const { t } = useTranslation();
  const list = useQuery({ queryKey: ['deliveries'], queryFn: () => ask(api.GET('/api/v1/deliveries')), refetchInterval: 30_000 });
  return (
    <Page title={t('deliveries.title')}>
      <p className="soft">{t('deliveries.about')}</p>
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      <Table<Row>
        size="small"
        className="stack"
        style={{ marginTop: 12 }}
        rowKey="id"
        dataSource={list.data ?? []}
        loading={list.isPending}
        pagination={{ pageSize: 50, hideOnSinglePage: true, showSizeChanger: false }}
        scroll={{ x: 'max-content' }}
        expandable={{ expandedRowRender: (row) => <Attempts row={row} /> }}
        locale={{ emptyText: <EmptyWhy why={t('deliveries.none')} more={t('deliveries.none_more')} /> }}
        columns={[
          { title: t('deliveries.at'), render: (_, r) => <At instant={r.at} /> },
          { title: t('deliveries.recipient'), dataIndex: 'recipient' },
          { title: t('deliveries.reason'), render: (_, r) => <>{r.urgent && <span className="severity tone-late">▲ {t('deliveries.urgent')} </span>}<code>{r.reason}</code></> },
          { title: t('deliveries.state'), render: (_, r) => <State row={r} /> },
          { title: t('deliveries.next'), render: (_, r) => <At instant={r.next_at} /> },
          { title: t('deliveries.action'), render: (_, r) => <Again row={r} /> },
        ]}
      />
    </Page>
  );
}

function State({ row }: { row: Row }) {
  const { t } = useTranslation();
  const [shape, tone] = TONES[row.state.code] ?? ['', ''];
  return (
    <>
      <span className={`mark ${tone}`}><i aria-hidden="true">{shape}</i>{row.state.label}</span>
      {row.possibly_twice && <span className="stage back" style={{ marginInlineStart: 8 }}>{t('deliveries.possibly_twice')}</span>}
    </>
  );
}

function Attempts({ row }: { row: Row }) {
  return (
    <ul className="plain small">
      {row.attempts.map((a, n) => (
        <li key={`${a.at} ${a.channel} ${String(n)}`}>
          <At instant={a.at} /> · <code>{a.channel}</code> · {a.outcome.label} <span className="soft wrap">{a.detail}</span>
        </li>
      ))}
    </ul>
  );
}

function Again({ row }: { row: Row }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/deliveries/{id}/again', { params: { path: { id: row.id } } })),
    onSuccess: async () => {
      void message.success(t('deliveries.sent_again'));
      await client.invalidateQueries({ queryKey: ['deliveries'] });
    },
    onError: (fault) => void message.error(saidOf(fault, t)),
  });
  if (row.state.code === 'through') return null;
  return <Button type="link" size="small" loading={again.isPending} onClick={() => again.mutate()}>{t('deliveries.again')}</Button>;
}
