import { expect, it } from 'vitest';
import { nextPromise } from './deadline';

type Promised = Parameters<typeof nextPromise>[0][number];

const promise = (kind: string, due_at: string, state: string, paused = false): Promised => ({
  kind, label: kind, due_at, state, paused, tone: 'fine', provisional: false, round: 1,
});

it('the_next_open_promise_comes_before_any_other', () => {
  const all = [promise('answer', '2026-11-25', 'open'), promise('complete', '2026-11-24', 'open'), promise('accept', '2026-11-23', 'broken')];
  expect(nextPromise(all)?.kind).toBe('complete');
});

it('a_stopped_clock_counts_only_when_no_other_runs', () => {
  expect(nextPromise([promise('complete', '2026-11-24', 'open', true), promise('answer', '2026-11-25', 'open')])?.kind).toBe('answer');
  expect(nextPromise([promise('complete', '2026-11-24', 'open', true)])?.kind).toBe('complete');
});

it('without_an_open_one_the_last_broken_one_is_told', () => {
  expect(nextPromise([promise('accept', '2026-11-22', 'broken'), promise('complete', '2026-11-23', 'broken'), promise('answer', '2026-11-25', 'kept')])?.kind).toBe('complete');
  expect(nextPromise([promise('accept', '2026-11-22', 'kept')])).toBeUndefined();
});
