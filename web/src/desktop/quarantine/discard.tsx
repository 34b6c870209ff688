// Discarding a row, with the reason that stays on record.

import { useMutation } from '@tanstack/react-query';
import { Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';

interface Props {
  row: Shape['QuarantineRow'];
  onClose: () => void;
  onDone: () => void;
}

export default function DiscardRow({ row, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const discard = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/quarantine/{id}/discard', { params: { path: { id: row.id } }, body: { reason } })),
    onSuccess: onDone,
  });
  return (
    <Modal
      open
      title={t('quarantine.discard')}
      okText={t('quarantine.discard')}
      okButtonProps={{ danger: true, disabled: reason.trim() === '' }}
      onOk={() => discard.mutate()}
      confirmLoading={discard.isPending}
      onCancel={onClose}
    >
      <p className="soft">{t('quarantine.discard_more')}</p>
      <Input value={reason} onChange={(e) => setReason(e.target.value)} placeholder={t('quarantine.discard_reason')} aria-label={t('quarantine.discard_reason')} maxLength={200} />
      {discard.error && <ProblemView fault={discard.error} />}
    </Modal>
  );
}
