// Open cases that may be the same matter: what is known already is joined, not filed twice.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { At } from '../parts/at';
import { StageTag } from '../parts/stage-tag';

interface Props {
  area: string;
  klass?: string;
  busy: boolean;
  /** The same matter: whoever stands here gets a number and a code of their own. Without it, it is filed and merged later. */
  onJoin?: (id: string) => void;
}

export function Same({ area, klass, busy, onJoin }: Props) {
  const { t } = useTranslation();
  const found = useQuery({
    queryKey: ['alike', area, klass],
    queryFn: () => ask(api.GET('/api/v1/cases/alike', { params: { query: { area, class: klass } } })),
    enabled: klass !== undefined,
  });
  const alike = found.data ?? [];
  if (alike.length === 0) return null;
  return (
    <aside className="same">
      <strong>{t('file.same', { n: alike.length })}</strong>
      <ul>
        {alike.map((c) => (
          <li key={c.id}>
            <Link to={`/cases/${c.id}`} target="_blank">{c.place} · {c.title}</Link> <span className="soft">{c.alike}</span> <StageTag stage={c.stage} /> <span className="soft"><At instant={c.opened_at} /></span>{' '}
            {onJoin && <Button size="small" loading={busy} onClick={() => onJoin(c.id)}>{t('file.join')}</Button>}
          </li>
        ))}
      </ul>
      <p className="soft small">{t(onJoin ? 'file.join_more' : 'file.order.same_more')}</p>
    </aside>
  );
}
