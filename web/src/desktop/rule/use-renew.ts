// After an area has set something: what is in force is another now, and everything that was read of it is read again.

import { useQueryClient } from '@tanstack/react-query';

/** `again`: what was computed against it is computed again. */
export function useRenew(rule: string, again: () => void) {
  const client = useQueryClient();
  return async () => {
    await Promise.all([['rules'], ['values', rule], ['overrides', rule]].map((queryKey) => client.invalidateQueries({ queryKey })));
    // These play the past and take their time; nothing here waits for them.
    for (const queryKey of [['curve', rule], ['near', rule], ['load'], ['explanation', rule]]) void client.invalidateQueries({ queryKey });
    again();
  };
}
