// 我的: what waits for upload, my cases, language, text size, complaints, sign-out.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api';
import { go } from '../route';
import { discard, flush, sendAgain, type Waiting } from '../queue/queue';
import { useQueue } from '../queue/use-queue';
import { signOut, useMe } from '../session';
import type { CaseView } from '../types';
import { Button, Card, Trouble } from '../ui/parts';
import { isLarge, switchSize } from '../ui/size';
import { say, switchLang, when } from '../words';
import { CaseList } from './todo';

export function MePage() {
  const me = useMe();
  const [large, setLarge] = useState(isLarge());
  return (
    <main>
      <h1>{me.user?.name}</h1>
      <p className="hint">
        {say('posts')}：{me.posts.map((p) => `${p.role_label} · ${p.area_name}`).join('，')}
      </p>
      <UploadQueue />
      <CaseList title={say('involved')} query="tab=all" empty={say('nothing_involved')} />
      <div className="stack">
        <Button kind="quiet" onClick={() => go({ page: 'ways' })}>{say('ways')}</Button>
        <Button kind="quiet" onClick={() => setLarge(switchSize())}>{say(large ? 'normal_text' : 'large_text')}</Button>
        <Button kind="quiet" onClick={switchLang}>{say('language')}</Button>
        <Leave />
      </div>
    </main>
  );
}

function Leave() {
  const waiting = useQueue().length;
  return (
    <>
      {waiting > 0 && <p className="hint">{say('sign_out_waiting', waiting)}</p>}
      <Button kind="quiet" onClick={() => void signOut()}>{say('sign_out')}</Button>
    </>
  );
}

function UploadQueue() {
  const me = useMe();
  const waiting = useQueue();
  return (
    <section aria-label={say('waiting_list')}>
      <h2>{say('waiting_list')}</h2>
      {waiting.length === 0 ? <p className="hint">{say('waiting_none')}</p> : <p>{say('waiting_safe')}</p>}
      {waiting.map((item) => (
        <WaitingCard key={item.id} item={item} />
      ))}
      {waiting.some((i) => !i.problem) && (
        <Button kind="quiet" onClick={() => void flush(me.user?.id ?? '')}>{say('upload_now')}</Button>
      )}
      {waiting.length === 0 && <p className="hint">{say('about_offline')}</p>}
    </section>
  );
}

function WaitingCard({ item }: { item: Waiting }) {
  const me = useMe();
  const client = useQueryClient();
  const again = async () => {
    const version = 'version' in item.body ? await presentVersion(item.path) : undefined;
    await sendAgain(item, version);
    await flush(me.user?.id ?? '');
    await client.invalidateQueries();
  };
  return (
    <Card>
      <strong>{item.label}</strong>
      <p className="hint">
        {when(item.made_at)} · {say('photo_before_after', item.photos.length)}
      </p>
      {item.problem && (
        <>
          <Trouble>{say('needs_you', item.problem.detail ?? item.problem.title)}</Trouble>
          <Button kind="quiet" onClick={() => void again()}>{say('send_again')}</Button>
          <Button kind="plain" onClick={() => void discard(item.id)}>{say('discard')}</Button>
        </>
      )}
    </Card>
  );
}

async function presentVersion(commandPath: string): Promise<number> {
  const { body } = await read<CaseView>(commandPath.replace(/\/commands$/, ''));
  return body.version;
}
