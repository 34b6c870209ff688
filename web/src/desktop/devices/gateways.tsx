// Gateways and feeds: who may send for a whole source. A secret is shown once; taking one away stops the gateway.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Form, Input, Table } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { EmptyWhy } from '../parts/empty-why';
import { ProblemView, saidOf } from '../parts/problem-view';
import { SecretOnce } from './secret';

export default function Gateways({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open onClose={onClose} size={640} title={t('devices.gateways')}>
      <Keys />
    </Drawer>
  );
}

function Keys() {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const client = useQueryClient();
  const [made, setMade] = useState<Shape['CredentialMade'] | null>(null);
  const keys = useQuery({ queryKey: ['credentials'], queryFn: () => ask(api.GET('/api/v1/credentials')) });
  const again = () => client.invalidateQueries({ queryKey: ['credentials'] });
  const add = useMutation({
    mutationFn: (body: Shape['AddGateway']) => ask(api.POST('/api/v1/credentials', { body })),
    onSuccess: (secret) => {
      setMade(secret);
      return again();
    },
  });
  const remove = useMutation({
    mutationFn: (name: string) => ask(api.DELETE('/api/v1/credentials/{name}', { params: { path: { name } } })),
    onSettled: again,
    onError: (fault) => void message.error(saidOf(fault, t)),
  });
  const sure = (name: string) =>
    modal.confirm({ title: t('devices.take_away', { name }), content: t('devices.take_away_more'), okText: t('devices.take'), okButtonProps: { danger: true }, onOk: () => remove.mutateAsync(name) });
  const missing = (label: string) => [{ required: true, message: t('devices.missing', { what: label }) }];
  return (
    <>
      <p className="soft">{t('devices.gateways_more')}</p>
      <Form layout="inline" className="tools" onFinish={(body: Shape['AddGateway']) => add.mutate(body)} requiredMark={false}>
        <Form.Item name="name" label={t('devices.user')} rules={missing(t('devices.user'))}><Input placeholder="gateway-1" autoComplete="off" style={{ width: 150 }} /></Form.Item>
        <Form.Item name="source" label={t('devices.source')} rules={missing(t('devices.source'))}><Input placeholder="gw-1" autoComplete="off" style={{ width: 150 }} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={add.isPending}>{t('devices.make_secret')}</Button>
      </Form>
      {add.error && <ProblemView fault={add.error} />}
      {made && <SecretOnce made={made} />}
      {keys.error && <ProblemView fault={keys.error} onAgain={() => void keys.refetch()} />}
      <Table<Shape['CredentialRow']>
        size="small"
        rowKey="name"
        style={{ marginTop: 16 }}
        dataSource={keys.data ?? []}
        loading={keys.isPending}
        pagination={false}
        locale={{ emptyText: <EmptyWhy why={t('devices.no_gateways')} /> }}
        columns={[
          { title: t('devices.user'), dataIndex: 'name' },
          { title: t('devices.source'), dataIndex: 'source' },
          { title: t('devices.speaks_for'), render: (_, k) => (k.device ? t('devices.one_device') : t('devices.whole_source')) },
          { title: t('devices.action'), render: (_, k) => <Button type="link" size="small" danger onClick={() => void sure(k.name)}>{t('devices.take')}</Button> },
        ]}
      />
    </>
  );
}
