// One more post for somebody: a role in an area.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Form, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { AreaPicker } from '../parts/areas';
import { ProblemView } from '../parts/problem-view';
import { RolePicker } from './roles';

export default function AddPost({ user, onClose }: { user: Shape['UserRow']; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Shape['AddPost']>();
  const add = useMutation({
    mutationFn: (body: Shape['AddPost']) => ask(api.POST('/api/v1/users/{id}/posts', { params: { path: { id: user.id } }, body })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['users'] });
      onClose();
    },
  });
  const missing = (label: string) => [{ required: true, message: t('users.missing', { what: label }) }];
  return (
    <Modal open title={t('users.add_post_who', { name: user.name })} okText={t('users.add_post')} onOk={() => form.submit()} confirmLoading={add.isPending} onCancel={onClose}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(body: Shape['AddPost']) => add.mutate(body)}>
        <Form.Item name="role" label={t('users.role')} rules={missing(t('users.role'))}><RolePicker /></Form.Item>
        <Form.Item name="area" label={t('users.area')} extra={t('users.area_more')} rules={missing(t('users.area'))}><AreaPicker /></Form.Item>
        <Form.Item name="skills" label={t('users.skills')} extra={t('users.skills_more')}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', '，', '、']} maxCount={10} /></Form.Item>
      </Form>
      {add.error && <ProblemView fault={add.error} />}
    </Modal>
  );
}
