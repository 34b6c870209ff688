// What each tier solved of the cases closed lately: shares of levels, never of people.

import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask } from '../../shared/api/client';
import { now } from '../../shared/clock';
import { figure } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';

const DAYS = [7, 30, 90, 365];

export function Tiers() {
  const { t } = useTranslation();
  const [days, setDays] = useState(30);
  const to = dayjs(now()).format('YYYY-MM-DD');
  const from = dayjs(now()).subtract(days - 1, 'day').format('YYYY-MM-DD');
  const shares = useQuery({
    queryKey: ['tiers', from, to],
    queryFn: () => ask(api.GET('/api/v1/tiers/shares', { params: { query: { from, to } } })),
  });
  return (
    <section className="tiers" aria-label={t('routing.tiers')}>
      <h3>{t('routing.tiers')}</h3>
      <div className="tools">
        <Select aria-label={t('routing.days')} value={days} onChange={setDays} style={{ width: 140 }} options={DAYS.map((n) => ({ value: n, label: t('routing.last_days', { n }) }))} />
      </div>
      {shares.error && <ProblemView fault={shares.error} onAgain={() => void shares.refetch()} />}
      {shares.data && (
        <table className="lines">
          <thead>
            <tr>
              <th scope="col">{t('routing.tier')}</th>
              <th scope="col">{t('routing.solved')}</th>
              <th scope="col">{t('routing.share')}</th>
            </tr>
          </thead>
          <tbody>
            {shares.data.tiers.map((one) => (
              <tr key={one.tier.code}>
                <td>{one.tier.label}</td>
                <td>{one.solved}</td>
                <td>{one.share_percent == null ? '' : `${figure(one.share_percent, 1)} %`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="soft small">{t('routing.tiers_more')}</p>
    </section>
  );
}
