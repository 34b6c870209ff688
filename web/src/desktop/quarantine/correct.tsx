// Correcting a row and sending it again; the server judges it anew before anything is kept.

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

/** JSON is easier to mend on several lines; what is no JSON stays as it came. */
function readable(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

export default function Correct({ row, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => readable(row.raw));
  const send = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/quarantine/{id}/resubmit', { params: { path: { id: row.id } }, body: { row: text } })),
    onSuccess: onDone,
  });
  return (
    <Modal open title={t('quarantine.correct')} okText={t('quarantine.send')} onOk={() => send.mutate()} confirmLoading={send.isPending} onCancel={onClose} width={640}>
      <p>
        <strong>{t(`quarantine.reasons.${row.reason}`)}</strong> {row.field && <code>{row.field}</code>} {row.message}
      </p>
      <Input.TextArea value={text} onChange={(e) => setText(e.target.value)} rows={10} spellCheck={false} aria-label={t('quarantine.raw')} className="mono" />
      {send.error && <ProblemView fault={send.error} />}
    </Modal>
  );
}
