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
          <WithoutPosts week={week.data} />
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

/** How many areas of a level are named before the rest is counted. */
const NAMED_MAX = 12;

/** Levels at which nobody was ever set to decide: no gap in a roster, but who takes their cases is worth knowing. */
function WithoutPosts({ week }: { week: Shape['DutyWeek'] }) {
  const { t } = useTranslation();
  if (week.without_posts.length === 0) return null;
  return (
    <ul className="plain without-posts">
      {week.without_posts.map((none) => {
        const named = none.areas.slice(0, NAMED_MAX).map((a) => a.label).join(t('parts.between'));
        const rest = none.areas.length - NAMED_MAX;
        const areas = rest > 0 ? t('duty.and_others', { named, n: none.areas.length }) : named;
        const words = { level: none.level.label, roles: none.roles, areas, above: none.taken_by?.level.label, area: none.taken_by?.area.label };
        return <li key={`${none.level.code} ${none.taken_by?.area.code ?? ''}`}>{t(none.taken_by ? 'duty.without_posts' : 'duty.without_any', words)}</li>;
      })}
    </ul>
  );
}
