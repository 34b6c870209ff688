// Open cases at the chosen place: what is known already is not filed twice.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { At } from '../parts/at';
import { isOpen, StageTag } from '../parts/stage-tag';

const SHOWN = 5;

export function Same({ area, klass }: { area: string; klass?: string }) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ['case-choices', 'same', area, klass],
    queryFn: () => ask(api.GET('/api/v1/cases', { params: { query: { tab: 'all', area, class: klass, limit: 20 } } })),
  });
  const open = (found.data?.items ?? []).filter((c) => isOpen(c.stage)).slice(0, SHOWN);
  if (open.length === 0) return null;
  return (
    <aside className="same">
      <strong>{t('file.same', { n: open.length })}</strong>
      <ul>
        {open.map((c) => (
          <li key={c.id}>
            <Link to={`/cases/${c.id}`} target="_blank">{c.class.label} · {c.place} · {c.title}</Link> <StageTag stage={c.stage} /> <span className="soft"><At instant={c.opened_at} /></span>
          </li>
        ))}
      </ul>
    </aside>
  );
}
