// One device by hand; many come from a table (imports).

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Drawer, Form, Input, InputNumber, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, Refused, type Shape } from '../../shared/api/client';
import { AreaPicker } from '../parts/areas';
import { ProblemView } from '../parts/problem-view';

export default function AddDevice({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open onClose={onClose} size={480} title={t('devices.add')}>
      <p className="soft">{t('devices.add_many')} <Link to="/imports">{t('devices.to_imports')}</Link></p>
      <AddForm onDone={onClose} />
    </Drawer>
  );
}

type Asked = Omit<Shape['AddDevice'], 'measures'> & { measures: string };

function AddForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Asked>();
  const add = useMutation({
    mutationFn: (asked: Asked) => ask(api.POST('/api/v1/devices', { body: { ...asked, name: asked.name ?? '', measures: asked.measures.split(/[,，\s]+/).filter(Boolean) } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['devices'] });
      onDone();
    },
    onError: (fault) => {
      const named = fault instanceof Refused ? (fault.problem.errors ?? []) : [];
      form.setFields(named.map((e) => ({ name: e.field as keyof Asked, errors: [e.message] })));
    },
  });
  const missing = (label: string) => [{ required: true, message: t('devices.missing', { what: label }) }];
  const kinds = useQuery({ queryKey: ['devices', 'classes'], queryFn: () => ask(api.GET('/api/v1/devices/classes')), staleTime: Infinity });
  const classes = (kinds.data ?? []).map((k) => ({ value: k.code, label: k.label }));
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(asked: Asked) => add.mutate(asked)}>
      <Form.Item name="id" label={t('devices.id')} rules={missing(t('devices.id'))}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="class" label={t('devices.class')} rules={missing(t('devices.class'))}><Select showSearch={{ optionFilterProp: 'label' }} options={classes} /></Form.Item>
      <Form.Item name="name" label={t('devices.name')}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="area" label={t('devices.place')} rules={missing(t('devices.place'))}><AreaPicker /></Form.Item>
      <Form.Item name="source" label={t('devices.source')} extra={t('devices.source_more')} rules={missing(t('devices.source'))}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="measures" label={t('devices.measures')} extra={t('devices.measures_more')} rules={missing(t('devices.measures'))}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="purpose" label={t('devices.purpose')} extra={t('devices.purpose_more')} rules={missing(t('devices.purpose'))}><Input.TextArea autoSize /></Form.Item>
      <Form.Item name="silence_secs_max" label={t('devices.silence')} extra={t('devices.silence_more')}><InputNumber min={60} style={{ width: '100%' }} /></Form.Item>
      {add.error && <ProblemView fault={add.error} />}
      <Button type="primary" htmlType="submit" loading={add.isPending}>{t('devices.add')}</Button>
    </Form>
  );
}
