// When one post is on duty: every week, on single days, and absences. All of it is sent; the server names every mistake.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { instantOf, localOf, when } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';

interface Rows {
  hours?: Shape['DutyHours'][];
  turns?: Shape['DutyTurn'][];
  away?: Shape['DutyAway'][];
}

export default function SetDuty({ post, kinds, onClose }: { post: Shape['DutyPost']; kinds: Shape['Coded'][]; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Rows>();
  const now = post.set;
  const save = useMutation({
    mutationFn: (rows: Rows) =>
      ask(api.POST('/api/v1/posts/{id}/duty', {
        params: { path: { id: post.post } },
        body: {
          version: now?.version ?? 0,
          hours: rows.hours ?? [],
          turns: rows.turns ?? [],
          away: (rows.away ?? []).map((a) => ({ from: instantOf(a.from), until: instantOf(a.until) })),
        },
      })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['duty'] });
      onClose();
    },
  });
  const kept: Rows = { hours: now?.hours ?? [], turns: now?.turns ?? [], away: (now?.away ?? []).map((a) => ({ from: localOf(a.from), until: localOf(a.until) })) };
  return (
    <Modal open width={640} title={t('duty.set_of', { name: post.name })} okText={t('duty.keep')} cancelText={t('duty.close')} confirmLoading={save.isPending} onOk={() => form.submit()} onCancel={onClose} destroyOnHidden>
      <p className="soft">{t('duty.set_more')}</p>
      <Form<Rows> form={form} className="duty-form" initialValues={kept} onFinish={(rows) => save.mutate(rows)}>
        <Group name="hours" title={t('duty.hours')} add={t('duty.add_hours')} empty={{ days: 'working_days', from: '08:30', to: '17:30' }}>
          {(at) => (
            <>
              <Form.Item name={[at, 'days']}><Select aria-label={t('duty.days')} style={{ width: 200 }} options={kinds.map((k) => ({ value: k.code, label: k.label }))} /></Form.Item>
              <Clock at={at} />
            </>
          )}
        </Group>
        <Group name="turns" title={t('duty.turns')} add={t('duty.add_turn')} empty={{ date: '', from: '08:30', to: '17:30' }}>
          {(at) => (
            <>
              <Form.Item name={[at, 'date']}><Input type="date" aria-label={t('duty.date')} style={{ width: 200 }} /></Form.Item>
              <Clock at={at} />
            </>
          )}
        </Group>
        <Group name="away" title={t('duty.away')} add={t('duty.add_away')} empty={{ from: '', until: '' }}>
          {(at) => (
            <>
              <Form.Item name={[at, 'from']}><Input type="datetime-local" aria-label={t('duty.away_from')} /></Form.Item>
              <span aria-hidden="true">–</span>
              <Form.Item name={[at, 'until']}><Input type="datetime-local" aria-label={t('duty.away_until')} /></Form.Item>
            </>
          )}
        </Group>
      </Form>
      {save.error && <ProblemView fault={save.error} />}
      {now?.set_at && <p className="soft">{t('duty.set_by', { name: now.set_by ?? '', at: when(now.set_at) })}</p>}
    </Modal>
  );
}

function Clock({ at }: { at: number }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name={[at, 'from']}><Input type="time" aria-label={t('duty.from')} /></Form.Item>
      <span aria-hidden="true">–</span>
      <Form.Item name={[at, 'to']}><Input type="time" aria-label={t('duty.to')} /></Form.Item>
    </>
  );
}

/** Rows that can be added and taken away. */
function Group({ name, title, add, empty, children }: { name: keyof Rows; title: string; add: string; empty: object; children: (at: number) => React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend>{title}</legend>
      <Form.List name={name}>
        {(rows, { add: more, remove }) => (
          <>
            {rows.map((row, i) => (
              <div className="row" key={row.key} role="group" aria-label={`${title} ${i + 1}`}>
                {children(row.name)}
                <Button type="link" danger onClick={() => remove(row.name)} aria-label={t('duty.remove_of', { row: `${title} ${i + 1}` })}>{t('duty.remove')}</Button>
              </div>
            ))}
            <Button size="small" onClick={() => more(empty)}>{add}</Button>
          </>
        )}
      </Form.List>
    </fieldset>
  );
}
