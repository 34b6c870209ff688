// The rules in force, for everybody who works here to read: what for, with which values, and who changed them where.

import { useQuery } from '@tanstack/react-query';
import { Collapse, Input, Table, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { measureLabel } from '../parts/measure';
import { ProblemView } from '../parts/problem-view';
import { OwnRulesPage } from './own';
import { useMay } from '../session/session';
import '../pages.css';

type Rule = Shape['RuleRow'];

export default function RulesPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [sought, setSought] = useState('');
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => ask(api.GET('/api/v1/rules')), staleTime: 300_000 });
  const shown = useMemo(() => {
    const wanted = sought.trim().toLowerCase();
    return (rules.data ?? []).filter((r) => wanted === '' || [r.name, r.rule, r.about].some((text) => text.toLowerCase().includes(wanted)));
  }, [rules.data, sought]);
  const open = params.get('rule');
  if (params.get('view') === 'own') return <OwnRulesPage />;
  return (
    <Page title={t('rules.title')} narrow actions={<Link to="/rules?view=own">{t('own.title')}</Link>}>
      <p className="soft">{t('rules.about')}</p>
      <div className="tools">
        <Input.Search allowClear value={sought} onChange={(e) => setSought(e.target.value)} placeholder={t('rules.search')} aria-label={t('rules.search')} style={{ width: 280 }} />
      </div>
      {rules.isPending && <Loading />}
      {rules.error && <ProblemView fault={rules.error} onAgain={() => void rules.refetch()} />}
      {rules.isSuccess && shown.length === 0 && <EmptyWhy why={sought ? t('rules.none_found') : t('rules.none')} next={sought ? { label: t('rules.show_all'), do: () => setSought('') } : undefined} />}
      <Collapse
        activeKey={open ? [open] : []}
        onChange={(keys) => setParams(keys.length > 0 ? { rule: keys[keys.length - 1] ?? '' } : {}, { replace: true })}
        items={shown.map((rule) => ({
          key: rule.rule,
          label: (
            <>
              <strong>{rule.name}</strong> <span className="soft">{rule.severity}</span>
              {rule.mandatory && <Tag style={{ marginInlineStart: 8 }}>{t('rules.mandatory')}</Tag>}
              {rule.suspended && <Tag color="warning" style={{ marginInlineStart: 8 }}>{t('rules.suspended')}</Tag>}
              {rule.overrides.length > 0 && <Tag style={{ marginInlineStart: 8 }}>{t('rules.changed', { n: rule.overrides.length })}</Tag>}
            </>
          ),
          extra: <span className="soft small">{rule.pack} · {t('rules.version', { n: rule.version })}</span>,
          children: <One rule={rule} />,
        }))}
      />
    </Page>
  );
}

function One({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const unit = (code: string) => t(`rules.units.${code}`, { defaultValue: code });
  const may = useMay('rule_try');
  return (
    <>
      {rule.about && <p className="wrap">{rule.about}</p>}
      {may && (
        <p className="tools">
          <Link to={`/rules/${encodeURIComponent(rule.rule)}`}>{t('rules.try')}</Link>
          <Link to={`/why?rule=${encodeURIComponent(rule.rule)}`}>{t('rules.why')}</Link>
        </p>
      )}
      <p className="soft">{t('rules.hears', { what: rule.measures.map(measureLabel).join(t('rules.comma')) })}</p>
      {rule.parameters.length > 0 && (
        <Table<Shape['RuleParameter']>
          size="small"
          rowKey="name"
          style={{ margin: '12px 0' }}
          dataSource={rule.parameters}
          pagination={false}
          columns={[
            { title: t('rules.parameter'), dataIndex: 'label' },
            { title: t('rules.value'), render: (_, p) => <strong className="nowrap">{figure(p.value)} {unit(p.unit)}</strong> },
            { title: t('rules.bounds'), render: (_, p) => <span className="soft nowrap">{figure(p.min)} – {figure(p.max)} {unit(p.unit)}</span> },
            {
              title: t('rules.set_by'),
              render: (_, p) => {
                const own = rule.overrides.filter((o) => o.parameter === p.name);
                if (own.length === 0) return <span className="soft">{t('rules.template')}</span>;
                return <ul className="plain">{own.map((o) => <li key={o.area}>{t('rules.own', { area: o.area, value: figure(o.value), unit: unit(p.unit), who: o.set_by })}</li>)}</ul>;
              },
            },
          ]}
        />
      )}
      <details>
        <summary>{t('rules.text')}</summary>
        <pre className="raw" style={{ maxHeight: 360 }}>{rule.text}</pre>
      </details>
    </>
  );
}
