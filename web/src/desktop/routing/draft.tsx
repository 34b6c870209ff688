// A new version as text; every mistake is named before it is kept.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';

export function Draft({ text, onClose }: { text: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (body: Shape['RoutingDraft']) => ask(api.POST('/api/v1/routing/versions', { body })),
    onSuccess: (routing) => {
      client.setQueryData(['routing'], routing);
      onClose();
    },
  });
  return (
    <Form<Shape['RoutingDraft']> layout="vertical" className="draft" initialValues={{ text, note: '' }} onFinish={(body) => save.mutate(body)} requiredMark={false}>
      <Form.Item name="text" label={t('routing.text')} extra={t('routing.text_more')}>
        <Input.TextArea autoSize={{ minRows: 10, maxRows: 28 }} spellCheck={false} style={{ fontFamily: 'monospace' }} maxLength={100_000} />
      </Form.Item>
      <Form.Item name="note" label={t('routing.note')}>
        <Input maxLength={200} />
      </Form.Item>
      {save.error && <ProblemView fault={save.error} />}
      <div className="tools">
        <Button type="primary" htmlType="submit" loading={save.isPending}>{t('routing.keep')}</Button>
        <Button onClick={onClose}>{t('routing.close')}</Button>
      </div>
    </Form>
  );
}
