import { expect, test } from 'vitest';
import { Refused } from '../../shared/api/client';
import { followed, type Steps } from './run';

const problem = { type: 'urn:linli:problem:fault', title: 'x', status: 500, code: 'fault', detail: 'something failed' };
const pause = () => Promise.resolve();

/** A run that goes through these states, and what was cancelled of it. */
function run(...states: string[]) {
  const cancelled: string[] = [];
  const next = () => Promise.resolve({ id: 'r', state: states.shift() ?? 'running', progress: 1 / (states.length + 1), problem: null as typeof problem | null });
  const steps: Steps<Awaited<ReturnType<typeof next>>> = { begin: next, look: next, cancel: (id) => cancelled.push(id) };
  return { steps, cancelled };
}

test('a run is followed until it is over', async () => {
  const { steps, cancelled } = run('running', 'running', 'done');
  const shares: number[] = [];
  const view = await followed(steps, new AbortController().signal, (share) => shares.push(share), pause);
  expect([view?.state, shares, cancelled]).toEqual(['done', [1 / 3, 1 / 2], []]);
});

test('RU1 who no longer waits cancels it at the server, once, also when it was only just begun', async () => {
  for (const after of [0, 1]) {
    const { steps, cancelled } = run();
    const waits = new AbortController();
    let n = 0;
    if (after === 0) waits.abort();
    const over = await followed(steps, waits.signal, () => { n += 1; if (n === after) waits.abort(); }, pause);
    expect([over, cancelled]).toEqual([null, ['r']]);
  }
});

test('what was over before nobody waited is not cancelled', async () => {
  const { steps, cancelled } = run('done');
  const waits = new AbortController();
  await followed(steps, waits.signal, () => undefined, pause);
  waits.abort();
  expect(cancelled).toEqual([]);
});

test('RU2 what failed is thrown with its reason; what somebody stopped is not', async () => {
  const failed = { id: 'r', state: 'failed', progress: 0.3, problem };
  const steps = { begin: () => Promise.resolve(failed), look: () => Promise.resolve(failed), cancel: () => undefined };
  await expect(followed(steps, new AbortController().signal, () => undefined, pause)).rejects.toEqual(new Refused(problem));
  const { steps: stopped } = run('cancelled');
  expect((await followed(stopped, new AbortController().signal, () => undefined, pause))?.state).toBe('cancelled');
});
