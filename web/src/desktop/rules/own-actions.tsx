// What may be done with an own rule next, as the server says, and why the rest may not.

import { useMutation } from '@tanstack/react-query';
import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';
import type { OwnRule } from './own';
import { OwnBack } from './own-back';

type Action = Shape['OwnActionView'];

interface Props {
  rule: OwnRule;
  /** What stands in the field is not what would run. */
  isChanged: boolean;
  onChanged: () => void;
}

export function OwnActions({ rule, isChanged, onChanged }: Props) {
  const { t } = useTranslation();
  const [consent, setConsent] = useState('');
  const [back, setBack] = useState<Action | null>(null);
  const path = { area: rule.area.code, rule: rule.rule };
  const move = useMutation({
    mutationFn: async (a: Action) => {
      if (a.action === 'remove') {
        await ask(api.DELETE('/api/v1/own-rules/{area}/{rule}', { params: { path } }));
        return;
      }
      const body = { action: a.action, version: a.version, consent, revision: rule.revision };
      await ask(api.POST('/api/v1/own-rules/{area}/{rule}/stage', { params: { path }, body }));
    },
    onSuccess: () => {
      setBack(null);
      onChanged();
    },
  });
  const offered = rule.actions.filter((a) => a.enabled);
  const refused = rule.actions.filter((a) => !a.enabled);
  const nameOf = (a: Action) => (a.version === rule.version ? a.label : t('own.back_to', { what: a.label, n: a.version }));
  return (
    <section className="block">
      <h2>{t('own.next')}</h2>
      {isChanged && <p className="soft">{t('own.save_first')}</p>}
      {offered.some((a) => a.needs_consent) && (
        <Input value={consent} onChange={(e) => setConsent(e.target.value)} maxLength={500} placeholder={t('own.consent')} aria-label={t('own.consent')} />
      )}
      <div className="tools" role="group" aria-label={t('own.next')}>
        {offered.map((a) => (
          <Button
            key={`${a.action} ${a.version}`}
            data-action={a.action}
            type={a.action === 'on' || a.action === 'shadow' ? 'primary' : 'default'}
            disabled={isChanged}
            loading={move.isPending && back === null}
            onClick={() => { if (a.version === rule.version) move.mutate(a); else setBack(a); }}
          >
            {nameOf(a)}
          </Button>
        ))}
      </div>
      {back && (
        <OwnBack
          rule={rule}
          version={back.version}
          label={nameOf(back)}
          loading={move.isPending}
          onGo={() => move.mutate(back)}
          onClose={() => setBack(null)}
        />
      )}
      {refused.map((a) => (
        <p key={`${a.action} ${a.version}`} className="small soft not-now">
          {t('own.not_now', { what: nameOf(a), why: a.reason })}
        </p>
      ))}
      {move.error && <ProblemView fault={move.error} />}
    </section>
  );
}
