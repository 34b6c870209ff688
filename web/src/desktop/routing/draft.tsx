// A new version, as a form or as text; what each rule says and every mistake come from the server before it is kept.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Input, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { useRested } from '../rule/use-rested';
import { RulesForm } from './rules-form';
import { useChecked, type Asked } from './use-checked';

export function Draft({ text, onClose }: { text: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [asked, setAsked] = useState<Asked>({ text });
  const [view, setView] = useState<'form' | 'text'>('form');
  const [note, setNote] = useState('');
  const wanted = JSON.stringify(asked);
  const rested = useRested(wanted);
  const checked = useChecked(JSON.parse(rested) as Asked);
  const save = useMutation({
    mutationFn: (body: Shape['RoutingDraft']) => ask(api.POST('/api/v1/routing/versions', { body })),
    onSuccess: (routing) => {
      client.setQueryData(['routing'], routing);
      onClose();
    },
  });
  const change = (next: Asked) => {
    save.reset();
    setAsked(next);
  };
  const now = checked.data;
  const isFresh = rested === wanted && !checked.isFetching && !checked.isPlaceholderData;
  const switchTo = (next: 'form' | 'text') => {
    if (now) setAsked({ text: now.text });
    setView(next);
  };
  const rules = 'rules' in asked ? asked.rules : (now?.rules.map((r) => r.form) ?? []);
  return (
    <section className="draft" aria-label={t('routing.write')}>
      <Segmented aria-label={t('routing.view')} value={view} disabled={!isFresh} onChange={switchTo} options={[{ value: 'form', label: t('routing.as_form') }, { value: 'text', label: t('routing.as_text') }]} />
      {checked.isPending && <Loading />}
      {checked.error && <ProblemView fault={checked.error} onAgain={() => void checked.refetch()} />}
      {view === 'form' && now && <RulesForm rules={rules} checked={now} onChange={(next) => change({ rules: next })} />}
      {view === 'text' && (
        <>
          <Input.TextArea aria-label={t('routing.text')} value={'text' in asked ? asked.text : (now?.text ?? '')} onChange={(e) => change({ text: e.target.value })} autoSize={{ minRows: 10, maxRows: 28 }} spellCheck={false} style={{ fontFamily: 'monospace' }} maxLength={100_000} />
          <p className="soft small">{t('routing.comments')}</p>
        </>
      )}
      {now && now.mistakes.length > 0 && (
        <Alert type="warning" showIcon title={t('routing.mistakes')} description={<ul>{now.mistakes.map((line) => <li key={line}>{line}</li>)}</ul>} />
      )}
      <label className="note">{t('routing.note')}<Input maxLength={200} value={note} onChange={(e) => setNote(e.target.value)} /></label>
      {save.error && <ProblemView fault={save.error} />}
      <p className="soft small">{t('routing.text_more')}</p>
      <div className="tools">
        <Button type="primary" loading={save.isPending} disabled={!now || !isFresh || now.mistakes.length > 0} onClick={() => now && save.mutate({ text: now.text, note })}>{t('routing.keep')}</Button>
        <Button onClick={onClose}>{t('routing.close')}</Button>
      </div>
    </section>
  );
}
