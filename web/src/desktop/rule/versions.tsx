// What an area has set of a rule, version by version: who, when, why, what changed, and back to any of them.

import { useMutation, useQuery } from '@tanstack/react-query';
import { Button, Input, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { useRenew } from './use-renew';

type Version = Shape['OverrideVersionView'];

interface Props {
  rule: string;
  area: string;
  onRenew: () => void;
}

export function Versions({ rule, area, onRenew }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<number | null>(null);
  const renew = useRenew(rule, onRenew);
  const history = useQuery({
    queryKey: ['overrides', rule, area],
    queryFn: () => ask(api.GET('/api/v1/rules/{rule}/overrides', { params: { path: { rule }, query: { area } } })),
    enabled: open,
  });
  const back = useMutation({
    mutationFn: (reason: string) =>
      ask(api.POST('/api/v1/rules/{rule}/overrides/back', { params: { path: { rule } }, body: { area, version: chosen ?? 0, seen: history.data?.version ?? 0, reason } })),
    onSuccess: async () => {
      setChosen(null);
      await renew();
    },
    // Somebody else was faster: what there is now is to be seen.
    onError: () => void history.refetch(),
  });
  const view = history.data;
  return (
    <details className="versions" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('rule.versions')}</summary>
      {open && history.isPending && <Loading />}
      {history.error && <ProblemView fault={history.error} onAgain={() => void history.refetch()} />}
      {back.error && <ProblemView fault={back.error} />}
      {view?.version === 0 && <p className="soft">{t('rule.versions_none')}</p>}
      {view && view.version > 0 && (
        <ol>
          {view.versions.map((v) => (
            <li key={v.version}>
              <Head version={v} newest={view.version} />
              <ul className="plain">{v.changes.map((c) => <li key={c}>{c}</li>)}</ul>
              {v.version !== view.version && view.may_set && (
                chosen === v.version
                  ? <Reason version={v} loading={back.isPending} onGo={(reason) => back.mutate(reason)} onClose={() => setChosen(null)} />
                  : <Button size="small" disabled={Boolean(v.refused)} title={v.refused ?? undefined} onClick={() => { back.reset(); setChosen(v.version); }}>{t('rule.back_to')}</Button>
              )}
              {v.version !== view.version && view.may_set && v.refused && <span className="soft small"> {v.refused}</span>}
            </li>
          ))}
        </ol>
      )}
    </details>
  );
}

function Head({ version, newest }: { version: Version; newest: number }) {
  const { t } = useTranslation();
  if (version.version === 0) return <p>{t('rule.version_street')}</p>;
  return (
    <p>
      {t('rule.version_n', { n: version.version })} <At instant={version.at} /> {version.by}
      {version.version === newest && <Tag className="now">{t('rule.version_now')}</Tag>}
      {version.back_to != null && <span className="soft"> {version.back_to === 0 ? t('rule.version_back_street') : t('rule.version_back', { n: version.back_to })}</span>}
      {version.reason && <span className="soft"> {t('rule.version_why', { why: version.reason })}</span>}
    </p>
  );
}

/** What will hold again, and why it shall. */
function Reason({ version, loading, onGo, onClose }: { version: Version; loading: boolean; onGo: (reason: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  return (
    <form className="tools" onSubmit={(e) => { e.preventDefault(); onGo(reason); }}>
      <p>{version.holds.length > 0 ? t('rule.will_hold', { what: version.holds.join(t('rule.version_comma')) }) : t('rule.will_hold_street')}</p>
      <Input autoFocus value={reason} maxLength={200} onChange={(e) => setReason(e.target.value)} placeholder={t('rule.version_reason')} aria-label={t('rule.version_reason')} />
      <Button type="primary" size="small" htmlType="submit" disabled={!reason.trim()} loading={loading}>{t('rule.back_to')}</Button>
      <Button size="small" onClick={onClose}>{t('rule.version_close')}</Button>
    </form>
  );
}
