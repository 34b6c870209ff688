// Indicators: every number of a period with its formula, what it moved by, and the cases behind it. No number is
// about a person who works here.

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { when } from '../../shared/format';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import '../pages.css';
import { queryOf, useAsked, type Asked } from './asked';
import { Divided } from './divided';
import './indicators.css';
import type { Indicator, Numbers } from './number';
import { Safety } from './safety';
import { Score } from './score';
import { Tools } from './tools';
import { Whole } from './whole';

// The drawer comes when it is opened.
const RowsDrawer = lazy(() => import('./rows'));

interface Open {
  indicator: Indicator;
  numbers: Numbers;
  query: Asked;
  where: string;
}

export default function IndicatorsPage() {
  const { t } = useTranslation();
  const { asked, set } = useAsked();
  const [open, setOpen] = useState<Open | null>(null);
  const query = queryOf(asked);
  const report = useQuery({
    queryKey: ['indicators', query],
    queryFn: () => ask(api.GET('/api/v1/indicators', { params: { query } })),
    placeholderData: keepPreviousData,
  });
  const data = report.data;
  const whole = data?.area?.label ?? t('indicators.divided.whole');
  const show = (indicator: Indicator, numbers: Numbers, group?: Shape['Coded']) => {
    const narrowed = group ? { ...query, [asked.by === 'class' ? 'class' : 'area']: group.code } : query;
    setOpen({ indicator, numbers, query: narrowed, where: group?.label ?? whole });
  };
  return (
    <Page title={t('indicators.title')}>
      <Tools asked={asked} report={data} onChange={set} />
      {report.error && <ProblemView fault={report.error} onAgain={() => void report.refetch()} />}
      {!data && report.isPending && <Loading />}
      {data && (
        <div aria-busy={report.isPlaceholderData} className={report.isPlaceholderData ? 'stale' : ''}>
          <p className="soft small as-of">
            {t('indicators.as_of', { at: when(data.as_of), first: data.period.first, last: data.period.last })}
          </p>
          {data.not_counted_yet > 0 && <Alert showIcon type="info" title={t('indicators.not_counted', { n: data.not_counted_yet })} style={{ marginBottom: 12 }} />}
          {asked.by ? <Divided report={data} by={asked.by} onOpen={show} /> : <Whole report={data} onOpen={show} />}
          <Score score={data.score} period={data.period} />
          <Safety safety={data.safety} />
        </div>
      )}
      <Suspense>{open && data && <RowsDrawer {...open} report={data} onClose={() => setOpen(null)} />}</Suspense>
    </Page>
  );
}
