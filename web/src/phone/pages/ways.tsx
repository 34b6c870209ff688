// 通知方式: how I want to be told beyond the inbox. Kept only when the server has it: a choice is no task that can wait.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { read, Refused, write } from '../api';
import { go } from '../route';
import type { MyWays } from '../types';
import { Button, Chips, Loading, Trouble } from '../ui/parts';
import { say, when } from '../words';

const RESTS = [
  { code: 'inbox', word: 'ways_inbox' },
  { code: 'mail', word: 'ways_mail' },
  { code: 'digest', word: 'ways_digest' },
] as const;

export function WaysPage() {
  const ways = useQuery({ queryKey: ['ways'], queryFn: () => read<MyWays>('/session/ways') });
  return (
    <main>
      <Button kind="plain" onClick={() => go({ page: 'me' })}>← {say('back')}</Button>
      <h1>{say('ways')}</h1>
      <p className="hint">{say('ways_about')}</p>
      {ways.isPending && <Loading />}
      {ways.isError && <Trouble>{say('failed', ways.error.message)}</Trouble>}
      {ways.data?.keptAt && <p className="hint">{say('from_memory', when(ways.data.keptAt))}</p>}
      {ways.data && <Choice key={ways.data.keptAt ?? ''} now={ways.data.body} />}
    </main>
  );
}

function Choice({ now }: { now: MyWays }) {
  const client = useQueryClient();
  const [wanted, setWanted] = useState(now);
  const set = useMutation({
    mutationFn: () => write<MyWays>('POST', '/session/ways', wanted),
    onSuccess: (body) => client.setQueryData(['ways'], { body }),
  });
  const change = (part: Partial<MyWays>) => {
    set.reset();
    setWanted({ ...wanted, ...part });
  };
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        set.mutate();
      }}
    >
      <label>
        {say('ways_email')}
        <input type="email" inputMode="email" autoComplete="email" maxLength={200} value={wanted.email} onChange={(e) => change({ email: e.target.value })} />
      </label>
      <p className="hint">{say('ways_email_more')}</p>
      <p>{say('ways_urgent')}</p>
      <Chips
        label={say('ways_urgent')}
        options={[{ code: 'yes', label: say('ways_urgent_mail') }, { code: 'no', label: say('ways_inbox') }]}
        chosen={wanted.urgent_mail ? 'yes' : 'no'}
        onChoose={(code) => change({ urgent_mail: code === 'yes' })}
      />
      <p>{say('ways_rest')}</p>
      <Chips
        label={say('ways_rest')}
        options={RESTS.map(({ code, word }) => ({ code, label: say(word) }))}
        chosen={wanted.rest}
        onChoose={(rest) => change({ rest })}
      />
      {set.isError && <Trouble>{set.error instanceof Refused ? set.error.message : say('ways_not_saved')}</Trouble>}
      {set.isSuccess && <p className="notice-good" role="status">✓ {say('ways_saved')}</p>}
      <Button type="submit" disabled={set.isPending}>{say('ways_save')}</Button>
    </form>
  );
}
