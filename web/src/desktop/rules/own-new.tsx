// A new rule of one's own: for which area, under which code; the text begins from the server's template.

import { useMutation } from '@tanstack/react-query';
import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { api, ask } from '../../shared/api/client';
import { ProblemView } from '../parts/problem-view';
import type { OwnRules } from './own';

interface Asked {
  area: string;
  rule: string;
}

interface Props {
  own: OwnRules;
  onSaved: (code: string) => void;
  onClose: () => void;
}

export function OwnNew({ own, onSaved, onClose }: Props) {
  const { t } = useTranslation();
  const places = own.areas.filter((a) => a.composes).flatMap((a) => a.places);
  const save = useMutation({
    mutationFn: ({ area, rule }: Asked) =>
      ask(
        api.POST('/api/v1/own-rules/{area}/{rule}/draft', {
          params: { path: { area, rule } },
          body: { text: own.template.replace('CODE', rule), revision: 0 },
        }),
      ),
    onSuccess: (rule) => onSaved(rule.code),
  });
  return (
    <Form<Asked> layout="inline" className="tools" initialValues={{ area: places[0]?.code }} onFinish={(asked) => save.mutate(asked)}>
      <Form.Item name="area" label={t('own.area')}>
        <Select style={{ width: 200 }} options={places.map((p) => ({ value: p.code, label: p.label }))} showSearch optionFilterProp="label" />
      </Form.Item>
      <Form.Item name="rule" label={t('own.code')} rules={[{ required: true, message: t('own.code_needed') }]}>
        <Input placeholder="night_noise" autoComplete="off" style={{ width: 180 }} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={save.isPending}>{t('own.begin')}</Button>
      <Button onClick={onClose}>{t('own.close')}</Button>
      {save.error && <ProblemView fault={save.error} />}
    </Form>
  );
}
