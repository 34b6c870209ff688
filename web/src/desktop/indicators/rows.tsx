// One number: its formula, what it is made of, and the cases behind it.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Drawer, Segmented, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import type { Asked } from './asked';
import { Moved, useWritten, Value, type Indicator, type Numbers } from './number';

interface Props {
  indicator: Indicator;
  numbers: Numbers;
  report: Shape['IndicatorReport'];
  /** The query of the number, narrowed to the group it stands in. */
  query: Asked;
  where: string;
  onClose: () => void;
}

const ROWS = 50;

export default function RowsDrawer({ indicator, numbers, report, query, where, onClose }: Props) {
  const { t } = useTranslation();
  const written = useWritten();
  const [part, setPart] = useState('numerator');
  const narrowed = { ...query };
  delete narrowed.by;
  const list = useInfiniteQuery({
    queryKey: ['indicator-rows', indicator.code, part, narrowed],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/api/v1/indicators/{code}/cases', {
          params: { path: { code: indicator.code }, query: { ...narrowed, part, limit: ROWS, cursor: pageParam || undefined } },
        }),
      ),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const rows = list.data?.pages.flatMap((p) => p.items) ?? [];
  const compared = [
    [t('indicators.before'), report.before?.name, numbers.before],
    [t('indicators.year_before'), report.year_before?.name, numbers.year_before],
  ] as const;
  return (
    <Drawer open onClose={onClose} size={720} title={`${indicator.label} · ${where}`}>
      <p>{indicator.formula}</p>
      <dl className="number-facts">
        <dt>{report.period.name}</dt>
        <dd><Value number={numbers.now} indicator={indicator} /></dd>
        {compared.map(([label, name, then]) => name && then && (
          <div key={label} className="contents">
            <dt>{label} {name}</dt>
            <dd><Value number={then} indicator={indicator} /> <Moved now={numbers.now} then={then} indicator={indicator} /></dd>
          </div>
        ))}
      </dl>
      {numbers.now.few && <p className="soft small">{t('indicators.few_more')}</p>}
      {indicator.parts.length > 1 && (
        <Segmented value={part} onChange={setPart} options={indicator.parts.map((p) => ({ value: p.code, label: p.label }))} style={{ margin: '12px 0' }} />
      )}
      {list.error && <ProblemView fault={list.error} onAgain={() => void list.refetch()} />}
      <Table<Shape['IndicatorRow']>
        size="small"
        className="stack"
        rowKey={(r) => `${r.case.id} ${r.at}`}
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        locale={{ emptyText: <EmptyWhy why={t('indicators.no_rows')} /> }}
        columns={[
          { title: t('indicators.case'), render: (_, r) => <Link to={`/cases/${r.case.id}`}>{r.case.number}</Link> },
          { title: t('indicators.what'), render: (_, r) => <>{r.case.class.label} · {r.case.place || r.case.area.label} {r.excluded && <Tag>{t('indicators.is_excluded')}</Tag>}</> },
          { title: t('indicators.stage'), render: (_, r) => r.case.stage.label },
          { title: t('indicators.at'), render: (_, r) => <At instant={r.at} /> },
          { title: t('indicators.counts'), align: 'right', render: (_, r) => (typeof r.value === 'number' ? written(r.value, indicator.unit) : r.n) },
        ]}
      />
      <More shown={rows.length} hasMore={list.hasNextPage} loading={list.isFetchingNextPage} onMore={() => void list.fetchNextPage()} />
    </Drawer>
  );
}
