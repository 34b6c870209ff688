// The form of one action, from the fields the server names; and what to do when somebody else was quicker.
//
// Invariants
// - AF1 What the reporter will read has a ground of its own and says so: nothing meant for inside is sent outside.
// - AF2 A conflict loses nothing that was written, and shows both what was seen and what is.

import { Alert, Button, Form, Space } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Refused } from '../../shared/api/client';
import { saidOf } from '../parts/problem-view';
import { Conflict } from './conflict';
import { FieldInput } from './fields';
import { orderKey, useCommand, type Action, type CaseView, type Field, type Values } from './use-case';

/** Actions whose words the reporter reads, as the follow page shows them. */
const READ_BY_REPORTER = ['answer', 'wait', 'pass_out', 'merge', 'unmerge', 'reject', 'review_uphold', 'review_return'];
/** Where what a handler usually says of the result helps. */
const PHRASED = ['propose_done', 'note'];

/** Where there is one thing to choose, it is chosen. */
function onlyChoices(action: Action): Values {
  return Object.fromEntries(action.fields.flatMap((f) => (f.kind === 'choice' && f.required && f.choices.length === 1 ? [[f.name, f.choices[0]?.code]] : [])));
}

interface Props {
  action: Action;
  /** The case when the form was opened, and as it is now. */
  seen: CaseView;
  now: CaseView;
  /** What is filled in already. */
  values?: Values;
  onClose: () => void;
  onDone: () => void;
}

export function ActionForm({ action, seen, now, values: given, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const audience = Form.useWatch('audience', form) as string | undefined;
  const [base, setBase] = useState(seen);
  const key = useRef(orderKey());
  const command = useCommand(seen.id);
  const box = useRef<HTMLElement>(null);
  const stale = now.version !== base.version;
  const offered = now.available_actions.find((a) => a.code === action.code);
  const isOutside = audience ? audience === 'reporter' : READ_BY_REPORTER.includes(action.code);
  const flag = action.fields.find((f) => f.kind === 'flag' && f.required);
  const filled = Form.useWatch((all: Values) => all, form) as Values | undefined;
  const isAsked = (f: Field) => !f.only_with || String((filled ?? {})[f.only_with.field] ?? '') === f.only_with.value;

  const send = (more: Values = {}) => {
    const values = { ...form.getFieldsValue(), ...more };
    const body = Object.fromEntries(action.fields.filter(isAsked).map((f) => [f.name, values[f.name] ?? (f.kind === 'text' ? '' : f.kind === 'photos' ? [] : null)]));
    command.mutate({ action, version: base.version, values: body, key: key.current }, { onSuccess: onDone });
  };
  const check = (more: Values = {}) => void form.validateFields().then(() => send(more), () => undefined);

  // Nothing to fill in: the click was the decision.
  const isPlain = action.fields.length === 0;
  const began = useRef(false);
  useEffect(() => {
    if (!isPlain || began.current) return;
    began.current = true;
    command.mutate({ action, version: seen.version, values: {}, key: key.current }, { onSuccess: onDone });
  }, [isPlain, action, seen.version, command, onDone]);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>('textarea, input')?.focus();
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);

  const conflicted = stale || (command.error instanceof Refused && command.error.status === 409);
  const fault = command.error && !conflicted ? command.error : null;
  if (isPlain && !conflicted && !fault) return null;
  return (
    <section
      ref={box}
      className={isOutside ? 'sheet outside' : 'sheet'}
      aria-label={action.label}
      onKeyDown={(e) => {
        if (e.nativeEvent.isComposing) return;
        if (e.key === 'Escape') onClose();
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !flag) check();
      }}
    >
      <div className="sheet-head">
        <h3>{action.label}</h3>
        {!isPlain && <span className="audience">{isOutside ? `◉ ${t('cases.outside')}` : `◎ ${t('cases.inside')}`}</span>}
      </div>
      {conflicted && (
        <Conflict
          seen={base}
          now={now}
          offered={offered}
          onGoOn={() => {
            key.current = orderKey();
            command.reset();
            setBase(now);
            if (isPlain) command.mutate({ action, version: now.version, values: {}, key: key.current }, { onSuccess: onDone });
          }}
        />
      )}
      {fault && <Alert type="error" showIcon title={saidOf(fault, t)} style={{ marginBottom: 12 }} />}
      {action.hint && <p className="hint">{action.hint}</p>}
      <Form form={form} layout="vertical" initialValues={{ ...(action.fields.some((f) => f.name === 'audience') ? { audience: 'internal' } : {}), ...onlyChoices(action), ...given }} disabled={command.isPending}>
        {action.fields.filter((f) => f !== flag && isAsked(f)).map((field) => (
          <FieldInput key={field.name} field={field} phrases={field.name === 'text' && PHRASED.includes(action.code) ? seen.phrases : []} caseId={seen.id} area={seen.area.code} />
        ))}
      </Form>
      <Space wrap>
        {flag ? (
          <>
            <Button type="primary" loading={command.isPending} disabled={conflicted} onClick={() => check({ [flag.name]: true })}>✓ {t('cases.checked_ok')}</Button>
            <Button danger loading={command.isPending} disabled={conflicted} onClick={() => check({ [flag.name]: false })}>✕ {t('cases.checked_not_ok')}</Button>
          </>
        ) : (
          !isPlain && <Button type="primary" loading={command.isPending} disabled={conflicted} onClick={() => check()}>{isOutside ? t('cases.send_outside', { what: action.label }) : action.label}<kbd aria-hidden="true">Ctrl ↵</kbd></Button>
        )}
        <Button onClick={onClose}>{t('cases.cancel')}</Button>
      </Space>
    </section>
  );
}
