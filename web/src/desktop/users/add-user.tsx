// A new user with a first post; the first password is drawn here and shown once.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Drawer, Form, Input, Typography } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, Refused, type Shape } from '../../shared/api/client';
import { AreaPicker } from '../parts/areas';
import { ProblemView } from '../parts/problem-view';
import { firstPassword } from './password';
import { RolePicker } from './roles';

type Asked = Shape['AddUser'];

export default function AddUser({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open onClose={onClose} size={440} title={t('users.add')}>
      <p className="soft">{t('users.add_many')} <Link to="/imports">{t('users.to_imports')}</Link></p>
      <UserForm />
    </Drawer>
  );
}

function UserForm() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Asked>();
  const [made, setMade] = useState<Asked | null>(null);
  const add = useMutation({
    mutationFn: async (asked: Omit<Asked, 'password'>) => {
      const body = { ...asked, password: firstPassword() };
      await ask(api.POST('/api/v1/users', { body }));
      return body;
    },
    onSuccess: async (body) => {
      setMade(body);
      form.resetFields();
      await client.invalidateQueries({ queryKey: ['users'] });
    },
    onError: (fault) => {
      const named = fault instanceof Refused ? (fault.problem.errors ?? []) : [];
      form.setFields(named.map((e) => ({ name: e.field as keyof Asked, errors: [e.message] })));
    },
  });
  const missing = (label: string) => [{ required: true, message: t('users.missing', { what: label }) }];
  return (
    <>
      {made && (
        <Alert
          type="warning"
          style={{ marginBottom: 16 }}
          title={t('users.made', { name: made.name })}
          description={<><span className="soft">{t('users.login')} </span><code>{made.login}</code> <span className="soft">{t('users.password')} </span><Typography.Text code copyable>{made.password}</Typography.Text></>}
        />
      )}
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(asked: Omit<Asked, 'password'>) => add.mutate(asked)}>
        <Form.Item name="name" label={t('users.name')} rules={missing(t('users.name'))}><Input autoComplete="off" /></Form.Item>
        <Form.Item name="login" label={t('users.login')} extra={t('users.login_more')} rules={missing(t('users.login'))}><Input autoComplete="off" /></Form.Item>
        <Form.Item name="role" label={t('users.role')} rules={missing(t('users.role'))}><RolePicker /></Form.Item>
        <Form.Item name="area" label={t('users.area')} extra={t('users.area_more')} rules={missing(t('users.area'))}><AreaPicker /></Form.Item>
        {add.error && <ProblemView fault={add.error} />}
        <Button type="primary" htmlType="submit" loading={add.isPending}>{t('users.add')}</Button>
      </Form>
    </>
  );
}
