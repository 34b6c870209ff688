// The access log: who looked at whose record, when and what for; and whether the chain of entries is whole.

import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Table, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import '../pages.css';

const ROWS = 100;

export default function LogPage() {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ['access-log'],
    initialPageParam: '',
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/access-log', { params: { query: { cursor: pageParam || undefined, limit: ROWS } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const verify = useMutation({ mutationFn: () => ask(api.GET('/api/v1/access-log/verify')) });
  // The system looks because of a rule; its reason is the rule's code.
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => ask(api.GET('/api/v1/rules')), staleTime: 300_000 });
  const saidReason = (reason: string) => rules.data?.find((r) => r.rule === reason)?.name ?? reason;
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <Page title={t('log.title')} actions={<Button onClick={() => verify.mutate()} loading={verify.isPending}>{t('log.verify')}</Button>}>
      <p className="soft">{t('log.about')}</p>
      {verify.data && (
        <Alert
          role="status"
          style={{ margin: '12px 0' }}
          showIcon
          type={verify.data.whole ? 'success' : 'error'}
          title={verify.data.whole ? t('log.whole', { n: verify.data.entries }) : t('log.broken', { n: verify.data.broken_at })}
        />
      )}
      {(list.error ?? verify.error) && <ProblemView fault={list.error ?? verify.error} onAgain={() => void list.refetch()} />}
      <Table<Shape['LookRow']>
        size="small"
        className="stack"
        rowKey="seq"
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        scroll={{ x: 'max-content' }}
        style={{ marginTop: 12 }}
        locale={{ emptyText: <EmptyWhy why={t('log.none')} more={t('log.none_more')} /> }}
        columns={[
          { title: t('log.at'), render: (_, l) => <At instant={l.at} /> },
          { title: t('log.who'), render: (_, l) => <>{l.user === NOBODY ? t('log.system') : l.user}{l.user !== NOBODY && <div className="soft small">{t(`log.roles.${l.role}`, { defaultValue: l.role })}</div>}</> },
          { title: t('log.whose'), render: (_, l) => <code title={l.person}>{l.person.length > 12 ? `${l.person.slice(0, 8)}…` : l.person}</code> },
          {
            title: t('log.purpose'),
            render: (_, l) => (l.purpose === 'break_glass' ? <Tag color="error">! {t('log.purposes.break_glass')}</Tag> : t(`log.purposes.${l.purpose}`, { defaultValue: l.purpose })),
          },
          { title: t('log.reason'), render: (_, l) => <>{saidReason(l.reason)} {l.case_id && <Link to={`/cases/${l.case_id}`}>{t('log.case')}</Link>}</> },
          { title: t('log.seq'), dataIndex: 'seq', render: (seq: number) => <span className="soft">{seq}</span> },
        ]}
      />
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Page>
  );
}

/** The user under which the system itself looks something up. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
