// A version over old cases: who would have had each, beside who did. Nothing is changed by it.

import { useMutation } from '@tanstack/react-query';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { PersonName } from '../parts/person-name';
import { ProblemView } from '../parts/problem-view';

const DAYS = [7, 30, 90, 365];

export function Replay({ version }: { version: number }) {
  const { t } = useTranslation();
  const [days, setDays] = useState(30);
  const run = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/routing/versions/{version}/replay', { params: { path: { version } }, body: { days } })),
  });
  return (
    <div className="replay">
      <div className="tools">
        <Select aria-label={t('routing.days')} value={days} onChange={setDays} style={{ width: 140 }} options={DAYS.map((n) => ({ value: n, label: t('routing.last_days', { n }) }))} />
        <Button loading={run.isPending} onClick={() => run.mutate()}>{t('routing.replay')}</Button>
      </div>
      {run.error && <ProblemView fault={run.error} />}
      {run.data && <Result result={run.data} />}
    </div>
  );
}

function Result({ result }: { result: Shape['RoutingReplay'] }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="result">
      <p>
        <strong>{t('routing.result', { cases: result.cases, different: result.different })}</strong>{' '}
        {t('routing.result_more', { ruled: result.ruled, failed: result.failed, same: result.same })}
        {result.unroutable > 0 && ` ${t('routing.unroutable', { n: result.unroutable })}`}
        {result.cut && ` ${t('routing.cut')}`}
      </p>
      <p className="soft small">{result.roster}</p>
      {result.rows.length > 0 && (
        <table className="lines">
          <thead>
            <tr>
              <th scope="col">{t('routing.case')}</th>
              <th scope="col">{t('routing.was')}</th>
              <th scope="col">{t('routing.would_be')}</th>
              <th scope="col">{t('routing.why')}</th>
            </tr>
          </thead>
          <tbody>
            {result.rows.map((row) => (
              <tr key={row.id}>
                <td>
                  <Link to={`/cases/${row.id}`}>{row.class.label}</Link>
                  <div className="soft small">{row.area.label} · <At instant={row.opened_at} /></div>
                </td>
                <td><PersonName name={row.was.name} role={row.was.role.label} /></td>
                <td><PersonName name={row.would_be.name} role={row.would_be.role.label} /></td>
                <td className="small">{row.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {result.different > result.rows.length && <p className="soft">{t('routing.more_rows', { n: result.different - result.rows.length })}</p>}
    </div>
  );
}
