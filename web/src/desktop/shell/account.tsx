// Who I am: posts, password, night, keys, the way out.

import { UserOutlined } from '@ant-design/icons';
import { Button, Dropdown } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordDialog } from '../session/password';
import { signOut, useMe } from '../session/session';
import { useNight } from './theme';

const WaysDialog = lazy(() => import('../session/ways'));

export function Account() {
  const { t } = useTranslation();
  const { user } = useMe();
  const { night, setNight } = useNight();
  const [changing, setChanging] = useState(false);
  const [choosing, setChoosing] = useState(false);
  const items = [
    { key: 'night', label: night ? t('shell.day') : t('shell.night'), onClick: () => setNight(!night) },
    { key: 'password', label: t('session.change'), onClick: () => setChanging(true) },
    { key: 'ways', label: t('ways.title'), onClick: () => setChoosing(true) },
    { key: 'phone', label: <a href="/m/">{t('session.phone')}</a> },
    { key: 'complain', label: <a href="/r?class=service.complaint">{t('shell.complain')}</a> },
    { type: 'divider' as const },
    { key: 'out', label: t('shell.sign_out'), onClick: () => void signOut() },
  ];
  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
        <Button type="text" size="small" icon={<UserOutlined aria-hidden="true" />}>{user.name}</Button>
      </Dropdown>
      <Suspense>{choosing && <WaysDialog onClose={() => setChoosing(false)} />}</Suspense>
      {changing && <PasswordDialog onClose={() => setChanging(false)} />}
    </>
  );
}
