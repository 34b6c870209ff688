// The filter of the list, wholly in the address: a copied link is the same view for a colleague with the rights.

import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';

export const TABS = ['to_accept', 'mine', 'due_soon', 'overdue', 'returned', 'all'] as const;
export type Tab = (typeof TABS)[number];
export const STAGES = [
  'received', 'accepted', 'working', 'waiting', 'proposed_done', 'verified', 'answered', 'closed', 'disputed', 'review',
  'passed_out', 'merged', 'withdrawn', 'rejected',
] as const;

const NARROWING = ['q', 'class', 'stage', 'area', 'mark'] as const;
export const MARKS = ['concentrated', 'call_back', 'root_cause'] as const;
export type Narrowing = Partial<Record<(typeof NARROWING)[number], string>>;
export interface Filter extends Narrowing {
  tab: Tab;
}

export function filterOf(params: URLSearchParams): Filter {
  const asked = params.get('tab');
  const tab = TABS.find((one) => one === asked) ?? 'to_accept';
  const narrowing = Object.fromEntries(NARROWING.map((name) => [name, params.get(name) ?? '']).filter(([, value]) => value !== ''));
  return { tab, ...narrowing };
}

export const isNarrowed = (filter: Filter) => NARROWING.some((name) => filter[name]);

export function queryOf(filter: Filter): string {
  const entries = Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(entries).toString();
}

export function useFilter() {
  const [params, setParams] = useSearchParams();
  // The same object while the same is asked for, whichever case is chosen.
  const text = queryOf(filterOf(params));
  const filter = useMemo(() => filterOf(new URLSearchParams(text)), [text]);
  const selected = params.get('sel');

  const setFilter = useCallback((wanted: Filter) => setParams(queryOf(wanted)), [setParams]);
  const select = useCallback(
    (id: string | null) =>
      setParams(
        () => {
          // The address as it is: what the hook remembers may be from before a tab was clicked.
          const after = new URLSearchParams(location.search);
          if (id) after.set('sel', id);
          else after.delete('sel');
          return after;
        },
        { replace: true },
      ),
    [setParams],
  );
  return { filter, selected, setFilter, select };
}
