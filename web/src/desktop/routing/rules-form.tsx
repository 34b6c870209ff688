// The rules of a draft, one under the other, each in the server's words; one is opened to be changed.

import { Button, Popconfirm } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { RuleFields } from './rule-fields';
import { freeCode, moved, type RuleForm } from './use-checked';

interface Props {
  rules: RuleForm[];
  checked: Shape['RoutingChecked'] | undefined;
  onChange: (rules: RuleForm[]) => void;
}

export function RulesForm({ rules, checked, onChange }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const wordsOf = (code: string) => checked?.rules.find((r) => r.form.code === code)?.words;
  const add = () => {
    onChange([...rules, { code: freeCode(rules), label: { zh: '', en: '' }, classes: [], days: [], roles: [] }]);
    setOpen(rules.length);
  };
  const move = (n: number, by: number) => {
    onChange(moved(rules, n, by));
    setOpen(null);
  };
  return (
    <div className="rules-form">
      <p className="soft small">{t('routing.order')}</p>
      <ol>
        {rules.map((rule, n) => {
          const words = wordsOf(rule.code);
          const name = words?.label || rule.label.zh || t('routing.unnamed');
          return (
            <li key={rule.code} data-rule={rule.code}>
              <div className="row">
                <button type="button" className="name" aria-expanded={open === n} onClick={() => setOpen(open === n ? null : n)}>{name}</button>
                <span className="words" role="status">{words ? `${words.when} → ${words.who}` : t('routing.not_readable')}</span>
                <Button size="small" aria-label={t('routing.up', { name })} disabled={n === 0} onClick={() => move(n, -1)}>↑</Button>
                <Button size="small" aria-label={t('routing.down', { name })} disabled={n === rules.length - 1} onClick={() => move(n, 1)}>↓</Button>
                <Popconfirm title={t('routing.remove_sure', { name })} okText={t('routing.remove')} cancelText={t('routing.close')} onConfirm={() => { onChange(rules.filter((_, i) => i !== n)); setOpen(null); }}>
                  <Button size="small">{t('routing.remove')}</Button>
                </Popconfirm>
              </div>
              {open === n && checked && <RuleFields rule={rule} checked={checked} onChange={(next) => onChange(rules.map((r, i) => (i === n ? next : r)))} />}
            </li>
          );
        })}
      </ol>
      <Button onClick={add}>{t('routing.add')}</Button>
    </div>
  );
}
