// One push on a phone: what is asked, and three big buttons.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { read, Refused, write } from '../api';
import { go } from '../route';
import type { MyPush } from '../types';
import { Button, Card, Loading, Trouble } from '../ui/parts';
import { say, when } from '../words';

const REPLIES = [
  { code: 'coming', mark: '▶', word: 'push_coming', kind: 'primary' },
  { code: 'cannot', mark: '✕', word: 'push_cannot', kind: 'danger' },
  { code: 'done', mark: '✓', word: 'push_done', kind: 'quiet' },
] as const;

export function PushPage({ id }: { id: string }) {
  const client = useQueryClient();
  const shown = useQuery({ queryKey: ['push', id], queryFn: () => read<MyPush>(`/inbox/pushes/${id}`) });
  const reply = useMutation({
    mutationFn: (code: string) => write<MyPush>('POST', `/inbox/pushes/${id}/reply`, { reply: code }),
    onSuccess: (body) => {
      client.setQueryData(['push', id], { body });
      void client.invalidateQueries({ queryKey: ['inbox'] });
    },
  });
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
      {push.reply && <p className="notice-good" role="status">✓ {say('push_answered', push.reply.label)}</p>}
      {reply.isError && <Trouble>{reply.error instanceof Refused ? reply.error.message : say('push_not_sent')}</Trouble>}
      {REPLIES.map(({ code, mark, word, kind }) => (
        <Button
          key={code}
          kind={kind}
          className="huge"
          aria-pressed={push.reply?.code === code}
          disabled={reply.isPending || push.reply?.code === code}
          onClick={() => reply.mutate(code)}
        >
          <span aria-hidden="true">{mark}</span> {say(word)}
        </Button>
      ))}
      <p className="hint">{say('push_change')}</p>
    </main>
  );
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
