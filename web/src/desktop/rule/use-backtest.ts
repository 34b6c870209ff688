// A backtest that follows what is being tried: it begins when the hand rests, and an older run is cancelled.
//
// Invariants
// - UB1 What is shown was computed by the server for exactly what is asked, or is marked as older.
// - UB2 A run nobody waits for any more is cancelled at the server (RU1 in run.ts).

import { useCallback, useEffect, useRef, useState } from 'react';
import { api, ask, type Shape } from '../../shared/api/client';
import { followed, type Steps } from '../parts/run';
import { useRested } from './use-rested';

type Ask = Shape['BacktestAsk'];
type View = Shape['BacktestView'];

/** A backtest at the server. */
export const backtest = (rule: string, body: Ask): Steps<View> => ({
  begin: () => ask(api.POST('/api/v1/rules/{rule}/backtests', { params: { path: { rule } }, body })),
  look: (id) => ask(api.GET('/api/v1/backtests/{id}', { params: { path: { id } } })),
  cancel: (id) => api.DELETE('/api/v1/backtests/{id}', { params: { path: { id } } }),
});

export interface Backtest {
  /** The last result there was. */
  result: Shape['BacktestResult'] | null;
  range: { from: string; to: string } | null;
  /** The result is of what is asked now. */
  fresh: boolean;
  running: boolean;
  progress: number;
  cancelled: boolean;
  /** Why there is none. */
  fault: unknown;
  cancel: () => void;
  again: () => void;
}

const start = { result: null, range: null, fresh: false, running: false, progress: 0, cancelled: false, fault: null };

/** What is known when a run is over; the last result stays, as an older one, when this one has none. */
export function ended(view: Pick<View, 'state' | 'result'>) {
  return { fresh: view.result != null, running: false, cancelled: view.state === 'cancelled' };
}

export function useBacktest(rule: string, wanted: Ask | null): Backtest {
  const [state, setState] = useState<Omit<Backtest, 'cancel' | 'again'>>(start);
  const [round, setRound] = useState(0);
  const run = useRef<AbortController | null>(null);
  // Cancelled before the hand had rested.
  const stopped = useRef(false);
  const key = wanted ? JSON.stringify(wanted) : '';
  const rests = useRested(key) === key;

  useEffect(() => {
    if (!key) {
      // Nothing can be asked yet, for another area; what there is was of the one before.
      stopped.current = false;
      setState((s) => ({ ...s, fresh: false, running: false, progress: 0, cancelled: false, fault: null }));
      return;
    }
    if (rests && stopped.current) return;
    stopped.current = false;
    const mine = new AbortController();
    run.current = mine;
    setState((s) => ({ ...s, fresh: false, running: true, progress: 0, cancelled: false, fault: null }));
    // Until then nothing is asked; the run before was cancelled when the hand moved.
    if (!rests) return;
    followed(backtest(rule, JSON.parse(key) as Ask), mine.signal, (progress) => setState((s) => ({ ...s, progress }))).then(
      (view) => view && !mine.signal.aborted && setState((s) => ({ ...s, ...ended(view), result: view.result ?? s.result, range: { from: view.from, to: view.to } })),
      (fault: unknown) => !mine.signal.aborted && setState((s) => ({ ...s, running: false, fault })),
    );
    return () => mine.abort();
  }, [rule, key, rests, round]);

  const cancel = useCallback(() => {
    if (!run.current) return;
    run.current.abort();
    stopped.current = true;
    setState((s) => ({ ...s, running: false, cancelled: true }));
  }, []);
  const again = useCallback(() => {
    stopped.current = false;
    setRound((n) => n + 1);
  }, []);
  return { ...state, cancel, again };
}
