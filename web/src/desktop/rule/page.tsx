// One rule: what it is for, why it said something or did not, and what it would say with other numbers.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { EmptyWhy } from '../parts/empty-why';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { measureLabel } from '../parts/measure';
import { ProblemView } from '../parts/problem-view';
import { useMay } from '../session/session';
import { BacktestPane } from './backtest';
import { Outcomes } from './outcomes';
import '../pages.css';
import '../trace/trace.css';
import './rule.css';

export default function RulePage() {
  const { t } = useTranslation();
  const go = useNavigate();
  const { rule: code = '' } = useParams();
  const rules = useQuery({ queryKey: ['rules'], queryFn: () => ask(api.GET('/api/v1/rules')), staleTime: 300_000 });
  const may = useMay('rule_try');
  const rule = rules.data?.find((r) => r.rule === code);
  return (
    <Page title={rule?.name ?? t('rules.title')} actions={may && rule ? <Button onClick={() => void go(`/why?rule=${encodeURIComponent(code)}`)}>{t('why.title')}</Button> : undefined}>
      {rules.isPending && <Loading />}
      {rules.error && <ProblemView fault={rules.error} onAgain={() => void rules.refetch()} />}
      {rules.isSuccess && !rule && <EmptyWhy why={t('rule.gone')} next={{ label: t('rules.show_all'), do: () => void go('/rules') }} />}
      {rule && (
        <>
          <p className="facts">
            <span>{rule.severity}</span>
            <span>{rule.pack} · {t('rules.version', { n: rule.version })}</span>
            <span>{t('rules.hears', { what: rule.measures.map(measureLabel).join(t('rules.comma')) })}</span>
            <Link to={`/rules?rule=${encodeURIComponent(rule.rule)}`}>{t('rule.read')}</Link>
          </p>
          {rule.about && <p className="wrap">{rule.about}</p>}
          {may && <Outcomes rule={rule.rule} />}
          {may ? <BacktestPane key={rule.rule} rule={rule} /> : <EmptyWhy why={t('rule.no_right')} more={t('rule.no_right_more')} />}
        </>
      )}
    </Page>
  );
}
