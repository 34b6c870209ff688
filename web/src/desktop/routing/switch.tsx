// Switches a version on, or the rules off; asks once, since every case from now on is given by it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';

export function SwitchButton({ version, label, confirm }: { version: number | null; label: string; confirm: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/routing/on', { body: { version } })),
    onSuccess: (routing) => client.setQueryData(['routing'], routing),
  });
  return (
    <>
      <Popconfirm title={confirm} okText={label} cancelText={t('routing.close')} onConfirm={() => change.mutate()}>
        <Button size="small" loading={change.isPending}>{label}</Button>
      </Popconfirm>
      {change.error && <ProblemView fault={change.error} />}
    </>
  );
}
