// How many devices of each class speak: a figure, a bar and the words; a click shows those that do not.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { percent } from '../../shared/format';
import { ProblemView } from '../parts/problem-view';

export function Rates() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const summary = useQuery({
    queryKey: ['devices', 'summary'],
    queryFn: () => ask(api.GET('/api/v1/devices/summary')),
    refetchInterval: 60_000,
  });
  if (summary.error) return <ProblemView fault={summary.error} onAgain={() => void summary.refetch()} />;
  const rows = summary.data ?? [];
  if (rows.length === 0) return null;
  const chosen = params.get('class');
  const choose = (code: string) => {
    const next = new URLSearchParams(params);
    if (chosen === code) next.delete('class');
    else next.set('class', code);
    setParams(next, { replace: true });
  };
  return (
    <ul className="rates" aria-label={t('devices.rates')}>
      {rows.map(({ class: kind, total, online, silent }) => {
        const watched = online + silent;
        return (
          <li key={kind.code}>
            <button type="button" aria-pressed={chosen === kind.code} onClick={() => choose(kind.code)}>
              <span className="soft">{kind.label}</span>
              <strong>{watched === 0 ? t('devices.unwatched') : percent(online, watched)}</strong>
              <progress max={Math.max(watched, 1)} value={online} aria-hidden="true" />
              <span className="small">
                {silent > 0 ? (
                  <span className="mark tone-late"><i aria-hidden="true">!</i>{t('devices.silent_n', { n: silent })}</span>
                ) : (
                  <span className="soft">{t('devices.all_n', { n: total })}</span>
                )}
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
