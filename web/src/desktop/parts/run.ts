// Work at the server that goes on beside its request: followed until it is over, and cancelled there when nobody waits.
//
// Invariants
// - RU1 A run nobody waits for any more is cancelled at the server, also one that was only just begun.
// - RU2 What failed is thrown with the server's own reason.

import { Refused, type Problem } from '../../shared/api/client';

const LOOK_AGAIN_MS = 400;

interface View {
  id: string;
  state: string;
  progress: number;
  problem?: Problem | null;
}

export interface Steps<V extends View> {
  begin: () => Promise<V>;
  look: (id: string) => Promise<V>;
  cancel: (id: string) => unknown;
}

/** The run when it is over; null where nobody waited for it. */
export async function followed<V extends View>(
  steps: Steps<V>,
  waits: AbortSignal,
  onProgress: (share: number) => void,
  pause: () => Promise<void> = () => new Promise((done) => setTimeout(done, LOOK_AGAIN_MS)),
): Promise<V | null> {
  let view = await steps.begin();
  const drop = () => void steps.cancel(view.id);
  if (waits.aborted) {
    drop();
    return null;
  }
  waits.addEventListener('abort', drop);
  try {
    while (view.state === 'running') {
      onProgress(view.progress);
      await pause();
      if (waits.aborted) return null;
      const next = await steps.look(view.id);
      if (waits.aborted) return null;
      view = next;
    }
  } finally {
    waits.removeEventListener('abort', drop);
  }
  if (view.state === 'failed' && view.problem) throw new Refused(view.problem);
  return view;
}
