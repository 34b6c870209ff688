// "Why not?": a rule, a place or device, a moment – and the first condition that kept it from being told.

import { useQuery } from '@tanstack/react-query';
import { Button, Input, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { now } from '../../shared/clock';
import { when } from '../../shared/format';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { RuleLink } from '../parts/rule-link';
import { useMay } from '../session/session';
import { ExplainedView, Verdict } from '../trace/explained';
import { NearMisses } from '../trace/near';
import { SubjectSearch } from '../trace/subject-search';
import { askedFor, shownAs } from './moment';
import './why.css';
import '../pages.css';

export default function WhyPage() {
  const { t } = useTranslation();
  const may = useMay('rule_try');
  if (!may) return <Page title={t('why.title')}><EmptyWhy why={t('why.no_right')} more={t('why.no_right_more')} /></Page>;
  return (
    <Page title={t('why.title')}>
      <p className="soft">{t('why.about')}</p>
      <Asked />
    </Page>
  );
}

function Asked() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [rule, subject, at, values] = [params.get('rule') ?? '', params.get('subject') ?? '', params.get('at') ?? '', params.get('values') ?? ''];
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => ask(api.GET('/api/v1/rules')), staleTime: 300_000 });
  const [day, setDay] = useState(() => shownAs(at, now()));
  // A link may name another moment while the page stays.
  const [shown, setShown] = useState(at);
  if (shown !== at) {
    setShown(at);
    setDay(shownAs(at, now()));
  }
  const set = (changes: Record<string, string>) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    setParams(next, { replace: true });
  };
  const choose = () => set({ at: askedFor(day, at, now()) });
  return (
    <>
      <form className="why-form" onSubmit={(e) => { e.preventDefault(); choose(); }}>
        <label htmlFor="why-rule">
          {t('why.rule')}
          <Select
            id="why-rule"
            showSearch={{ optionFilterProp: 'label' }}
            value={rule || undefined}
            onChange={(chosen: string) => set({ rule: chosen, subject: '', values: '' })}
            options={(rules.data ?? []).map((r) => ({ value: r.rule, label: r.name }))}
            loading={rules.isPending}
            placeholder={t('why.rule_hint')}
            aria-label={t('why.rule')}
          />
        </label>
        <label htmlFor="why-subject">
          {t('trace.subject')}
          <SubjectSearch id="why-subject" rule={rule} value={subject} onChange={(chosen) => set({ subject: chosen ?? '' })} allowClear />
        </label>
        <label htmlFor="why-at">
          {t('why.at')}
          <Input id="why-at" type="datetime-local" value={day} max={shownAs('', now())} onChange={(e) => setDay(e.target.value)} onBlur={choose} />
        </label>
        <Button type="primary" htmlType="submit" disabled={!rule || !subject}>{t('why.ask')}</Button>
      </form>
      {values && <p className="soft">{t('why.with_values', { values })} <Button type="link" size="small" onClick={() => set({ values: '' })}>{t('why.without_values')}</Button></p>}
      {rule && subject ? <Answer rule={rule} subject={subject} at={at} values={values} /> : <EmptyWhy why={t('why.choose')} more={t('why.choose_more')} />}
    </>
  );
}

function Answer({ rule, subject, at, values }: { rule: string; subject: string; at: string; values: string }) {
  const { t } = useTranslation();
  const query = { subject, at: at || undefined, values: values || undefined };
  const answer = useQuery({
    queryKey: ['explanation', rule, query],
    queryFn: ({ signal }) => ask(api.GET('/api/v1/rules/{rule}/explanation', { params: { path: { rule }, query }, signal })),
    staleTime: 60_000,
  });
  if (answer.isPending) return <Loading />;
  if (answer.error) return <ProblemView fault={answer.error} onAgain={() => void answer.refetch()} />;
  const explained = answer.data;
  return (
    <>
      <p className="facts">
        <span>{t('trace.rule')} <RuleLink code={rule}>{explained.name}</RuleLink></span>
        <span>{explained.subject} · {explained.area.label}</span>
        <span>{when(explained.at)}</span>
        {explained.by_day && <span>{t('why.by_day')}</span>}
      </p>
      <Verdict explained={explained} />
      {explained.verdict === 'not_watched' && <p className="soft">{t('why.not_watched_more')}</p>}
      {explained.verdict === 'unknown' && <p className="soft">{t('why.unknown_more')}</p>}
      <ExplainedView explained={explained} />
      <section className="block">
        <h2>{t('why.episodes', { n: explained.days })}</h2>
        {explained.episodes.length === 0 && <p className="soft">{t('why.no_episodes')}</p>}
        <ul className="plain">{explained.episodes.map((e) => <li key={e.start}>{e.at_or_before ? t('why.or_before', { at: when(e.start) }) : when(e.start)}{e.end ? ` – ${when(e.end)}` : ''}: {e.sentence}</li>)}</ul>
      </section>
      <NearMisses rule={rule} subject={subject} />
    </>
  );
}
