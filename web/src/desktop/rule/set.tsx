// What was tried becomes an area's own: by a hand, with what the server warns of, and back again for a while.

import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { saidOf } from '../parts/problem-view';
import { changed, hasTerms, termsAsk, type Terms } from './tried';
import { useRenew } from './use-renew';

interface Props {
  rule: Shape['RuleRow'];
  area: { id: string; name: string } | null;
  inForce: Shape['ValuesView'] | undefined;
  values: Record<string, number>;
  terms: Terms;
  onSet: () => void;
  /** What is in force is another now: what was computed against it is computed again. */
  onRenew: () => void;
}

interface Done {
  warnings: string[];
  version: number;
}

export function SetForArea({ rule, area, inForce, values, terms, onSet, onRenew }: Props) {
  const { t } = useTranslation();
  const params = { path: { rule: rule.rule } };
  const [done, setDone] = useState<Done | null>(null);
  const [undone, setUndone] = useState(false);
  const [reason, setReason] = useState('');
  const renew = useRenew(rule.rule, onRenew);
  const send = useMutation({ mutationFn: (body: Shape['OverrideAsk']) => ask(api.POST('/api/v1/rules/{rule}/overrides', { params, body })) });
  const goBack = useMutation({ mutationFn: (body: Shape['OverrideBackAsk']) => ask(api.POST('/api/v1/rules/{rule}/overrides/back', { params, body })) });
  const own = changed(inForce?.variables ?? [], values);
  const asked = termsAsk(terms);
  const nothing = Object.keys(own).length === 0 && !hasTerms(asked);
  const why = !area ? t('rule.set_choose') : inForce && !inForce.may_set ? t('rule.set_no_right') : nothing ? t('rule.set_nothing') : null;
  const fault = send.error ?? goBack.error;

  const set = async () => {
    if (!area) return;
    goBack.reset();
    const made = await send.mutateAsync({ area: area.id, values: own, terms: asked, drop: [], reason });
    setDone({ warnings: made.warnings, version: made.version });
    setUndone(false);
    setReason('');
    await renew();
    onSet();
  };
  const undo = async () => {
    if (!done || !area) return;
    await goBack.mutateAsync({ area: area.id, version: done.version - 1, seen: done.version, reason: t('rule.undo_reason') });
    setDone(null);
    setUndone(true);
    await renew();
  };
  return (
    <section className="set-area" aria-live="polite">
      <Button type="primary" disabled={why !== null} loading={send.isPending} onClick={() => void set().catch(() => undefined)}>
        {area ? t('rule.set_for', { area: area.name }) : t('rule.set')}
      </Button>
      {why === null && <Input value={reason} maxLength={200} onChange={(e) => setReason(e.target.value)} placeholder={t('rule.set_reason')} aria-label={t('rule.set_reason')} />}
      {why && !done && <span className="soft">{why}</span>}
      {fault && <Alert type="error" showIcon title={saidOf(fault, t)} />}
      {done && (
        <Alert
          type={done.warnings.length > 0 ? 'warning' : 'success'}
          showIcon
          title={t('rule.set_done', { area: area?.name ?? '' })}
          description={done.warnings.length > 0 ? <ul>{done.warnings.map((w) => <li key={w}>{w}</li>)}</ul> : undefined}
          action={<Button size="small" loading={goBack.isPending} onClick={() => void undo().catch(() => undefined)}>{t('rule.undo')}</Button>}
        />
      )}
      {undone && <span role="status" className="soft">{t('rule.undone')}</span>}
    </section>
  );
}
