// One's own password. Every other session of this account ends with the old one.

import { useMutation } from '@tanstack/react-query';
import { Alert, App, Form, Input, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { saidOf } from '../parts/problem-view';

const LENGTH_MIN = 10;

export function PasswordDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Shape['ChangePassword'] & { again: string }>();
  const change = useMutation({
    mutationFn: (body: Shape['ChangePassword']) => ask(api.POST('/api/v1/session/password', { body })),
    onSuccess: () => {
      message.success(t('session.changed'));
      onClose();
    },
  });
  return (
    <Modal open title={t('session.change')} okText={t('session.change_do')} confirmLoading={change.isPending} onOk={form.submit} onCancel={onClose} width={420}>
      <p className="soft">{t('session.change_more')}</p>
      {change.error && <Alert type="error" showIcon title={saidOf(change.error, t)} style={{ margin: '8px 0' }} />}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={({ current, wanted }) => change.mutate({ current, wanted })} style={{ marginTop: 16 }}>
        <Form.Item name="current" label={t('session.current')} rules={[{ required: true, message: t('session.password_missing') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="wanted" label={t('session.wanted')} extra={t('session.password_length', { n: LENGTH_MIN })} rules={[{ required: true, min: LENGTH_MIN, message: t('session.password_short') }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t('session.again')}
          dependencies={['wanted']}
          rules={[{ validator: (_, again) => (again === form.getFieldValue('wanted') ? Promise.resolve() : Promise.reject(new Error(t('session.not_same')))) }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </Form>
    </Modal>
  );
}
