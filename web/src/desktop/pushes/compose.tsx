// Composing a push: whom, where, what; beside it whom it would reach and who is left out, before it is sent.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Checkbox, Drawer, Form, Input, Radio } from 'antd';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { exact } from '../../shared/format';
import { orderKey } from '../cases/use-case';
import { AreaPicker } from '../parts/areas';
import { saidOf } from '../parts/problem-view';

const TEXT_CHARS_MAX = 120;

interface Entered {
  groups: string[];
  area: string;
  urgent: boolean;
  text: string;
}

interface Props {
  onClose: () => void;
  onSent: (id: string) => void;
}

export default function Compose({ onClose, onSent }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Entered>();
  const key = useRef(orderKey());
  const groups = useQuery({ queryKey: ['push-groups'], queryFn: () => ask(api.GET('/api/v1/pushes/groups')), staleTime: Infinity });
  const send = useMutation({
    mutationFn: (body: Entered) => ask(api.POST('/api/v1/pushes', { body, headers: { 'Idempotency-Key': key.current } })),
    onSuccess: async (sent) => {
      await client.invalidateQueries({ queryKey: ['pushes'] });
      onSent(sent.id);
    },
  });
  const missing = (message: string) => [{ required: true, message }];
  return (
    <Drawer open onClose={onClose} title={t('pushes.compose')} size={560} styles={{ body: { paddingBottom: 24 } }}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ urgent: false, groups: [] }} onFinish={(body: Entered) => send.mutate(body)}
        // Another push is not the last one sent again.
        onValuesChange={() => { key.current = orderKey(); }}>
        <Form.Item name="groups" label={t('pushes.groups')} rules={[{ validator: (_, chosen: string[]) => (chosen.length > 0 ? Promise.resolve() : Promise.reject(new Error(t('pushes.groups_missing')))) }]}>
          <Checkbox.Group className="push-groups" options={(groups.data ?? []).map((g) => ({ value: g.code, label: g.label }))} />
        </Form.Item>
        <Form.Item name="area" label={t('pushes.area')} extra={t('pushes.area_more')} rules={missing(t('pushes.area_missing'))}>
          <AreaPicker />
        </Form.Item>
        <Form.Item name="urgent" label={t('pushes.urgency')}>
          <Radio.Group options={[{ value: false, label: t('pushes.can_wait') }, { value: true, label: t('pushes.urgent') }]} optionType="button" />
        </Form.Item>
        <Form.Item name="text" label={t('pushes.words')} rules={[{ required: true, whitespace: true, message: t('pushes.words_missing') }]}>
          <Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={TEXT_CHARS_MAX} showCount placeholder={t('pushes.words_hint')} />
        </Form.Item>
        <Reach />
        {send.error && <Alert type="error" showIcon title={saidOf(send.error, t)} style={{ marginBottom: 12 }} />}
        <Button type="primary" htmlType="submit" loading={send.isPending}>{t('pushes.send')}</Button>
      </Form>
    </Drawer>
  );
}

/** Whom it would reach as it stands. */
function Reach() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Entered>();
  const groups = Form.useWatch('groups', form) as string[] | undefined;
  const area = Form.useWatch('area', form) as string | undefined;
  const urgent = (Form.useWatch('urgent', form) as boolean | undefined) ?? false;
  const preview = useQuery({
    queryKey: ['push-preview', groups, area, urgent],
    enabled: Boolean(area && groups && groups.length > 0),
    queryFn: () => ask(api.POST('/api/v1/pushes/preview', { body: { groups: groups ?? [], area: area ?? '', urgent } })),
    placeholderData: (before) => before,
  });
  if (!area || !groups || groups.length === 0) return <p className="push-reach soft">{t('pushes.reach_first')}</p>;
  if (preview.error) return <Alert type="warning" showIcon title={saidOf(preview.error, t)} style={{ marginBottom: 12 }} />;
  if (!preview.data) return <p className="push-reach soft">…</p>;
  const said = preview.data;
  return (
    <section className="push-reach" aria-live="polite">
      <p>{t('pushes.reaches')} <strong data-reaches={said.reaches}>{said.reaches}</strong> {t('pushes.persons')}</p>
      {said.waits && <p className="tone-soon">◔ {t('pushes.waits', { when: exact(said.at) })}</p>}
      {urgent && <p className="small">{t('pushes.call_after', { n: said.call_after_minutes })}</p>}
      {said.left_out.length > 0 && <LeftOut people={said.left_out} />}
    </section>
  );
}

function LeftOut({ people }: { people: Shape['LeftOut'][] }) {
  const { t } = useTranslation();
  return (
    <details>
      <summary>{t('pushes.left_out', { n: people.length })}</summary>
      <ul className="plain small">
        {people.map((p) => (
          <li key={`${p.person.area_name} ${p.person.name}`}>
            {p.person.name} <span className="soft">· {p.person.area_name} · {p.person.role.label}</span> — {p.why.label}
          </li>
        ))}
      </ul>
    </details>
  );
}
