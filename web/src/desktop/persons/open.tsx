// Opening a record: a purpose with one's own open case at the place, or break-glass with a reason. It closes itself.
//
// Invariants
// - PO1 What was opened lives in this dialog alone: no cache, no address, gone after a minute or when it closes.

import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Descriptions, Form, Input, Modal, Radio, Select } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';

const SHOWN_SECS = 60;
const PURPOSES = ['care_visit', 'case_work', 'registration', 'break_glass'] as const;

export default function OpenPerson({ person, onClose }: { person: Shape['PersonRow']; onClose: () => void }) {
  const { t } = useTranslation();
  const [record, setRecord] = useState<Shape['PersonRecord'] | null>(null);
  return (
    <Modal open title={t('persons.open_who', { name: person.name_masked })} footer={null} onCancel={onClose} destroyOnHidden width={560}>
      {record ? <Record record={record} onOver={onClose} /> : <Ask person={person} onOpened={setRecord} />}
    </Modal>
  );
}

function Ask({ person, onOpened }: { person: Shape['PersonRow']; onOpened: (record: Shape['PersonRecord']) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Shape['OpenPerson']>();
  const purpose = Form.useWatch('purpose', form);
  const mine = useQuery({
    queryKey: ['case-choice', 'mine'],
    queryFn: () => ask(api.GET('/api/v1/cases', { params: { query: { tab: 'mine', limit: 100 } } })),
  });
  const open = useMutation({
    mutationFn: (body: Shape['OpenPerson']) => ask(api.POST('/api/v1/persons/{id}/open', { params: { path: { id: person.id } }, body: { ...body, reason: body.reason ?? '' } })),
    gcTime: 0,
    onSuccess: onOpened,
  });
  const glass = purpose === 'break_glass';
  const cases = (mine.data?.items ?? []).map((c) => ({ value: c.id, label: `${c.number} ${c.title}` }));
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ purpose: 'care_visit' }} onFinish={(body: Shape['OpenPerson']) => open.mutate(body)}>
      <p className="soft">{t('persons.open_more')}</p>
      <Form.Item name="purpose" label={t('persons.purpose')}>
        <Radio.Group options={PURPOSES.map((code) => ({ value: code, label: t(`persons.purposes.${code}`) }))} />
      </Form.Item>
      {glass ? (
        <>
          <Alert type="warning" title={t('persons.glass')} style={{ marginBottom: 16 }} />
          <Form.Item name="reason" label={t('persons.reason')} rules={[{ required: true, min: 5, message: t('persons.reason_length') }]}>
            <Input.TextArea autoSize maxLength={200} />
          </Form.Item>
        </>
      ) : (
        <Form.Item name="case_id" label={t('persons.case')} extra={t('persons.case_more')} rules={[{ required: true, message: t('persons.case_missing') }]}>
          <Select options={cases} loading={mine.isPending} showSearch={{ optionFilterProp: 'label' }} notFoundContent={t('persons.no_case')} />
        </Form.Item>
      )}
      {open.error && <ProblemView fault={open.error} />}
      <Button type="primary" htmlType="submit" loading={open.isPending}>{t('persons.open')}</Button>
    </Form>
  );
}

function Record({ record, onOver }: { record: Shape['PersonRecord']; onOver: () => void }) {
  const { t } = useTranslation();
  const [left, setLeft] = useState(SHOWN_SECS);
  // Measured, not counted: a browser slows the timers of a page nobody sees, and the record must not stay for that.
  useEffect(() => {
    const opened = Date.now();
    const tell = () => setLeft(SHOWN_SECS - Math.floor((Date.now() - opened) / 1000));
    const timer = setInterval(tell, 1000);
    document.addEventListener('visibilitychange', tell);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tell);
    };
  }, []);
  useEffect(() => {
    if (left <= 0) onOver();
  }, [left, onOver]);
  const phone = (number: string | null | undefined) => (number ? <a href={`tel:${number}`}>{number}</a> : t('persons.not_known'));
  return (
    <>
      <Descriptions
        size="small"
        column={1}
        bordered
        items={[
          { key: 'name', label: t('persons.name'), children: record.name },
          { key: 'phone', label: t('persons.phone'), children: phone(record.phone) },
          { key: 'home', label: t('persons.home'), children: record.dwelling_name },
          { key: 'number', label: t('persons.id_number'), children: record.id_number_masked ?? t('persons.not_known') },
          { key: 'residence', label: t('persons.residence'), children: `${record.residence}${record.registered_here ? ` · ${t('persons.registered')}` : ''}` },
          { key: 'contact', label: t('persons.contact'), children: record.contact_name ? <>{record.contact_name} {phone(record.contact_phone)}</> : t('persons.not_known') },
        ]}
      />
      <p className="soft small" style={{ marginTop: 8 }} role="timer">{t('persons.closes_in', { n: left })}</p>
    </>
  );
}
