// What was tried becomes an area's own: by a hand, with what the server warns of, and back again for a while.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { saidOf } from '../parts/problem-view';
import { changed, hasTerms, termsAsk, type Terms } from './tried';

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
  /** What takes it back. */
  back: Shape['OverrideAsk'];
}

export function SetForArea({ rule, area, inForce, values, terms, onSet, onRenew }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [done, setDone] = useState<Done | null>(null);
  const [undone, setUndone] = useState(false);
  const send = useMutation({ mutationFn: (body: Shape['OverrideAsk']) => ask(api.POST('/api/v1/rules/{rule}/overrides', { params: { path: { rule: rule.rule } }, body })) });
  const own = changed(inForce?.variables ?? [], values);
  const asked = termsAsk(terms);
  const nothing = Object.keys(own).length === 0 && !hasTerms(asked);
  const why = !area ? t('rule.set_choose') : inForce && !inForce.may_set ? t('rule.set_no_right') : nothing ? t('rule.set_nothing') : null;
  const renew = async () => {
    await Promise.all([['rules'], ['values', rule.rule]].map((queryKey) => client.invalidateQueries({ queryKey })));
    // These play the past and take their time; nothing here waits for them.
    for (const queryKey of [['curve', rule.rule], ['near', rule.rule], ['load'], ['explanation', rule.rule]]) void client.invalidateQueries({ queryKey });
    onRenew();
  };

  const set = async () => {
    if (!area) return;
    const before = rule.terms.filter((term) => term.area === area.id).map((term) => term.key);
    const made = await send.mutateAsync({ area: area.id, values: own, terms: asked, drop: [] });
    const restored = (inForce?.variables ?? []).filter((v) => own[v.name] !== undefined && inForce?.own.includes(v.name));
    const fresh = made.rule.terms.filter((term) => term.area === area.id && !before.includes(term.key)).map((term) => term.key);
    const dropped = Object.keys(own).filter((name) => !inForce?.own.includes(name)).map((name) => `value ${name}`);
    setDone({ warnings: made.warnings, back: { area: area.id, values: Object.fromEntries(restored.map((v) => [v.name, v.value])), terms: { exempt: [] }, drop: [...dropped, ...fresh] } });
    setUndone(false);
    await renew();
    onSet();
  };
  const undo = async () => {
    if (!done) return;
    await send.mutateAsync(done.back);
    setDone(null);
    setUndone(true);
    await renew();
  };
  return (
    <section className="set-area" aria-live="polite">
      <Button type="primary" disabled={why !== null} loading={send.isPending} onClick={() => void set().catch(() => undefined)}>
        {area ? t('rule.set_for', { area: area.name }) : t('rule.set')}
      </Button>
      {why && !done && <span className="soft">{why}</span>}
      {send.error && <Alert type="error" showIcon title={saidOf(send.error, t)} />}
      {done && (
        <Alert
          type={done.warnings.length > 0 ? 'warning' : 'success'}
          showIcon
          title={t('rule.set_done', { area: area?.name ?? '' })}
          description={done.warnings.length > 0 ? <ul>{done.warnings.map((w) => <li key={w}>{w}</li>)}</ul> : undefined}
          action={<Button size="small" onClick={() => void undo().catch(() => undefined)}>{t('rule.undo')}</Button>}
        />
      )}
      {undone && <span role="status" className="soft">{t('rule.undone')}</span>}
    </section>
  );
}
