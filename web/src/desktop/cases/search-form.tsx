// The search form of the list. Words are looked for on Enter; everything else at once.

import { DownloadOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AreaPicker } from '../parts/areas';
import { useClasses } from '../parts/classes';
import { isNarrowed, MARKS, queryOf, STAGES, type Filter } from './filter';

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
  exports?: boolean;
}

export function SearchForm({ filter, onChange, exports = true }: Props) {
  const { t } = useTranslation();
  const classes = useClasses();
  const [words, setWords] = useState(filter.q ?? '');
  useEffect(() => setWords(filter.q ?? ''), [filter.q]);
  return (
    <search className="case-search">
      <Input.Search
        id="case-search"
        aria-label={t('cases.search')}
        placeholder={t('cases.search_hint')}
        allowClear
        value={words}
        onChange={(e) => setWords(e.target.value)}
        onSearch={(q) => onChange({ ...filter, q: q.trim() })}
      />
      <Select
        aria-label={t('cases.class')}
        placeholder={t('cases.class')}
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        popupMatchSelectWidth={220}
        value={filter.class}
        onChange={(chosen: string | undefined) => onChange({ ...filter, class: chosen })}
        options={(classes.data ?? []).map((c) => ({ value: c.code, label: c.label }))}
      />
      <Select
        aria-label={t('cases.stage')}
        placeholder={t('cases.stage')}
        allowClear
        popupMatchSelectWidth={140}
        value={filter.stage}
        onChange={(chosen: string | undefined) => onChange({ ...filter, stage: chosen })}
        options={STAGES.map((code) => ({ value: code, label: t(`cases.stages.${code}`) }))}
      />
      <AreaPicker label={t('cases.area')} placeholder={t('cases.area')} allowClear value={filter.area} onChange={(area) => onChange({ ...filter, area })} />
      <Select
        aria-label={t('cases.mark')}
        placeholder={t('cases.mark')}
        allowClear
        popupMatchSelectWidth={160}
        value={filter.mark}
        onChange={(chosen: string | undefined) => onChange({ ...filter, mark: chosen })}
        options={MARKS.map((code) => ({ value: code, label: t(`cases.marks.${code}`) }))}
      />
      {isNarrowed(filter) && <Button type="link" onClick={() => onChange({ tab: filter.tab })}>{t('cases.clear')}</Button>}
      {exports && (
        <Button className="export" icon={<DownloadOutlined aria-hidden="true" />} href={`/api/v1/cases/export.xlsx?${queryOf(filter)}`} download title={t('cases.export_more')}>
          {t('cases.export')}
        </Button>
      )}
    </search>
  );
}
