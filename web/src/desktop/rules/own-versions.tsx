// What each version of an own rule changed, as the server compares them.

import { useQuery } from '@tanstack/react-query';
import { Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import type { OwnRule } from './own';
import '../rule/rule.css';

type Version = Shape['OwnVersionChanges'];

/** Compared anew whenever the rule has changed. */
export function useOwnHistory(rule: OwnRule, enabled: boolean) {
  const path = { area: rule.area.code, rule: rule.rule };
  return useQuery({
    queryKey: ['own-versions', path.area, path.rule, rule.revision],
    queryFn: () => ask(api.GET('/api/v1/own-rules/{area}/{rule}/versions', { params: { path } })),
    enabled,
  });
}

export function OwnVersions({ rule }: { rule: OwnRule }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const history = useOwnHistory(rule, open);
  return (
    <details className="versions" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{t('own.versions')}</summary>
      {open && history.isPending && <Loading />}
      {history.error && <ProblemView fault={history.error} onAgain={() => void history.refetch()} />}
      <ol>
        {history.data?.versions.map((v) => (
          <li key={v.version} data-version={v.version}>
            <p>
              {t('own.version_n', { n: v.version })} <At instant={v.saved_at} /> {v.authors.join(t('own.comma'))}
              {v.version === history.data.on && <Tag className="now">{t('own.version_on')}</Tag>}
            </p>
            <What version={v} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function What({ version }: { version: Version }) {
  const { t } = useTranslation();
  if (!version.readable) return <p className="soft">{t('own.version_unreadable')}</p>;
  if (version.before == null) return <p className="soft">{t('own.version_first')}</p>;
  if (version.changes.length === 0) return <p className="soft">{t('own.version_same', { n: version.before })}</p>;
  return (
    <>
      <p className="soft">{t('own.version_against', { n: version.before })}</p>
      <Changes changes={version.changes} />
    </>
  );
}

export function Changes({ changes }: { changes: Shape['OwnChange'][] }) {
  return <ul>{changes.map((c) => <li key={c.place}>{c.text}</li>)}</ul>;
}
