// A new first password for who has forgotten theirs.

import { useMutation } from '@tanstack/react-query';
import { Alert, Modal, Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';
import { firstPassword } from './password';

export default function NewPassword({ user, onClose }: { user: Shape['UserRow']; onClose: () => void }) {
  const { t } = useTranslation();
  const set = useMutation({
    mutationFn: async () => {
      const password = firstPassword();
      await ask(api.POST('/api/v1/users/{id}/access', { params: { path: { id: user.id } }, body: { disabled: user.disabled, password } }));
      return password;
    },
  });
  return (
    <Modal
      open
      title={t('users.new_password_who', { name: user.name })}
      okText={set.data ? t('users.noted') : t('users.new_password')}
      onOk={() => (set.data ? onClose() : set.mutate())}
      confirmLoading={set.isPending}
      onCancel={onClose}
    >
      {set.data ? (
        <Alert type="warning" title={t('users.password_once')} description={<Typography.Text code copyable>{set.data}</Typography.Text>} />
      ) : (
        <p className="soft">{t('users.new_password_more')}</p>
      )}
      {set.error && <ProblemView fault={set.error} />}
    </Modal>
  );
}
