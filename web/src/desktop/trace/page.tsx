// The trace of a finding: what it said, how its rule came to that, and what it nearly said before.

import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { when } from '../../shared/format';
import { Page } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { RuleLink } from '../parts/rule-link';
import { useMay } from '../session/session';
import { ExplainedView, Verdict } from './explained';
import { NearMisses } from './near';
import { Script } from './script';
import '../pages.css';

export default function TracePage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const trace = useQuery({
    queryKey: ['trace', id],
    queryFn: () => ask(api.GET('/api/v1/findings/{id}/trace', { params: { path: { id } } })),
    staleTime: 60_000,
  });
  const tries = useMay('rule_try');
  const found = trace.data;
  const told = found ? { start: found.start, end: found.end ?? null } : undefined;
  return (
    <Page title={t('trace.title')}>
      {trace.isPending && <Loading />}
      {trace.error && <ProblemView fault={trace.error} onAgain={() => void trace.refetch()} />}
      {found && (
        <>
          <p className="facts">
            <span>{t('trace.rule')} <RuleLink code={found.rule}>{found.name}</RuleLink> {t('rules.version', { n: found.rule_version })}</span>
            <span>{found.severity.label}</span>
            <span>{found.area.label}</span>
            <span>{t(found.end ? 'trace.from_to' : 'trace.from_on', { from: when(found.start), to: when(found.end) })}</span>
            {found.case_id && <Link to={`/cases/${found.case_id}`}>{t('trace.to_case')}</Link>}
          </p>
          <p className="told-then"><span className="soft">{t('trace.told_then')}</span> {found.sentence}</p>
          {found.notice && <Alert type="info" showIcon title={found.notice} style={{ marginBottom: 16 }} />}
          {found.explanation && (
            <>
              <Verdict explained={found.explanation} />
              <ExplainedView explained={found.explanation} told={told} />
              {found.script && <Script script={found.script} />}
              {tries && <NearMisses rule={found.rule} subject={found.explanation.subject} />}
            </>
          )}
        </>
      )}
    </Page>
  );
}
