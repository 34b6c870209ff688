// One push on a phone: what is asked, and three big buttons. Without a network the answer waits in the queue, the newest
// one only.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { read, Refused, write } from '../api';
import { submit, type Outcome } from '../queue/queue';
import { useQueue } from '../queue/use-queue';
import { go } from '../route';
import { useMe } from '../session';
import type { MyPush } from '../types';
import { Button, Card, Loading, Trouble } from '../ui/parts';
import { say, when } from '../words';

const REPLIES = [
  { code: 'coming', mark: '▶', word: 'push_coming', kind: 'primary' },
  { code: 'cannot', mark: '✕', word: 'push_cannot', kind: 'danger' },
  { code: 'done', mark: '✓', word: 'push_done', kind: 'quiet' },
] as const;

type Reply = (typeof REPLIES)[number];

const replyPath = (id: string) => `/inbox/pushes/${id}/reply`;
const wordOf = (code: string) => REPLIES.filter((r) => r.code === code).map((r) => say(r.word)).join('');

export function PushPage({ id }: { id: string }) {
  const client = useQueryClient();
  const me = useMe();
  const shown = useQuery({ queryKey: ['push', id], queryFn: () => read<MyPush>(`/inbox/pushes/${id}`) });
  const reply = useMutation({
    mutationFn: (code: Reply['code']): Promise<Outcome<MyPush>> =>
      submit<MyPush>({
        // One place in the queue for each push: a later answer takes it.
        id: `reply-${id}`,
        user: me.user?.id ?? '',
        label: say('push_answer', wordOf(code)),
        path: replyPath(id),
        body: { reply: code },
        photos: [],
        photo_field: '',
      }),
    onSuccess: (outcome) => {
      if (outcome.state === 'waiting') return;
      client.setQueryData(['push', id], { body: outcome.answer });
      void client.invalidateQueries({ queryKey: ['inbox'] });
    },
  });
  const waiting = useWaiting(id);
  // Opened from a link outside of the list, it is seen all the same.
  useSeen(id, shown.isSuccess);
  if (shown.isPending) return <Loading />;
  if (shown.isError) {
    const isGone = shown.error instanceof Refused && shown.error.problem.status === 404;
    return (
      <main>
        <Trouble>{isGone ? say('push_not_found') : say('failed', shown.error.message)}</Trouble>
        <Button kind="quiet" onClick={() => go({ page: 'inbox' })}>{say('back')}</Button>
      </main>
    );
  }
  const { body: push, keptAt } = shown.data;
  return (
    <main>
      <Button kind="plain" onClick={() => go({ page: 'inbox' })}>← {say('back')}</Button>
      {keptAt && <p className="hint">{say('from_memory', when(keptAt))}</p>}
      <Card tone={push.urgent ? 'task urgent' : 'task'}>
        {push.urgent && <strong className="deadline late">▲ {say('push_urgent')}</strong>}
        <p className="push-words">{push.text}</p>
        {push.called && <p className="trouble">{push.called}</p>}
        <span className="hint">{push.area_name} · {push.sender_name} · {when(push.at)}</span>
      </Card>
      {waiting && <p className="hint" role="status">↑ {say('push_waiting', wordOf(waiting))}</p>}
      {push.reply && !waiting && <p className="notice-good" role="status">✓ {say('push_answered', push.reply.label)}</p>}
      {reply.isError && <Trouble>{reply.error instanceof Refused ? reply.error.message : say('push_not_sent')}</Trouble>}
      {REPLIES.map(({ code, mark, word, kind }) => (
        <Button
          key={code}
          kind={kind}
          className="huge"
          aria-pressed={(waiting ?? push.reply?.code) === code}
          disabled={reply.isPending || (waiting ?? push.reply?.code) === code}
          onClick={() => reply.mutate(code)}
        >
          <span aria-hidden="true">{mark}</span> {say(word)}
        </Button>
      ))}
      <p className="hint">{say('push_change')}</p>
    </main>
  );
}

/** The answer that waits for a network; once it is gone, what the server has is asked for. */
function useWaiting(id: string): string | undefined {
  const client = useQueryClient();
  const item = useQueue().find((one) => one.path === replyPath(id) && !one.problem);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !item) void client.invalidateQueries({ queryKey: ['push', id] });
    was.current = item !== undefined;
  }, [client, id, item]);
  return item ? String(item.body.reply) : undefined;
}

function useSeen(id: string, isShown: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!isShown) return;
    void (async () => {
      const inbox = await read<{ items: { id: string; push_id?: string | null; seen_at?: string | null }[] }>('/inbox?limit=50').catch(() => null);
      const mine = inbox?.body.items.filter((n) => n.push_id === id && !n.seen_at) ?? [];
      for (const notice of mine) await write('POST', `/inbox/${notice.id}/seen`).catch(() => undefined);
      if (mine.length > 0) await client.invalidateQueries({ queryKey: ['inbox'] });
    })();
  }, [id, isShown, client]);
}
