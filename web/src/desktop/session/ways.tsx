// How I want to be told, beyond the inbox.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Checkbox, Form, Input, Modal, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView, saidOf } from '../parts/problem-view';

type Ways = Shape['MyWays'];
const REST = ['inbox', 'mail', 'digest'] as const;

export default function WaysDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const client = useQueryClient();
  const [form] = Form.useForm<Ways>();
  const ways = useQuery({ queryKey: ['my-ways'], queryFn: () => ask(api.GET('/api/v1/session/ways')) });
  const set = useMutation({
    mutationFn: (body: Ways) => ask(api.POST('/api/v1/session/ways', { body })),
    onSuccess: (body) => {
      client.setQueryData(['my-ways'], body);
      void message.success(t('ways.saved'));
      onClose();
    },
  });
  return (
    <Modal open title={t('ways.title')} okText={t('ways.save')} okButtonProps={{ disabled: !ways.data }} confirmLoading={set.isPending} onOk={() => form.submit()} onCancel={onClose}>
      <p className="soft">{t('ways.about')}</p>
      {ways.error && <ProblemView fault={ways.error} onAgain={() => void ways.refetch()} />}
      {ways.data && (
        <Form form={form} layout="vertical" requiredMark={false} initialValues={ways.data} style={{ marginTop: 12 }} onValuesChange={() => set.reset()} onFinish={(body: Ways) => set.mutate(body)}>
          <Form.Item name="email" label={t('ways.email')} extra={t('ways.email_more')}><Input type="email" maxLength={200} autoComplete="email" /></Form.Item>
          <Form.Item name="urgent_mail" label={t('ways.urgent')} valuePropName="checked"><Checkbox>{t('ways.urgent_mail')}</Checkbox></Form.Item>
          <Form.Item name="rest" label={t('ways.rest')}>
            <Radio.Group className="ways-rest" options={REST.map((code) => ({ value: code, label: t(`ways.rests.${code}`) }))} vertical />
          </Form.Item>
          {set.error && <Alert type="error" showIcon title={saidOf(set.error, t)} />}
        </Form>
      )}
    </Modal>
  );
}
