// Addresses are values: /m/, /m/inbox, /m/report, /m/me, /m/ways, /m/cases/{id}, /m/pushes/{id}. One small hook, no router package.

import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
window.addEventListener('popstate', () => listeners.forEach((tell) => tell()));

export type Place =
  | { page: 'todo' }
  | { page: 'inbox' }
  | { page: 'report' }
  | { page: 'me' }
  | { page: 'ways' }
  | { page: 'case'; id: string }
  | { page: 'push'; id: string };

export function read(pathname: string): Place {
  const parts = pathname.replace(/^\/m\/?/, '').split('/').filter(Boolean);
  if (parts[0] === 'cases' && parts[1]) return { page: 'case', id: decodeURIComponent(parts[1]) };
  if (parts[0] === 'pushes' && parts[1]) return { page: 'push', id: decodeURIComponent(parts[1]) };
  if (parts[0] === 'inbox' || parts[0] === 'report' || parts[0] === 'me' || parts[0] === 'ways') return { page: parts[0] };
  return { page: 'todo' };
}

export function address(place: Place): string {
  if (place.page === 'todo') return '/m/';
  if (place.page === 'push') return `/m/pushes/${encodeURIComponent(place.id)}`;
  return place.page === 'case' ? `/m/cases/${encodeURIComponent(place.id)}` : `/m/${place.page}`;
}

export function go(place: Place): void {
  history.pushState(null, '', address(place));
  listeners.forEach((tell) => tell());
  window.scrollTo(0, 0);
}

export function usePlace(): Place {
  const pathname = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => location.pathname,
  );
  return read(pathname);
}
