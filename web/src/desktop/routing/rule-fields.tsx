// One rule: what it speaks of, and who is given the case.

import { useQuery } from '@tanstack/react-query';
import { Checkbox, Input, InputNumber, Radio, Select, TimePicker } from 'antd';
import dayjs from 'dayjs';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { AreaPicker } from '../parts/areas';
import { useClasses } from '../parts/classes';
import type { RuleForm } from './use-checked';

interface Props {
  rule: RuleForm;
  checked: Shape['RoutingChecked'];
  onChange: (rule: RuleForm) => void;
}

const options = (coded: Shape['Coded'][]) => coded.map((c) => ({ value: c.code, label: c.label }));

export function RuleFields({ rule, checked, onChange }: Props) {
  const { t } = useTranslation();
  const classes = useClasses();
  const set = (part: Partial<RuleForm>) => onChange({ ...rule, ...part });
  const known = (classes.data ?? []).map((c) => ({ value: c.code, label: c.label }));
  // All classes that begin alike are one choice, too.
  const groups = [...new Set(known.map((c) => `${c.value.split('.')[0]}.`))].filter((g) => known.some((c) => c.value.startsWith(g)));
  return (
    <div className="rule-fields">
      <Line label={t('routing.name_zh')}><Input aria-label={t('routing.name_zh')} maxLength={60} value={rule.label.zh} onChange={(e) => set({ label: { ...rule.label, zh: e.target.value } })} /></Line>
      <Line label={t('routing.name_en')}><Input aria-label={t('routing.name_en')} maxLength={80} value={rule.label.en} onChange={(e) => set({ label: { ...rule.label, en: e.target.value } })} /></Line>
      <Line label={t('routing.classes')}>
        <Select
          mode="multiple"
          aria-label={t('routing.classes')}
          placeholder={t('routing.all_classes')}
          showSearch={{ optionFilterProp: 'label' }}
          value={rule.classes ?? []}
          onChange={(chosen: string[]) => set({ classes: chosen })}
          options={[...groups.map((g) => ({ value: g, label: t('routing.all_of', { group: g }) })), ...known]}
        />
      </Line>
      <Line label={t('routing.area')}><AreaPicker label={t('routing.area')} placeholder={t('routing.everywhere')} allowClear value={rule.area ?? undefined} onChange={(area) => set({ area: area ?? null })} /></Line>
      <Line label={t('routing.weekdays')}><Checkbox.Group value={rule.days ?? []} onChange={(days) => set({ days })} options={options(checked.days)} /></Line>
      <Line label={t('routing.hours')}>
        <TimePicker.RangePicker
          format="HH:mm"
          order={false}
          value={rule.from && rule.to ? [dayjs(rule.from, 'HH:mm'), dayjs(rule.to, 'HH:mm')] : null}
          onChange={(times) => set({ from: times?.[0]?.format('HH:mm') ?? null, to: times?.[1]?.format('HH:mm') ?? null })}
        />
      </Line>
      <Given rule={rule} checked={checked} set={set} />
      <Line label={t('routing.load')}>
        <InputNumber aria-label={t('routing.load')} min={1} max={10_000} placeholder={t('routing.any_load')} value={rule.open_cases_max ?? null} onChange={(n) => set({ open_cases_max: n })} />
      </Line>
    </div>
  );
}

function Given({ rule, checked, set }: { rule: RuleForm; checked: Shape['RoutingChecked']; set: (part: Partial<RuleForm>) => void }) {
  const { t } = useTranslation();
  const [byPost, setByPost] = useState(Boolean(rule.post));
  const posts = useQuery({ queryKey: ['posts'], queryFn: () => ask(api.GET('/api/v1/posts')), enabled: byPost });
  return (
    <>
      <Line label={t('routing.given_to')}>
        <Radio.Group
          value={byPost}
          onChange={(e) => {
            setByPost(e.target.value as boolean);
            set({ post: null, roles: [], skill: null });
          }}
          options={[{ value: false, label: t('routing.by_role') }, { value: true, label: t('routing.by_post') }]}
        />
      </Line>
      {byPost ? (
        <Line label={t('routing.post')}>
          <Select
            aria-label={t('routing.post')}
            showSearch={{ optionFilterProp: 'label' }}
            value={rule.post ?? undefined}
            onChange={(post: string) => set({ post })}
            options={(posts.data ?? []).map((p) => ({ value: p.id, label: `${p.area_name} ${p.role} ${p.name}` }))}
          />
        </Line>
      ) : (
        <>
          <Line label={t('routing.roles')}>
            <Select mode="multiple" aria-label={t('routing.roles')} value={rule.roles ?? []} onChange={(roles: string[]) => set({ roles })} options={options(checked.roles)} />
          </Line>
          <Line label={t('routing.skill')}>
            <Select
              aria-label={t('routing.skill')}
              allowClear
              placeholder={t('routing.any_skill')}
              notFoundContent={t('routing.no_skills')}
              value={rule.skill ?? undefined}
              onChange={(skill: string | undefined) => set({ skill: skill ?? null })}
              options={checked.skills.map((s) => ({ value: s, label: s }))}
            />
          </Line>
        </>
      )}
    </>
  );
}

function Line({ label, children }: { label: string; children: ReactNode }) {
  return <div className="line"><span className="soft">{label}</span><div>{children}</div></div>;
}
