// Tables in, every row back: template, trial run, what is wrong with which row, and the file with its error column.

import { Steps } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { Page } from '../parts/frame';
import { useMe } from '../session/session';
import '../pages.css';
import { Table } from './table';

const KINDS = ['areas', 'devices', 'people', 'users'] as const;
export type Kind = (typeof KINDS)[number];

/** What one may write, in the order a new street needs it: places first, for everything else lies in one. */
export default function ImportsPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const { sections } = useMe();
  const kinds = KINDS.filter((code) => sections.includes(`import_${code}`));
  const asked = kinds.findIndex((kind) => kind === params.get('kind'));
  const [done, setDone] = useState<Kind[]>([]);
  const current = Math.max(asked, 0);
  const kind = kinds[current] ?? 'areas';
  return (
    <Page title={t('imports.title')} narrow>
      <p className="soft">{t('imports.about')}</p>
      <Steps
        size="small"
        current={current}
        onChange={(n) => setParams({ kind: kinds[n] ?? 'areas' }, { replace: true })}
        items={kinds.map((code) => ({ title: t(`imports.kinds.${code}`), status: done.includes(code) ? 'finish' : code === kind ? 'process' : 'wait' }))}
        style={{ margin: '16px 0 24px' }}
      />
      <Table key={kind} kind={kind} onTaken={() => setDone((before) => [...before, kind])} />
    </Page>
  );
}
