// One field of an action, by the kind the server gives it.

import { useQuery } from '@tanstack/react-query';
import { Button, DatePicker, Form, Input, InputNumber, Radio, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask } from '../../shared/api/client';
import { now } from '../../shared/clock';
import { AreaPicker } from '../parts/areas';
import { PhotoUpload } from '../parts/photo-upload';
import type { Field } from './use-case';

const WORDS_MAX = 2000;
/** The end of a working day, when something is due "tomorrow". */
const [DUE_HOUR, DUE_MINUTE] = [17, 30];

interface Props {
  field: Field;
  phrases: string[];
  caseId: string;
  area: string;
}

export function FieldInput({ field, phrases, caseId, area }: Props) {
  const { t } = useTranslation();
  const form = Form.useFormInstance();
  const rules = [{ required: field.required, message: t('cases.missing', { what: field.label }) }];
  const item = { name: field.name, label: field.label, rules };
  switch (field.kind) {
    case 'reporter':
      return (
        <Form.Item {...item} initialValue={field.choices.length === 1 ? field.choices[0]?.code : undefined}>
          <Radio.Group options={field.choices.map((c) => ({ value: c.code, label: c.label }))} />
        </Form.Item>
      );
    case 'choice':
      return (
        <Form.Item {...item}>
          <Radio.Group optionType="button" options={field.choices.map((c) => ({ value: c.code, label: c.label }))} />
        </Form.Item>
      );
    case 'number':
      return (
        <Form.Item {...item}>
          <InputNumber min={1} max={400} precision={0} style={{ width: 120 }} />
        </Form.Item>
      );
    case 'flag':
      return (
        <Form.Item {...item}>
          <Radio.Group optionType="button" options={[{ value: true, label: t('cases.yes') }, { value: false, label: t('cases.no') }]} />
        </Form.Item>
      );
    case 'instant':
      return (
        <Form.Item {...item}>
          <Until />
        </Form.Item>
      );
    case 'photos':
      return (
        <Form.Item {...item} initialValue={[]} rules={field.required ? [{ type: 'array', min: 1, required: true, message: t('cases.photo_missing') }] : []}>
          <PhotoUpload />
        </Form.Item>
      );
    case 'area':
      return (
        <Form.Item {...item}>
          <AreaPicker />
        </Form.Item>
      );
    case 'post':
      return (
        <Form.Item {...item}>
          <PostPicker />
        </Form.Item>
      );
    case 'case':
      return (
        <Form.Item {...item}>
          <CasePicker not={caseId} area={area} />
        </Form.Item>
      );
    default:
      return (
        <>
          <Form.Item {...item} rules={[{ required: field.required, whitespace: field.required, message: t('cases.missing', { what: field.label }) }]} style={{ marginBottom: phrases.length > 0 ? 4 : undefined }}>
            <Input.TextArea rows={2} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={WORDS_MAX} />
          </Form.Item>
          {phrases.length > 0 && (
            <p className="phrases">
              {phrases.map((phrase) => (
                <Button key={phrase} size="small" onClick={() => form.setFieldValue(field.name, phrase)}>{phrase}</Button>
              ))}
            </p>
          )}
        </>
      );
  }
}

interface Chosen {
  id?: string;
  value?: string;
  onChange?: (value: string | undefined) => void;
}

/** The usual days as one click, any other from the calendar. */
function Until({ id, value, onChange }: Chosen) {
  const { t } = useTranslation();
  const at = (days: number) => dayjs(now()).add(days, 'day').hour(DUE_HOUR).minute(DUE_MINUTE).second(0).millisecond(0);
  const give = (day: Dayjs | null) => onChange?.(day?.toISOString());
  const usual: [string, number][] = [[t('cases.tomorrow'), 1], [t('cases.three_days'), 3], [t('cases.one_week'), 7]];
  return (
    <div className="until">
      {usual.map(([label, days]) => (
        <Button key={days} size="small" type={value === at(days).toISOString() ? 'primary' : 'default'} onClick={() => give(at(days))}>{label}</Button>
      ))}
      <DatePicker id={id} size="small" showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" value={value ? dayjs(value) : null} onChange={(day) => give(day as Dayjs | null)} disabledDate={(day) => day.valueOf() < now() - 86_400_000} />
    </div>
  );
}

function PostPicker({ id, value, onChange }: Chosen) {
  const { t } = useTranslation();
  const posts = useQuery({ queryKey: ['posts'], queryFn: () => ask(api.GET('/api/v1/posts')), staleTime: 60_000 });
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={posts.isPending}
      placeholder={t('cases.choose_post')}
      showSearch={{ optionFilterProp: 'label' }}
      options={(posts.data ?? []).map((p) => ({ value: p.id, label: `${p.name} · ${p.role} · ${p.area_name}` }))}
    />
  );
}

/** Cases at the same place first; any other by its words or number. */
function CasePicker({ id, value, onChange, not, area }: Chosen & { not: string; area: string }) {
  const { t } = useTranslation();
  const [q, setQ] = useState('');
  const found = useQuery({
    queryKey: ['case-choices', q, area],
    queryFn: () => ask(api.GET('/api/v1/cases', { params: { query: { tab: 'all', limit: 20, ...(q ? { q } : { area }) } } })),
    placeholderData: (before) => before,
  });
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={found.isFetching}
      placeholder={t('cases.choose_case')}
      showSearch={{ filterOption: false, onSearch: setQ }}
      notFoundContent={t('cases.no_such_case')}
      options={(found.data?.items ?? []).filter((c) => c.id !== not).map((c) => ({ value: c.id, label: `${c.class.label} · ${c.place} · ${c.title} · ${c.stage.label}` }))}
    />
  );
}
