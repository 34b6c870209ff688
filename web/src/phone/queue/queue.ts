// What a person did, kept on the phone until the server has it.
//
// 1. Written to IndexedDB (strict durability) before anything is sent: a reload or a dead battery loses nothing.
// 2. Each item is sent under its own idempotency key: sent twice, it is done once.
// 3. A refusal is kept with its reason until a person has looked; it is never retried in silence.
// Absent: merging or guessing. A case that changed meanwhile is shown, not overwritten.

import { Refused, Unreached, write, type Problem } from '../api';
import { all, get, put, remove } from './db';

export interface Waiting {
  id: string;
  /** Only the account that made it sends it. */
  user: string;
  /** What a person recognises it by. */
  label: string;
  path: string;
  body: Record<string, unknown>;
  /** Uploaded first; their ids are put into `body[photo_field]`. */
  photos: Blob[];
  photo_field: string;
  made_at: string;
  problem?: Problem;
}

export type Outcome<T> = { state: 'sent'; answer: T } | { state: 'waiting' };

const listeners = new Set<() => void>();
let items: Waiting[] = [];
const inForeground = new Set<string>();

export function snapshot(): Waiting[] {
  return items;
}
export function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
async function refresh(): Promise<void> {
  const kept = await all<Waiting>('waiting').catch(() => []);
  items = kept.sort((a, b) => a.made_at.localeCompare(b.made_at));
  listeners.forEach((tell) => tell());
}

/** Works on plain HTTP too, where crypto.randomUUID is not offered. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** One sender at a time over all tabs of this browser. */
function alone<T>(act: () => Promise<T>): Promise<T> {
  if (!navigator.locks) return act();
  return navigator.locks.request('linli-upload', () => act()) as Promise<T>;
}

/** Keeps the item, then sends it. A refusal is thrown and not kept: the person is still looking at the form. */
export async function submit<T>(item: Omit<Waiting, 'id' | 'made_at'> & { id?: string }): Promise<Outcome<T>> {
  const waiting: Waiting = { ...item, id: item.id ?? freshKey(), made_at: new Date().toISOString() };
  inForeground.add(waiting.id);
  await put('waiting', waiting).catch(() => undefined);
  await refresh();
  try {
    const answer = await alone(() => send<T>(waiting));
    await remove('waiting', waiting.id).catch(() => undefined);
    return { state: 'sent', answer };
  } catch (fault) {
    if (fault instanceof Unreached && (await get('waiting', waiting.id).catch(() => undefined))) return { state: 'waiting' };
    await remove('waiting', waiting.id).catch(() => undefined);
    throw fault;
  } finally {
    inForeground.delete(waiting.id);
    await refresh();
  }
}

async function send<T>(item: Waiting): Promise<T> {
  const ids: string[] = [];
  for (const [n, photo] of item.photos.entries()) {
    const form = new FormData();
    form.append('photo', photo, `photo-${n + 1}.jpg`);
    const taken = await write<{ id: string }>('POST', '/photos', form, `${item.id}-photo-${n}`);
    ids.push(taken.id);
  }
  const body = ids.length === 0 ? item.body : { ...item.body, [item.photo_field]: ids };
  return write<T>('POST', item.path, body, item.id);
}

/** Sends what waits, oldest first; stops at the first sign that the network is gone. */
export function flush(user: string): Promise<void> {
  return alone(async () => {
    await refresh();
    for (const item of items.filter((i) => i.user === user && !i.problem && !inForeground.has(i.id))) {
      try {
        // Another tab may have sent it while this one waited for its turn.
        if (!(await get('waiting', item.id))) continue;
        await send(item);
        await remove('waiting', item.id);
      } catch (fault) {
        if (!(fault instanceof Refused) || fault.problem.status === 401) break;
        await put('waiting', { ...item, problem: fault.problem });
      }
    }
    await refresh();
  });
}

export async function discard(id: string): Promise<void> {
  await remove('waiting', id);
  await refresh();
}

/** After a person has looked: once more, as a new request, on the case's present version. */
export async function sendAgain(item: Waiting, version: number | undefined): Promise<void> {
  const body = version === undefined ? item.body : { ...item.body, version };
  await put('waiting', { ...item, id: freshKey(), body, problem: undefined });
  await remove('waiting', item.id);
  await refresh();
}

/** Tries at the moments a network tends to come back. Gives the way to stop. */
export function keepFlushing(user: string): () => void {
  const attempt = () => void flush(user);
  const often = setInterval(() => items.length > 0 && attempt(), 15_000);
  window.addEventListener('online', attempt);
  document.addEventListener('visibilitychange', attempt);
  attempt();
  return () => {
    clearInterval(often);
    window.removeEventListener('online', attempt);
    document.removeEventListener('visibilitychange', attempt);
  };
}
