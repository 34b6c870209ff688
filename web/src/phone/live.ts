// Server-sent events: what is new appears without a reload.

import type { QueryClient } from '@tanstack/react-query';

/** Listens until stopped; the browser reconnects by itself, and everything is asked anew when it does. */
export function listen(client: QueryClient): () => void {
  const source = new EventSource('/api/v1/events');
  let opened = false;
  source.onopen = () => {
    // Events missed while away are not replayed; the lists are.
    if (opened) void client.invalidateQueries();
    opened = true;
  };
  source.addEventListener('notice', () => void client.invalidateQueries({ queryKey: ['inbox'] }));
  source.addEventListener('case', () => {
    void client.invalidateQueries({ queryKey: ['cases'] });
    void client.invalidateQueries({ queryKey: ['case'] });
  });
  source.addEventListener('push', () => void client.invalidateQueries({ queryKey: ['push'] }));
  // The server skipped some for a slow reader.
  source.addEventListener('refresh', () => void client.invalidateQueries());
  return () => source.close();
}
