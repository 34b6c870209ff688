// What a rule may be asked about, found by name, id or place; only what this person may ask about is found.

import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask } from '../../shared/api/client';

interface Props {
  id?: string;
  rule: string;
  value?: string;
  onChange: (subject: string | undefined) => void;
  allowClear?: boolean;
}

export function SubjectSearch({ id, rule, value, onChange, allowClear }: Props) {
  const { t } = useTranslation();
  const [sought, setSought] = useState('');
  const q = useDeferredValue(sought);
  const found = useQuery({
    queryKey: ['subjects', rule, q],
    queryFn: () => ask(api.GET('/api/v1/rules/{rule}/subjects', { params: { path: { rule }, query: { q: q || undefined } } })),
    staleTime: 60_000,
    enabled: rule !== '',
  });
  const options = (found.data ?? []).map((row) => ({ value: row.subject, label: row.label === row.subject ? row.label : `${row.label} (${row.subject})` }));
  // What an address names stands there whether or not it was found.
  const shown = value && !options.some((o) => o.value === value) ? [{ value, label: value }, ...options] : options;
  return (
    <Select
      id={id}
      showSearch={{ filterOption: false, onSearch: setSought }}
      allowClear={allowClear}
      value={value || undefined}
      onChange={(chosen: string | undefined) => onChange(chosen)}
      options={shown}
      loading={found.isFetching}
      disabled={rule === ''}
      aria-label={t('trace.subject')}
      placeholder={t('trace.subject_hint')}
      notFoundContent={found.isPending ? null : t('trace.subject_none')}
      popupMatchSelectWidth={340}
      style={{ width: '100%' }}
    />
  );
}
