// The form of one action, from the fields the server names. Nothing here knows a rule of casework.

import { useState } from 'react';
import { Refused } from '../api';
import { submit } from '../queue/queue';
import { useMe } from '../session';
import type { Action, ActionField, CaseView } from '../types';
import { now as serverNow } from '../clock';
import { say } from '../words';
import { Button, Chips, Trouble } from './parts';
import { PhotoField } from './photo-field';
import { PlacePicker } from './place-picker';

export type Values = Record<string, string | boolean>;

interface Props {
  view: CaseView;
  action: Action;
  photos: Blob[];
  /** What is decided already, and not asked again. */
  given?: Values;
  onCancel: () => void;
  /** Null: kept on the phone. */
  onDone: (answer: CaseView | null) => void;
  onStale: () => void;
}

export function ActionForm({ view, action, photos: taken, given, onCancel, onDone, onStale }: Props) {
  const me = useMe();
  const [values, setValues] = useState<Values>(() => ({ ...firstValues(action), ...given }));
  const [photos, setPhotos] = useState(taken);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const set = (name: string, value: string | boolean) => setValues((v) => ({ ...v, [name]: value }));
  const isAsked = (f: ActionField) => !f.only_with || String(values[f.only_with.field] ?? '') === f.only_with.value;
  const asked = action.fields.filter(isAsked);
  const missing = asked.some((f) => f.required && (f.kind === 'photos' ? photos.length === 0 : values[f.name] === undefined || values[f.name] === ''));

  const send = async (more: Values = {}) => {
    setBusy(true);
    setWrong('');
    const fields = Object.fromEntries(
      asked.filter((f) => f.kind !== 'photos').map((f) => [f.name, { ...values, ...more }[f.name] ?? (f.kind === 'text' ? '' : null)]),
    );
    try {
      const outcome = await submit<CaseView>({
        user: me.user?.id ?? '',
        label: `${action.label} · ${view.class.label} · ${view.place}`,
        path: `/cases/${view.id}/commands`,
        body: { command: action.code, version: view.version, ...fields },
        photos,
        photo_field: 'photos',
      });
      onDone(outcome.state === 'sent' ? outcome.answer : null);
    } catch (fault) {
      if (fault instanceof Refused && fault.problem.status === 409) return onStale();
      setWrong(fault instanceof Refused ? fault.message : say('failed', String(fault)));
      setBusy(false);
    }
  };

  // A yes-or-no question is answered by its two buttons; they send.
  const flag = action.fields.find((f) => f.kind === 'flag' && f.required);
  return (
    <section className="sheet" aria-label={action.label}>
      <h2>{action.label}</h2>
      {action.hint && <p className="hint">{action.hint}</p>}
      {wrong && <Trouble>{wrong}</Trouble>}
      {asked.filter((f) => f !== flag && given?.[f.name] === undefined).map((field) =>
        field.kind === 'photos' ? (
          <PhotoField key={field.name} quiet={!field.required} photos={photos} onChange={setPhotos} />
        ) : (
          <FieldInput key={field.name} field={field} value={values[field.name]} phrases={field.name === 'text' ? view.phrases : []} onChange={(v) => set(field.name, v)} />
        ),
      )}
      {flag ? (
        <>
          <Button disabled={busy} onClick={() => void send({ [flag.name]: true })}>✓ {say('checked_ok')}</Button>
          <Button kind="danger" disabled={busy} onClick={() => void send({ [flag.name]: false })}>✕ {say('checked_not_ok')}</Button>
        </>
      ) : (
        <Button disabled={busy || missing} onClick={() => void send()}>{action.fields.length === 0 ? action.label : say('submit')}</Button>
      )}
      {missing && photos.length === 0 && action.fields.some((f) => f.kind === 'photos' && f.required) && <p className="hint">{say('photo_needed')}</p>}
      <Button kind="plain" disabled={busy} onClick={onCancel}>{say('cancel')}</Button>
    </section>
  );
}

/** A note stays inside the office unless somebody says otherwise; where there is one thing to choose, it is chosen. */
function firstValues(action: Action): Values {
  const audience = action.fields.find((f) => f.name === 'audience');
  const only = action.fields.flatMap((f) => ((f.kind === 'choice' || f.kind === 'reporter') && f.required && f.choices.length === 1 ? [[f.name, f.choices[0]?.code ?? '']] : []));
  return { ...(audience ? { audience: 'internal' } : {}), ...Object.fromEntries(only) };
}

interface FieldProps {
  field: ActionField;
  value: string | boolean | undefined;
  phrases: string[];
  onChange: (value: string | boolean) => void;
}

function FieldInput({ field, value, phrases, onChange }: FieldProps) {
  const text = typeof value === 'string' ? value : '';
  switch (field.kind) {
    case 'choice':
    case 'reporter':
      return (
        <>
          <p>{field.label}</p>
          <Chips label={field.label} options={field.choices} chosen={text} onChoose={onChange} />
        </>
      );
    case 'number':
      return (
        <>
          <label htmlFor={`field-${field.name}`}>{field.label}</label>
          <input id={`field-${field.name}`} type="number" inputMode="numeric" min={1} max={400} value={text} onChange={(e) => onChange(e.target.value)} />
        </>
      );
    case 'instant':
      return (
        <>
          <p>{field.label}</p>
          <Chips label={field.label} options={laterDays()} chosen={text} onChoose={onChange} />
        </>
      );
    case 'flag':
      return (
        <>
          <p>{field.label}</p>
          <Chips
            label={field.label}
            options={[{ code: 'true', label: say('yes') }, { code: 'false', label: say('no') }]}
            chosen={value === undefined ? '' : String(value)}
            onChoose={(code) => onChange(code === 'true')}
          />
        </>
      );
    case 'area':
      return <PlacePicker onChoose={(spot) => onChange(spot.id)} />;
    default:
      return (
        <>
          {phrases.length > 0 && <Chips label={field.label} options={phrases.map((p) => ({ code: p, label: p }))} chosen={text} onChoose={onChange} />}
          <label htmlFor={`field-${field.name}`}>{field.label}</label>
          <textarea id={`field-${field.name}`} rows={2} maxLength={2000} value={text} onChange={(e) => onChange(e.target.value)} />
        </>
      );
  }
}

/** Half past five on the day after n days, as three taps people know. */
function laterDays(now = new Date(serverNow())): { code: string; label: string }[] {
  const at = (days: number) => {
    const day = new Date(now);
    day.setDate(day.getDate() + days);
    day.setHours(17, 30, 0, 0);
    return day.toISOString();
  };
  return [
    { code: at(1), label: say('tomorrow') },
    { code: at(3), label: say('three_days') },
    { code: at(7), label: say('one_week') },
  ];
}
