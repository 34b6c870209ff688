// Filing for somebody at the window or on the telephone: what, where, in whose words, for whom.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Radio } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { instantOf } from '../../shared/format';
import { orderKey } from '../cases/use-case';
import { AreaPicker, useAreas } from '../parts/areas';
import { useClasses } from '../parts/classes';
import { Page } from '../parts/frame';
import { PhotoUpload } from '../parts/photo-upload';
import { saidOf } from '../parts/problem-view';
import { Filed } from './filed';
import { HOTLINE, OrderFields } from './order';
import { Same } from './same';
import './file.css';

const CHANNELS = ['window', 'phone', HOTLINE, 'cadre', 'patrol', 'volunteer', 'police'] as const;
const WORDS_MAX = 2000;

interface Entered {
  channel: string;
  class?: string;
  /** Its time as the street's clock shows it. */
  order?: Shape['OrderFiled'];
  area: string;
  place?: string;
  text: string;
  name?: string;
  phone?: string;
  photos?: string[];
}

export default function FilePage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [form] = Form.useForm<Entered>();
  const [round, setRound] = useState(0);
  const key = useRef(orderKey());
  const area = Form.useWatch('area', form) as string | undefined;
  const klass = Form.useWatch('class', form) as string | undefined;
  const isOrder = Form.useWatch('channel', form) === HOTLINE;
  const areaName = useAreas().data?.find((a) => a.id === area)?.name ?? '';
  const file = useMutation({
    mutationFn: ({ name, phone, place, order, ...rest }: Entered) =>
      ask(
        api.POST('/api/v1/cases', {
          // Somebody who leaves neither name nor phone may still follow the case by its code.
          body: { ...rest, order: order && { ...order, received_at: instantOf(order.received_at ?? '') }, place: wholePlace(areaName, place), photos: rest.photos ?? [], reporter: { name: name?.trim() ?? '', phone: phone?.trim() ?? '' } },
          headers: { 'Idempotency-Key': key.current },
        }),
      ),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['case-counts'] }),
  });
  const join = useMutation({
    mutationFn: (id: string) => {
      const { channel, text = '', name = '', phone = '', photos = [] } = form.getFieldsValue();
      return ask(
        api.POST('/api/v1/cases/{id}/join', {
          params: { path: { id } },
          body: { channel, text: text.trim(), photos, reporter: { name: name.trim(), phone: phone.trim() } },
          headers: { 'Idempotency-Key': key.current },
        }),
      );
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ['alike'] }),
  });
  const filed = file.data ?? join.data;
  const fault = file.error ?? join.error;
  const again = (keep: (keyof Entered)[]) => {
    const kept = form.getFieldsValue(keep);
    key.current = orderKey();
    file.reset();
    join.reset();
    form.resetFields();
    form.setFieldsValue(kept);
    // Photos of the last report do not stay in the next one.
    setRound((n) => n + 1);
  };
  return (
    <Page title={t('file.title')} narrow>
      {filed && <Filed filed={filed} joined={Boolean(join.data)} onSamePlace={() => again(['channel', 'area', 'place'])} onAnother={() => again(['channel'])} />}
      <div hidden={Boolean(filed)}>
        <p className="soft">{t('file.about')}</p>
        {fault && <Alert type="error" showIcon title={saidOf(fault, t)} style={{ margin: '12px 0' }} />}
        <Form form={form} layout="vertical" className="file-form" initialValues={{ channel: 'window' }} scrollToFirstError onValuesChange={(changed: Partial<Entered>) => {
          // Of an order every class may be chosen, else only the tiles: what was chosen there is not shown here.
          if (changed.channel !== undefined && isOrder !== (changed.channel === HOTLINE)) form.setFieldValue('class', undefined);
        }} onFinish={(entered: Entered) => file.mutate(entered)}>
          <Form.Item name="channel" label={t('file.channel')} rules={[{ required: true }]}>
            <Radio.Group optionType="button" options={CHANNELS.map((code) => ({ value: code, label: t(`file.channels.${code}`) }))} />
          </Form.Item>
          {isOrder ? <OrderFields /> : <ClassField />}
          <div className="two">
            <Form.Item name="area" label={t('file.area')} rules={[{ required: true, message: t('file.area_missing') }]}>
              <AreaPicker placeholder={t('file.area_hint')} />
            </Form.Item>
            <Form.Item name="place" label={t('file.place')} extra={t('file.place_more')}>
              <Input maxLength={100} placeholder={areaName ? t('file.place_after', { area: areaName }) : t('file.place_hint')} />
            </Form.Item>
          </div>
          {area && <Same area={area} klass={klass} busy={join.isPending} onJoin={isOrder ? undefined : (id) => join.mutate(id)} />}
          <Form.Item name="text" label={t('file.text')} extra={t(isOrder ? 'file.order.text_more' : 'file.text_more')} rules={[{ required: true, whitespace: true, message: t('file.text_missing') }]}>
            <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} maxLength={WORDS_MAX} />
          </Form.Item>
          <div className="two">
            <Form.Item name="name" label={t('file.name')}>
              <Input maxLength={40} autoComplete="off" />
            </Form.Item>
            <Form.Item name="phone" label={t('file.phone')} extra={t('file.phone_more')}>
              <Input maxLength={20} inputMode="tel" autoComplete="off" />
            </Form.Item>
          </div>
          <Form.Item key={round} name="photos" label={t('file.photos')} initialValue={[]}>
            <PhotoUpload />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={file.isPending}>{t('file.submit')}</Button>
        </Form>
      </div>
    </Page>
  );
}

/** "304室" alone says nothing to who reads the case: the area's name goes before it. */
function wholePlace(areaName: string, place = ''): string {
  const words = place.trim();
  return words === '' || words.startsWith(areaName) ? words : `${areaName}${words}`;
}

function ClassField() {
  const { t } = useTranslation();
  const classes = useClasses();
  const form = Form.useFormInstance();
  const chosen = Form.useWatch('class', form) as string | undefined;
  // Those a resident would choose from; the others are made by devices.
  const usual = (classes.data ?? []).filter((c) => c.tile != null).sort((a, b) => (a.tile ?? 0) - (b.tile ?? 0));
  const isDanger = classes.data?.find((c) => c.code === chosen)?.danger;
  return (
    <>
      <Form.Item name="class" label={t('file.class')} rules={[{ required: true, message: t('file.class_missing') }]}>
        <Radio.Group className="classes" optionType="button" options={usual.map((c) => ({ value: c.code, label: c.label }))} />
      </Form.Item>
      {isDanger && <Alert type="warning" showIcon title={t('file.danger')} style={{ marginBottom: 16 }} />}
    </>
  );
}
