// The list: silent ones first, as the server sorts them; filters stand in the address.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Input, Segmented, Table } from 'antd';
import type { ColumnsType } from 'antd/es/table';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import { Battery, DeviceState } from './state';

type Row = Shape['DeviceRow'];
const STATES = ['', 'silent', 'online', 'maintenance', 'retired'] as const;
const ROWS = 50;

export function DeviceList() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const filter = { state: params.get('state') || undefined, class: params.get('class') || undefined, q: params.get('q') || undefined };
  const list = useInfiniteQuery({
    queryKey: ['devices', 'list', filter],
    initialPageParam: '',
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/devices', { params: { query: { ...filter, cursor: pageParam || undefined, limit: ROWS } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(params);
    if (value) next.set(name, value);
    else next.delete(name);
    setParams(next, { replace: true });
  };
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const filtered = Boolean(filter.state ?? filter.class ?? filter.q);
  return (
    <>
      <div className="tools">
        <Segmented
          value={filter.state ?? ''}
          onChange={(value) => set('state', value)}
          options={STATES.map((code) => ({ value: code, label: t(`devices.states.${code || 'any'}`) }))}
        />
        <Input.Search
          allowClear
          defaultValue={filter.q}
          placeholder={t('devices.search')}
          aria-label={t('devices.search')}
          onSearch={(value) => set('q', value.trim())}
          style={{ width: 260 }}
        />
      </div>
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      <Table<Row>
        size="small"
        className="stack tight"
        rowKey="id"
        columns={columns(t, params.toString())}
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{
          emptyText: (
            <EmptyWhy
              why={filtered ? t('devices.none_filtered') : t('devices.none')}
              more={filtered ? undefined : t('devices.none_more')}
              next={filtered ? { label: t('devices.show_all'), do: () => setParams({}, { replace: true }) } : undefined}
            />
          ),
        }}
      />
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </>
  );
}

function columns(t: (key: string) => string, search: string): ColumnsType<Row> {
  return [
    { title: t('devices.state'), render: (_, d) => <DeviceState device={d} /> },
    {
      title: t('devices.device'),
      render: (_, d) => (
        <>
          <Link to={{ pathname: `/devices/${encodeURIComponent(d.id)}`, search }}>{d.name || d.id}</Link>
          {d.name && <div className="soft small">{d.id}</div>}
        </>
      ),
    },
    { title: t('devices.class'), render: (_, d) => <span className="nowrap">{d.class.label}</span> },
    { title: t('devices.place'), render: (_, d) => d.area.label },
    { title: t('devices.last_seen'), render: (_, d) => (d.last_seen ? <At instant={d.last_seen} /> : <span className="soft">{t('devices.never')}</span>) },
    { title: t('devices.battery'), render: (_, d) => <Battery pct={d.battery_pct} /> },
    { title: t('devices.source'), render: (_, d) => <span className="soft small">{d.source}</span> },
  ];
}
