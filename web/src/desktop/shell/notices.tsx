// The inbox: what this person should be told, newest first. Seen is said by a person, never by opening the drawer.

import { BellOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import { EmptyWhy } from '../parts/empty-why';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import { useMe } from '../session/session';

function useInbox(on: boolean) {
  return useInfiniteQuery({
    queryKey: ['inbox', 'list'],
    enabled: on,
    initialPageParam: '',
    queryFn: ({ pageParam }) => ask(api.GET('/api/v1/inbox', { params: { query: { cursor: pageParam || undefined, limit: 30 } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}

export function Notices() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const inbox = useInbox(true);
  const items: Shape['NoticeRow'][] = inbox.data?.pages.flatMap((p) => p.items) ?? [];
  // The pages read so far may hold fewer unseen than there are; the session's own count is the whole.
  const unseen = inbox.hasNextPage ? Math.max(me.unseen_notices, items.filter((n) => !n.seen_at).length) : items.filter((n) => !n.seen_at).length;
  const refresh = () => Promise.all([client.invalidateQueries({ queryKey: ['inbox'] }), client.invalidateQueries({ queryKey: ['session'] })]);
  useUrgent(inbox.data?.pages[0]?.items);
  const seen = useMutation({
    mutationFn: async (id: string | null) => {
      if (id === null) await ask(api.POST('/api/v1/inbox/seen'));
      else await ask(api.POST('/api/v1/inbox/{id}/seen', { params: { path: { id } } }));
    },
    onSettled: refresh,
  });
  return (
    <>
      <Button type="text" size="small" icon={<BellOutlined aria-hidden="true" />} onClick={() => setOpen(true)}>
        {t('notices.title')}
        {unseen > 0 && <span className="pill" title={t('notices.unseen', { n: unseen })}>{unseen > 99 ? '99+' : unseen}</span>}
      </Button>
      <Drawer
        open={open}
        onClose={() => setOpen(false)}
        title={t('notices.title')}
        size={420}
        extra={unseen > 0 && <Button size="small" loading={seen.isPending} onClick={() => seen.mutate(null)}>{t('notices.all_seen')}</Button>}
        styles={{ body: { padding: 0 } }}
      >
        {inbox.error && <ProblemView fault={inbox.error} onAgain={() => void inbox.refetch()} />}
        {inbox.isSuccess && items.length === 0 && <EmptyWhy why={t('notices.none')} more={t('notices.none_more')} />}
        {items.map((notice) => (
          <article key={notice.id} className={notice.seen_at ? 'notice' : 'notice new'}>
            <div>
              <strong>{notice.title}</strong>
              <At instant={notice.at} />
            </div>
            <p className="wrap">{notice.body}</p>
            <div>
              {notice.case_id && <Link to={`/cases/${notice.case_id}`} onClick={() => setOpen(false)}>{t('notices.see_case')}</Link>}
              {notice.push_id && <a href={`/m/pushes/${notice.push_id}`}>{t('notices.answer_push')}</a>}
              {!notice.seen_at && <Button type="link" size="small" onClick={() => seen.mutate(notice.id)}>{t('notices.mark')}</Button>}
            </div>
          </article>
        ))}
        <More shown={items.length} hasMore={inbox.hasNextPage} loading={inbox.isFetchingNextPage} onMore={() => void inbox.fetchNextPage()} />
      </Drawer>
    </>
  );
}

const BREAKS_THROUGH = ['urgent', 'alarm'];

/** What cannot wait is said wherever one is; the first list is what was there already. */
function useUrgent(items: Shape['NoticeRow'][] | undefined) {
  const { notification } = App.useApp();
  const go = useNavigate();
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (!items) return;
    for (const notice of known.current ? items : []) {
      if (known.current?.has(notice.id) || notice.seen_at || !BREAKS_THROUGH.includes(notice.severity)) continue;
      notification.warning({
        key: notice.id,
        title: notice.title,
        description: notice.body,
        duration: 0,
        onClick: () => {
          notification.destroy(notice.id);
          if (notice.case_id) void go(`/cases/${notice.case_id}`);
        },
      });
    }
    known.current = new Set([...(known.current ?? []), ...items.map((n) => n.id)]);
  }, [items, notification, go]);
}
