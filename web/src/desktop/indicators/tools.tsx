// Which period, where, of which class, divided by what.

import { LeftOutlined, RightOutlined } from '@ant-design/icons';
import { Button, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { AreaPicker } from '../parts/areas';
import { useClasses } from '../parts/classes';
import { KINDS, shifted, today, type Asked } from './asked';

interface Props {
  asked: Asked;
  report?: Shape['IndicatorReport'];
  onChange: (more: Asked) => void;
}

export function Tools({ asked, report, onChange }: Props) {
  const { t } = useTranslation();
  const classes = useClasses();
  const kind = asked.period ?? 'month';
  const begin = (period: string) =>
    onChange(period === 'range' ? { period, day: '', from: report?.period.first ?? today(), to: report?.period.last ?? today() } : { period, from: '', to: '' });
  return (
    <search className="tools">
      <Select aria-label={t('indicators.period')} value={kind} popupMatchSelectWidth={180} onChange={begin} options={KINDS.map((value) => ({ value, label: t(`indicators.kinds.${value}`) }))} />
      {kind === 'range' ? (
        <span className="row">
          <Input type="date" aria-label={t('indicators.from')} value={asked.from} max={asked.to} onChange={(e) => e.target.value && onChange({ from: e.target.value })} />
          <Input type="date" aria-label={t('indicators.to')} value={asked.to} min={asked.from} onChange={(e) => e.target.value && onChange({ to: e.target.value })} />
        </span>
      ) : (
        <span className="row">
          <Button aria-label={t('indicators.earlier')} icon={<LeftOutlined />} disabled={!report} onClick={() => report && onChange({ day: shifted(report.period.first, -1) })} />
          <Input type="date" aria-label={t('indicators.day')} value={asked.day ?? today()} onChange={(e) => e.target.value && onChange({ day: e.target.value })} />
          <Button aria-label={t('indicators.later')} icon={<RightOutlined />} disabled={!report || report.period.last >= today()} onClick={() => report && onChange({ day: shifted(report.period.last, 1) })} />
        </span>
      )}
      <AreaPicker style={{ width: 220 }} label={t('indicators.area')} placeholder={t('indicators.area')} allowClear value={asked.area} onChange={(area) => onChange({ area: area ?? '' })} />
      <Select
        aria-label={t('indicators.class')}
        placeholder={t('indicators.class')}
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        popupMatchSelectWidth={220}
        value={asked.class}
        onChange={(chosen: string | undefined) => onChange({ class: chosen ?? '' })}
        options={(classes.data ?? []).map((c) => ({ value: c.code, label: c.label }))}
      />
      <Select
        aria-label={t('indicators.by')}
        value={asked.by ?? ''}
        popupMatchSelectWidth={140}
        onChange={(by: string) => onChange({ by })}
        options={['', 'area', 'class'].map((value) => ({ value, label: t(`indicators.divided.${value || 'whole'}`) }))}
      />
    </search>
  );
}
