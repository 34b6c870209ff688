// The upload queue as React sees it: this account's items only.

import { useMemo, useSyncExternalStore } from 'react';
import { useMe } from '../session';
import { snapshot, subscribe, type Waiting } from './queue';

export function useQueue(): Waiting[] {
  const user = useMe().user?.id;
  const items = useSyncExternalStore(subscribe, snapshot);
  return useMemo(() => items.filter((i) => i.user === user), [items, user]);
}
