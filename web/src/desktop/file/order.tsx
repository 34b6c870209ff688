// An order of the city's hotline: its number, its time, its kind, and the matter among the hotline's levels.

import { Form, Input, Radio, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { now } from '../../shared/clock';
import type { Shape } from '../../shared/api/client';
import { localOf } from '../../shared/format';
import { useClasses } from '../parts/classes';

export const HOTLINE = 'hotline_12345';

/** As the hotline writes them; the server has the last word on what a number is. */
export function OrderFields() {
  const { t } = useTranslation();
  const kinds = (useClasses().data ?? []).filter((c) => c.order);
  return (
    <>
      <div className="two">
        <Form.Item name={['order', 'number']} label={t('file.order.number')} extra={t('file.order.number_more')} rules={[{ required: true, whitespace: true, message: t('file.order.number_missing') }]}>
          <Input maxLength={60} autoComplete="off" />
        </Form.Item>
        <Form.Item name={['order', 'received_at']} label={t('file.order.received')} extra={t('file.order.received_more')} initialValue={localOf(now())} rules={[{ required: true, message: t('file.order.received_missing') }]}>
          <Input type="datetime-local" max={localOf(now())} />
        </Form.Item>
      </div>
      <Form.Item name={['order', 'kind']} label={t('file.order.kind')} rules={[{ required: true, message: t('file.order.kind_missing') }]}>
        <Radio.Group className="classes" optionType="button" options={kinds.map((c) => ({ value: c.code, label: c.label }))} />
      </Form.Item>
      <OrderClass />
    </>
  );
}

/** Found by any of its levels; an order about nothing of ours stays with its kind. */
function OrderClass() {
  const { t } = useTranslation();
  const matters = (useClasses().data ?? []).filter((c) => !c.order && (c.hotline.length > 0 || c.tile != null));
  const named = (c: Shape['ClassView']) => ({ value: c.code, label: [...c.hotline, c.label].filter((level, i, all) => all.indexOf(level) === i).join(' › ') });
  return (
    <Form.Item name="class" label={t('file.order.matter')} extra={t('file.order.matter_more')}>
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('file.order.matter_hint')} options={matters.map(named).sort((a, b) => a.label.localeCompare(b.label, 'zh'))} />
    </Form.Item>
  );
}
