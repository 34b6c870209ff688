// One own rule: its text with what is wrong about it, its cost, what may be done next, and a try on the past.

import { useMutation } from '@tanstack/react-query';
import { Button, Drawer, Input, Progress } from 'antd';
import type { TextAreaRef } from 'antd/es/input/TextArea';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { At } from '../parts/at';
import { ProblemView } from '../parts/problem-view';
import type { OwnRule } from './own';
import { OwnActions } from './own-actions';
import { OwnTry } from './own-try';
import { OwnVersions } from './own-versions';

interface Props {
  rule: OwnRule;
  onChanged: () => void;
  onClose: () => void;
}

export function OwnEditor({ rule, onChanged, onClose }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(rule.text);
  const field = useRef<TextAreaRef>(null);
  const isChanged = text !== rule.text;
  const save = useMutation({
    mutationFn: () =>
      ask(
        api.POST('/api/v1/own-rules/{area}/{rule}/draft', {
          params: { path: { area: rule.area.code, rule: rule.rule } },
          body: { text, revision: rule.revision },
        }),
      ),
    onSuccess: () => onChanged(),
  });
  return (
    <Drawer open size="large" title={`${rule.name} · ${rule.area.label} · ${rule.stage.label}`} onClose={onClose}>
      {rule.about_persons && <p>{t('own.about_persons')}</p>}
      <Input.TextArea
        ref={field}
        className="mono"
        aria-label={t('own.text')}
        value={text}
        readOnly={!rule.may_write}
        spellCheck={false}
        autoSize={{ minRows: 14, maxRows: 26 }}
        onChange={(e) => setText(e.target.value)}
      />
      <div className="tools">
        {rule.may_write && (
          <Button type="primary" disabled={!isChanged} loading={save.isPending} onClick={() => save.mutate()}>{t('own.save')}</Button>
        )}
        <span className="soft">{t('own.version_is', { n: rule.version })}</span>
        <Cost rule={rule} />
      </div>
      {save.error && <ProblemView fault={save.error} />}
      <Mistakes rule={rule} onLine={(line) => goTo(field.current, text, line)} />
      <OwnActions rule={rule} isChanged={isChanged} onChanged={onChanged} />
      <OwnTry rule={rule} text={text} />
      <OwnVersions rule={rule} />
      <section className="block">
        <h2>{t('own.moves')}</h2>
        {rule.moves.length === 0 && <p className="soft">{t('own.no_moves')}</p>}
        <ul className="plain">
          {rule.moves.map((m) => (
            <li key={`${m.at} ${m.to.code} ${m.version}`}>
              <At instant={m.at} /> {t('own.moved', { who: m.by, n: m.version, to: m.to.label })}
              {m.consent && <span className="soft"> {t('own.consent_was', { words: m.consent })}</span>}
            </li>
          ))}
        </ul>
      </section>
    </Drawer>
  );
}

function Cost({ rule }: { rule: OwnRule }) {
  const { t } = useTranslation();
  if (rule.cost === undefined || rule.cost === null) return null;
  const words = t('own.cost_is', { n: figure(rule.cost), most: figure(rule.cost_max) });
  return (
    <>
      <span className="soft">{words}</span>
      <Progress percent={(rule.cost / rule.cost_max) * 100} showInfo={false} size="small" style={{ width: 120 }} aria-label={words} />
    </>
  );
}

function Mistakes({ rule, onLine }: { rule: OwnRule; onLine: (line: number) => void }) {
  const { t } = useTranslation();
  if (rule.mistakes.length === 0) return <p className="soft">{t('own.right')}</p>;
  return (
    <section className="block" aria-live="polite">
      <h2>{t('own.wrong', { n: rule.mistakes.length })}</h2>
      <ul className="plain mistakes">
        {rule.mistakes.map((m) => (
          <li key={`${m.line} ${m.column} ${m.message}`}>
            <Line mistake={m} onLine={onLine} /> {m.message} {m.suggestion && <strong>{m.suggestion}</strong>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Line({ mistake, onLine }: { mistake: Shape['OwnMistake']; onLine: (line: number) => void }) {
  const { t } = useTranslation();
  const { line, column } = mistake;
  if (!line) return null;
  return <Button type="link" size="small" onClick={() => onLine(line)}>{t('own.line', { line, column: column ?? 1 })}</Button>;
}

/** Puts the cursor at the beginning of a line. */
function goTo(field: TextAreaRef | null, text: string, line: number) {
  const area = field?.resizableTextArea?.textArea;
  if (!area) return;
  const before = text.split('\n').slice(0, line - 1).join('\n').length;
  const at = line > 1 ? before + 1 : 0;
  area.focus();
  area.setSelectionRange(at, at);
}
