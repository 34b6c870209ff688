// Who is on duty in an area this week, when nobody is, and setting it for a post.

import { useQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { when } from '../../shared/format';
import { AreaPicker } from '../parts/areas';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { useMe } from '../session/session';
import { Posts } from './posts';
import { daysLater } from './week';
import './duty.css';
import '../pages.css';

// The dialog comes when it is opened.
const SetDuty = lazy(() => import('./set'));

export default function DutyPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [params, setParams] = useSearchParams();
  const [setting, setSetting] = useState<Shape['DutyPost'] | null>(null);
  const area = params.get('area') ?? me.posts[0]?.area ?? '';
  const from = params.get('from') ?? undefined;
  const week = useQuery({
    queryKey: ['duty', area, from],
    queryFn: () => ask(api.GET('/api/v1/duty', { params: { query: { area, from } } })),
    enabled: area !== '',
    refetchInterval: 60_000,
  });
  const go = (changes: { area?: string; from?: string }) => setParams({ ...(area && { area }), ...(from && { from }), ...changes }, { replace: true });
  const first = week.data?.days[0]?.date;
  return (
    <Page title={t('duty.title')}>
      <p className="soft">{t('duty.about')}</p>
      <div className="tools duty-tools">
        <AreaPicker value={area} onChange={(id) => go(id ? { area: id } : {})} label={t('duty.area')} />
        <Button disabled={!first} onClick={() => first && go({ from: daysLater(first, -7) })}>{t('duty.before')}</Button>
        <Button disabled={!from} onClick={() => setParams({ area }, { replace: true })}>{t('duty.this_week')}</Button>
        <Button disabled={!first} onClick={() => first && go({ from: daysLater(first, 7) })}>{t('duty.after')}</Button>
      </div>
      {week.error && <ProblemView fault={week.error} onAgain={() => void week.refetch()} />}
      {week.isPending && area !== '' && <Loading />}
      {week.data && (
        <>
          <Gaps week={week.data} />
          {week.data.posts.length === 0 ? <EmptyWhy why={t('duty.none')} more={t('duty.none_more')} /> : <Posts week={week.data} onSet={setSetting} />}
        </>
      )}
      <Suspense>{setting?.set && week.data && <SetDuty key={setting.post} post={setting} kinds={week.data.kinds} onClose={() => setSetting(null)} />}</Suspense>
    </Page>
  );
}

/** When nobody is there to decide, and what becomes of cases then. */
function Gaps({ week }: { week: Shape['DutyWeek'] }) {
  const { t } = useTranslation();
  if (week.uncovered.length === 0) return <p className="covered"><span className="mark tone-good"><i aria-hidden="true">✓</i>{t('duty.covered')}</span></p>;
  return (
    <Alert
      type="warning"
      showIcon
      className="gaps"
      title={t('duty.uncovered')}
      description={
        <>
          <ul>
            {week.uncovered.map((gap) => (
              <li key={gap.area.code}>
                <b>{gap.area.label}</b> <span className="soft">({gap.roles})</span>{' '}
                {gap.spans.slice(0, 4).map((s) => `${when(s.from)} – ${when(s.to)}`).join(t('shell.and'))}
                {gap.spans.length > 4 && ` ${t('duty.more', { n: gap.spans.length - 4 })}`}
              </li>
            ))}
          </ul>
          <p>{week.falls_to}</p>
        </>
      }
    />
  );
}
