// How often the rule was right, all in all and area by area; and, where it suspended itself, how it comes back: one asks
// with a reason, another agrees.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { ProblemView, saidOf } from '../parts/problem-view';

export function Outcomes({ rule }: { rule: string }) {
  const { t } = useTranslation();
  const params = { path: { rule } };
  const found = useQuery({ queryKey: ['outcomes', rule], queryFn: () => ask(api.GET('/api/v1/rules/{rule}/outcomes', { params })), staleTime: 60_000 });
  if (found.error) return <ProblemView fault={found.error} onAgain={() => void found.refetch()} />;
  if (!found.data) return null;
  const { all, areas, sentence, verdict, steps, since, suspects, suspended } = found.data;
  const percent = (share: number) => `${figure(share * 100, 0)}\u00a0%`;
  const wrong = (s: Shape['OutcomeShare'] | null | undefined) => (s?.false_alarms == null ? '' : percent(s.false_alarms));
  const bounds = (s: Shape['OutcomeShare']) => `${percent(1 - s.upper)} – ${percent(1 - s.lower)}`;
  return (
    <section className="block outcomes">
      <h2>{t('rule.outcomes')}</h2>
      {suspended && <Back found={found.data} />}
      <p>{sentence} <strong>{verdict.label}</strong></p>
      <p className="soft small">{t('rule.outcomes_since', { when: when(since) })} {t(suspects ? 'rule.suspects' : 'rule.suspects_nobody')}</p>
      {areas.length > 0 && (
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t('rule.area')}</th>
              <th scope="col" className="num">{t('rule.outcomes_n')}</th>
              <th scope="col" className="num">{t('rule.outcomes_wrong')}</th>
              <th scope="col" className="num">{t('rule.outcomes_bounds')}</th>
              <th scope="col">{t('rule.outcomes_compared')}</th>
            </tr>
          </thead>
          <tbody>
            <tr className="mine"><th scope="row">{t('rule.outcomes_all')}</th><td className="num">{all ? all.n : t('rule.outcomes_hidden')}</td><td className="num">{wrong(all)}</td><td className="num">{all && all.n > 0 && bounds(all)}</td><td /></tr>
            {areas.map((a) => (
              <tr key={a.area.code}>
                <th scope="row">{a.area.label}</th>
                <td className="num">{a.share ? a.share.n : t('rule.outcomes_few')}</td>
                <td className="num">{wrong(a.share)}</td>
                <td className="num">{a.share && bounds(a.share)}</td>
                <td>{a.differs && t('rule.outcomes_differs')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {steps.length > 0 && <ul className="plain">{steps.map((s) => <li key={s.at + s.step}>{when(s.at)} · {t('rules.version', { n: s.version })} · {s.sentence}</li>)}</ul>}
    </section>
  );
}

function Back({ found }: { found: Shape['OutcomesView'] }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState('');
  const params = { path: { rule: found.rule } };
  const onSuccess = async (view: Shape['OutcomesView']) => {
    client.setQueryData(['outcomes', found.rule], view);
    await client.invalidateQueries({ queryKey: ['rules'] });
  };
  const asking = useMutation({ mutationFn: () => ask(api.POST('/api/v1/rules/{rule}/resume', { params, body: { reason } })), onSuccess });
  const granting = useMutation({ mutationFn: () => ask(api.POST('/api/v1/rules/{rule}/resume/grant', { params })), onSuccess });
  const fault = asking.error ?? granting.error;
  return (
    <>
      <Alert type="warning" showIcon title={t('rule.suspended')} description={found.asked ? t('rule.asked_back', { who: found.asked }) : t('rule.suspended_more')} />
      {found.may_ask && (
        <form className="tools" onSubmit={(e) => { e.preventDefault(); asking.mutate(); }}>
          <Input value={reason} maxLength={500} onChange={(e) => setReason(e.target.value)} placeholder={t('rule.back_reason')} aria-label={t('rule.back_reason')} style={{ width: 360 }} />
          <Button htmlType="submit" disabled={!reason.trim()} loading={asking.isPending}>{t('rule.ask_back')}</Button>
        </form>
      )}
      {found.asked && (found.may_grant
        ? <p className="tools"><Button type="primary" loading={granting.isPending} onClick={() => granting.mutate()}>{t('rule.grant_back')}</Button></p>
        : <p className="soft">{t('rule.grant_not_you')}</p>)}
      {fault && <Alert type="error" showIcon title={saidOf(fault, t)} />}
    </>
  );
}
