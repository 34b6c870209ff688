// What may be tried: each parameter within its bounds, by slider or number, and the terms an area may set.

import { Input, InputNumber, Select, Slider } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { unitLabel } from '../parts/measure';
import { SubjectSearch } from '../trace/subject-search';
import { stepOf, type Terms } from './tried';

type Variable = Shape['VariableView'];

interface ValuesProps {
  variables: Variable[];
  values: Record<string, number>;
  onChange: (name: string, value: number) => void;
  /** Why nothing may be changed. */
  fixed?: string;
}

export function ValueInputs({ variables, values, onChange, fixed }: ValuesProps) {
  const { t } = useTranslation();
  return (
    <div className="value-inputs">
      {fixed && <p className="soft">{fixed}</p>}
      {variables.map((v) => {
        const value = values[v.name] ?? v.value;
        const step = stepOf(v.min, v.max);
        const take = (n: number | null) => n !== null && onChange(v.name, n);
        return (
          <div key={v.name} className="value-input">
            <label htmlFor={`value-${v.name}`}>
              {v.label} <span className="soft">{t('rule.in_force', { value: figure(v.value, 4), unit: unitLabel(v.unit), who: v.set_by.label || v.set_by.code })}</span>
            </label>
            <Slider ariaLabelForHandle={v.label} min={v.min} max={v.max} step={step} value={value} onChange={take} disabled={Boolean(fixed)} tooltip={{ formatter: (n) => `${figure(n ?? 0, 4)} ${unitLabel(v.unit)}` }} />
            <InputNumber id={`value-${v.name}`} min={v.min} max={v.max} step={step} value={value} onChange={take} disabled={Boolean(fixed)} suffix={unitLabel(v.unit)} style={{ width: 128 }} />
          </div>
        );
      })}
    </div>
  );
}

const DAYS = ['', 'workday', 'day_off', 'sat,sun', 'mon,tue,wed,thu,fri'];
const SEVERITIES = ['', 'attention', 'urgent', 'alarm'];

export function TermInputs({ rule, terms, onChange }: { rule: string; terms: Terms; onChange: (terms: Terms) => void }) {
  const { t } = useTranslation();
  const set = (part: Partial<Terms>) => onChange({ ...terms, ...part });
  return (
    <details className="term-inputs" open={Object.values(terms).some(Boolean) || undefined}>
      <summary>{t('rule.terms')}</summary>
      <div className="grid">
        <label htmlFor="term-from">{t('rule.hours')}
          <span className="pair">
            <Input id="term-from" type="time" value={terms.from} onChange={(e) => set({ from: e.target.value })} aria-label={t('rule.hours_from')} />
            <span aria-hidden="true">–</span>
            <Input type="time" value={terms.to} onChange={(e) => set({ to: e.target.value })} aria-label={t('rule.hours_to')} />
          </span>
        </label>
        <label htmlFor="term-days">{t('rule.days')}
          <Select id="term-days" aria-label={t('rule.days')} value={terms.days} onChange={(days: string) => set({ days })} options={DAYS.map((d) => ({ value: d, label: t(`rule.days_of.${d.replace(/,/g, '_') || 'every'}`) }))} />
        </label>
        <label htmlFor="term-severity">{t('rule.severity')}
          <Select id="term-severity" aria-label={t('rule.severity')} value={terms.severity} onChange={(severity: string) => set({ severity })} options={SEVERITIES.map((s) => ({ value: s, label: t(`rule.severities.${s || 'same'}`) }))} />
        </label>
        <label htmlFor="term-only">{t('rule.only')}
          <Input id="term-only" value={terms.only} placeholder="elder_alone" onChange={(e) => set({ only: e.target.value })} />
        </label>
        <label htmlFor="term-exempt">{t('rule.exempt')}
          <SubjectSearch id="term-exempt" rule={rule} value={terms.exempt} onChange={(exempt) => set({ exempt: exempt ?? '' })} allowClear />
        </label>
        <label htmlFor="term-reason">{t('rule.reason')}
          <Input id="term-reason" value={terms.reason} disabled={!terms.exempt} onChange={(e) => set({ reason: e.target.value })} />
        </label>
      </div>
    </details>
  );
}
