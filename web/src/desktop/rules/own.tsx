// Rules a committee composes itself: what runs, what it costs, what may be done next, and a text to write.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Progress, Table, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { OwnEditor } from './own-editor';
import { OwnNew } from './own-new';
import '../pages.css';

export type OwnRule = Shape['OwnRuleView'];
export type OwnRules = Shape['OwnRulesView'];

const KEY = ['own-rules'];
const TAGS: Record<string, string> = { draft: 'default', shadow: 'blue', on: 'success', off: 'default' };

export function OwnRulesPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [open, setOpen] = useState<string | null>(null);
  const [isNew, setNew] = useState(false);
  const own = useQuery({ queryKey: KEY, queryFn: () => ask(api.GET('/api/v1/own-rules')) });
  const changed = (code?: string) => {
    void client.invalidateQueries({ queryKey: KEY });
    if (code) {
      setOpen(code);
      setNew(false);
    }
  };
  const writes = own.data?.areas.some((a) => a.composes) ?? false;
  const shown = own.data?.rules.find((r) => r.code === open);
  return (
    <Page
      title={t('own.title')}
      actions={
        <>
          <Link to="/rules">{t('own.street')}</Link>
          {writes && <Button type="primary" onClick={() => setNew(true)}>{t('own.new')}</Button>}
        </>
      }
    >
      <p className="soft">{t('own.about')}</p>
      {own.isPending && <Loading />}
      {own.error && <ProblemView fault={own.error} onAgain={() => void own.refetch()} />}
      {own.data?.areas.map((area) => <Budget key={area.area.code} area={area} />)}
      {own.data && isNew && <OwnNew own={own.data} onSaved={changed} onClose={() => setNew(false)} />}
      {own.data && own.data.rules.length === 0 && !isNew && (
        <EmptyWhy why={t('own.none')} next={writes ? { label: t('own.new'), do: () => setNew(true) } : undefined} />
      )}
      {own.data && own.data.rules.length > 0 && <OwnTable rules={own.data.rules} onOpen={setOpen} />}
      {shown && <OwnEditor key={shown.code} rule={shown} onChanged={changed} onClose={() => setOpen(null)} />}
    </Page>
  );
}

function Budget({ area }: { area: Shape['OwnAreaView'] }) {
  const { t } = useTranslation();
  const share = area.budget > 0 ? Math.min(100, (area.spent / area.budget) * 100) : 100;
  const words = t('own.budget', { area: area.area.label, spent: figure(area.spent), budget: figure(area.budget) });
  return (
    <div className="tools">
      <span>{words}</span>
      <Progress percent={share} showInfo={false} size="small" style={{ width: 200 }} aria-label={words} status={share > 90 ? 'exception' : 'normal'} />
    </div>
  );
}

function OwnTable({ rules, onOpen }: { rules: OwnRule[]; onOpen: (code: string) => void }) {
  const { t } = useTranslation();
  return (
    <Table<OwnRule>
      className="stack"
      size="small"
      rowKey="code"
      dataSource={rules}
      pagination={false}
      columns={[
        { title: t('own.name'), render: (_, r) => <Button type="link" onClick={() => onOpen(r.code)}>{r.name}</Button> },
        { title: t('own.area'), render: (_, r) => r.area.label },
        {
          title: t('own.stage'),
          render: (_, r) => (
            <>
              <Tag color={TAGS[r.stage.code]}>{r.stage.label}</Tag>
              {r.mistakes.length > 0 && <span className="soft">{t('own.wrong', { n: r.mistakes.length })}</span>}
            </>
          ),
        },
        { title: t('own.version'), render: (_, r) => r.on?.version ?? r.shadow?.version ?? r.version },
        { title: t('own.cost'), render: (_, r) => (r.cost === undefined || r.cost === null ? '—' : figure(r.cost)) },
        { title: t('own.in_shadow'), render: (_, r) => <Found run={r.shadow} /> },
        { title: t('own.set_by'), render: (_, r) => (r.on ?? r.shadow)?.by ?? r.versions[r.versions.length - 1]?.authors.join(' ') },
      ]}
    />
  );
}

/** How often it would have told, hidden where few persons are behind it. */
function Found({ run }: { run: Shape['OwnRunView'] | null | undefined }) {
  const { t } = useTranslation();
  if (!run) return <span className="soft">—</span>;
  return <>{run.findings === null || run.findings === undefined ? t('own.few') : t('own.found', { n: run.findings })}</>;
}
