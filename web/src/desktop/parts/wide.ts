// Whether two things fit beside each other.

import { useSyncExternalStore } from 'react';

const wide = matchMedia('(min-width: 1100px)');

const watch = (tell: () => void) => {
  wide.addEventListener('change', tell);
  return () => wide.removeEventListener('change', tell);
};

export function useMediaWide(): boolean {
  return useSyncExternalStore(watch, () => wide.matches);
}
