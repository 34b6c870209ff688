// How many orders all streets of the hotline's peer group had: entered by who keeps the street's orders, since only the
// district knows it.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, InputNumber, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure, when } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';

interface Props {
  score: Shape['ScoreView'];
  period: Shape['PeriodView'];
}

export function GroupVolume({ score, period }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const known = score.group;
  return (
    <span className="group-volume soft small">
      {known && t('indicators.group_known', { n: figure(known.tickets), by: known.by, at: when(known.at) })}
      {score.group_why_not ? (
        !known && score.group_why_not
      ) : (
        <Button size="small" onClick={() => setOpen(true)}>{t(known ? 'indicators.group_change' : 'indicators.group_enter')}</Button>
      )}
      {open && score.street && <Enter known={known?.tickets ?? null} street={score.street} period={period} onClose={() => setOpen(false)} />}
    </span>
  );
}

function Enter({ known, street, period, onClose }: { known: number | null; street: Shape['Coded']; period: Shape['PeriodView']; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [tickets, setTickets] = useState(known);
  const enter = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/indicators/hotline-group', { body: { area: street.code, first: period.first, last: period.last, tickets } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['indicators'] });
      onClose();
    },
  });
  return (
    <Modal open title={t('indicators.group_enter')} okText={t('indicators.group_keep')} cancelText={t('indicators.group_cancel')} confirmLoading={enter.isPending} okButtonProps={{ disabled: tickets === known }} onOk={() => enter.mutate()} onCancel={onClose} destroyOnHidden>
      <p className="soft">{t('indicators.group_more', { street: street.label, first: period.first, last: period.last })}</p>
      <InputNumber aria-label={t('indicators.group_tickets')} placeholder={t('indicators.group_tickets')} min={1} precision={0} value={tickets} onChange={setTickets} onPressEnter={() => tickets !== known && enter.mutate()} style={{ width: '100%' }} autoFocus />
      {enter.error && <ProblemView fault={enter.error} />}
    </Modal>
  );
}
