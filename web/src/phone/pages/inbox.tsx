// 通知: what I was told, newest first; seen when I say so or open it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { read, write } from '../api';
import { go } from '../route';
import type { NoticeRow, Page } from '../types';
import { Button, Empty, Loading, Trouble } from '../ui/parts';
import { say, when } from '../words';

export function useInbox() {
  return useQuery({ queryKey: ['inbox'], queryFn: () => read<Page<NoticeRow>>('/inbox?limit=50') });
}

export function unseenOf(rows: NoticeRow[]): NoticeRow[] {
  return rows.filter((row) => !row.seen_at);
}

export function Inbox() {
  const client = useQueryClient();
  const inbox = useInbox();
  if (inbox.isPending) return <Loading />;
  if (inbox.isError) return <Trouble>{say('failed', inbox.error.message)}</Trouble>;
  const rows = inbox.data.body.items;
  const see = async (row: NoticeRow) => {
    if (row.seen_at) return;
    await write('POST', `/inbox/${row.id}/seen`).catch(() => undefined);
    await client.invalidateQueries({ queryKey: ['inbox'] });
  };
  const open = (row: NoticeRow) => {
    void see(row);
    if (row.case_id) go({ page: 'case', id: row.case_id });
    else if (row.push_id) go({ page: 'push', id: row.push_id });
  };
  return (
    <main>
      <h1>{say('tab_inbox')}</h1>
      {inbox.data.keptAt && <p className="hint">{say('from_memory', when(inbox.data.keptAt))}</p>}
      {rows.length === 0 && <Empty>{say('nothing_inbox')}</Empty>}
      {rows.map((row) => (
        <article key={row.id} className={`card notice ${row.seen_at ? '' : 'unseen-notice'}`}>
          <button type="button" className="whole" onClick={() => open(row)}>
            <strong>
              {row.seen_at ? '' : '● '}
              {row.title}
            </strong>
            <span>{row.body}</span>
            <span className="hint">{when(row.at)}</span>
          </button>
          {!row.seen_at && (
            <Button kind="quiet" onClick={() => void see(row)}>{say('mark_seen')}</Button>
          )}
        </article>
      ))}
    </main>
  );
}
