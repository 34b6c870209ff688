// The sign-in page. A demonstration shows its accounts as buttons: one click signs in.

import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { saidOf } from '../parts/problem-view';
import { LangSwitch } from '../shell/lang-switch';

type Me = Shape['Me'];

interface Props {
  me: Me;
  /** The account that was signed in before. */
  login?: string;
  onSignedIn: () => void;
}

export function SignIn(props: Props) {
  const { t } = useTranslation();
  return (
    <main className="door">
      <div className="card">
        <div className="brand">
          <img src="/r/icon.svg" alt="" /> {t('shell.product')}
        </div>
        <p className="soft">{t('session.subtitle')}</p>
        <br />
        <h1 className="unseen">{t('session.sign_in')}</h1>
        <SignInForm {...props} />
      </div>
      <div className="foot">
        <LangSwitch />
        <a href="/r">{t('session.resident')}</a>
        <a href="/m/">{t('session.phone')}</a>
      </div>
    </main>
  );
}

export function SignInForm({ me, login, onSignedIn }: Props) {
  const { t } = useTranslation();
  const enter = useMutation({
    mutationFn: (body: Shape['SignIn']) => ask(api.POST('/api/v1/session', { body })),
    onSuccess: onSignedIn,
  });
  const demo = me.demo_accounts ?? [];
  return (
    <>
      {enter.error && <Alert type="error" showIcon title={saidOf(enter.error, t)} style={{ marginBottom: 16 }} />}
      <Form layout="vertical" requiredMark={false} initialValues={{ name: login ?? '', password: '' }} onFinish={(body: Shape['SignIn']) => enter.mutate(body)}>
        <Form.Item name="name" label={t('session.name')} rules={[{ required: true, message: t('session.name_missing') }]}>
          <Input autoComplete="username" autoFocus={!login} />
        </Form.Item>
        <Form.Item name="password" label={t('session.password')} rules={[{ required: true, message: t('session.password_missing') }]}>
          <Input.Password autoComplete="current-password" autoFocus={Boolean(login)} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={enter.isPending}>
          {t('session.sign_in')}
        </Button>
      </Form>
      {demo.length > 0 && (
        <div className="demo">
          <p className="soft">{t('session.demo')}</p>
          <div className="grid">
            {demo.map((account) => (
              <Button key={account.name} disabled={enter.isPending} onClick={() => enter.mutate({ name: account.name, password: account.password })}>
                {account.label}
              </Button>
            ))}
          </div>
        </div>
      )}
    </>
  );
}
