// The first administrator of an empty installation, with the one-time token from its console.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { saidOf } from '../parts/problem-view';
import { LangSwitch } from '../shell/lang-switch';

const LENGTH_MIN = 10;

export default function SetupPage({ me }: { me: Shape['Me'] }) {
  const { t } = useTranslation();
  const go = useNavigate();
  if (!me.setup_needed) {
    return (
      <main className="door">
        <div className="card">
          <Result title={t('setup.done_already')} subTitle={t('setup.done_already_more')} extra={<Button type="primary" onClick={() => void go('/')}>{t('setup.to_sign_in')}</Button>} />
        </div>
      </main>
    );
  }
  return (
    <main className="door">
      <div className="card wide">
        <div className="brand">
          <img src="/r/icon.svg" alt="" /> {t('shell.product')}
        </div>
        <h1>{t('setup.title')}</h1>
        <SetupForm />
      </div>
      <div className="foot">
        <LangSwitch />
      </div>
    </main>
  );
}

function SetupForm() {
  const { t } = useTranslation();
  const go = useNavigate();
  const client = useQueryClient();
  const [params] = useSearchParams();
  const make = useMutation({
    mutationFn: async (body: Shape['SetupAdministrator']) => {
      await ask(api.POST('/api/v1/setup/administrator', { body }));
      await ask(api.POST('/api/v1/session', { body: { name: body.login, password: body.password } }));
    },
    onSuccess: async () => {
      // Nothing is there yet: the places come first.
      await go('/imports', { replace: true });
      await client.invalidateQueries();
    },
  });
  const needed = (name: string) => [{ required: true, message: t('setup.missing', { what: name }) }];
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      initialValues={{ token: params.get('token') ?? '' }}
      onFinish={(body: Shape['SetupAdministrator']) => make.mutate(body)}
    >
      {make.error && <Alert type="error" showIcon title={saidOf(make.error, t)} style={{ marginBottom: 16 }} />}
      <Form.Item name="token" label={t('setup.token')} extra={t('setup.token_more')} rules={needed(t('setup.token'))}>
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item name="area_name" label={t('setup.area_name')} extra={t('setup.area_name_more')} rules={needed(t('setup.area_name'))}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="area_code" label={t('setup.area_code')} extra={t('setup.area_code_more')} rules={needed(t('setup.area_code'))}>
        <Input autoComplete="off" inputMode="numeric" />
      </Form.Item>
      <Form.Item name="name" label={t('setup.name')} rules={needed(t('setup.name'))}>
        <Input autoComplete="name" />
      </Form.Item>
      <Form.Item name="login" label={t('setup.login')} extra={t('setup.login_more')} rules={needed(t('setup.login'))}>
        <Input autoComplete="username" />
      </Form.Item>
      <Form.Item name="password" label={t('setup.password')} rules={[{ required: true, min: LENGTH_MIN, message: t('session.password_short') }]} extra={t('session.password_length', { n: LENGTH_MIN })}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={make.isPending}>
        {t('setup.make')}
      </Button>
    </Form>
  );
}
