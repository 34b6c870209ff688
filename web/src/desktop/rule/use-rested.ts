// A value that has rested: a slider says many a second, and the server is asked once the hand rests.

import { useEffect, useState } from 'react';

const REST_MS = 250;

/** The value as it was when it last stood still; the first is taken at once. */
export function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return rested;
}
