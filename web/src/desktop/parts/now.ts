// The present, to the half minute; what counts down redraws with it.

import { useEffect, useState } from 'react';
import { now } from '../../shared/clock';

export function useNow(): number {
  const [at, setAt] = useState(() => now());
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return at;
}
