// Server-sent events: what is new appears without a reload.
//
// Lists are not asked anew here (they would jump under the cursor): pages that care listen with `onCase`.

import type { QueryClient } from '@tanstack/react-query';

export type Liveness = 'connecting' | 'here' | 'away';
export interface CaseEvent {
  id: string;
  version: number;
  stage: string;
}

/** Shorter breaks are not worth a word. */
const AWAY_AFTER_MS = 8_000;
const AGAIN_AFTER_MS = 5_000;

const listeners = new Set<(event: CaseEvent | null) => void>();

/** Calls back with each case that changed; with null when some may have been missed. Returns how to stop. */
export function onCase(tell: (event: CaseEvent | null) => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

const tellAll = (event: CaseEvent | null) => listeners.forEach((tell) => tell(event));

export function listen(client: QueryClient, say: (liveness: Liveness) => void): () => void {
  let source: EventSource | null = null;
  let opened = false;
  let away: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const missed = () => {
    tellAll(null);
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'case-list' });
  };
  const connect = () => {
    source = new EventSource('/api/v1/events');
    source.onopen = () => {
      clearTimeout(away);
      away = undefined;
      say('here');
      // Events missed while away are not replayed; what is shown is asked anew.
      if (opened) missed();
      opened = true;
    };
    source.onerror = () => {
      away ??= setTimeout(() => say('away'), AWAY_AFTER_MS);
      if (source?.readyState !== EventSource.CLOSED || stopped) return;
      // Closed for good by the answer: perhaps the session has ended. The session's query knows.
      void client.invalidateQueries({ queryKey: ['session'] });
      again = setTimeout(connect, AGAIN_AFTER_MS);
    };
    source.addEventListener('notice', () => void client.invalidateQueries({ queryKey: ['inbox'] }));
    source.addEventListener('push', () => void client.invalidateQueries({ queryKey: ['pushes'] }));
    source.addEventListener('case', (message) => {
      const event = JSON.parse(message.data as string) as CaseEvent;
      void client.invalidateQueries({ queryKey: ['case', event.id] });
      void client.invalidateQueries({ queryKey: ['case-counts'] });
      void client.invalidateQueries({ queryKey: ['map', 'cases'] });
      tellAll(event);
    });
    // The server skipped some for a slow reader.
    source.addEventListener('refresh', missed);
  };
  connect();
  return () => {
    stopped = true;
    clearTimeout(away);
    clearTimeout(again);
    source?.close();
  };
}
