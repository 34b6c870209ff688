// The rows of a filter, read page by page.
//
// Invariants
// - CL1 Nothing moves under the cursor: what is new waits behind a bar, what has left the list stays, marked, until
//   the person asks for the list anew.
// - CL2 A row that is shown and has changed is drawn anew where it stands.

import { useInfiniteQuery, useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { api, ask, type Shape } from '../../shared/api/client';
import { onCase } from '../shell/live';
import type { Filter } from './filter';

export type CaseRow = Shape['CaseRow'];
interface RowPage {
  items: CaseRow[];
  next_cursor?: string | null;
}

const ROWS = 50;
/** Events come in bursts; one look answers them all. */
const GATHER_MS = 300;

const fetchPage = (filter: Filter, cursor?: string): Promise<RowPage> =>
  ask(api.GET('/api/v1/cases', { params: { query: { ...filter, cursor, limit: ROWS } } })) as Promise<RowPage>;

const NOTHING = { fresh: 0, gone: new Set<string>() };

export function useCaseList(filter: Filter) {
  const client = useQueryClient();
  const key = useMemo(() => ['case-list', filter], [filter]);
  const [changed, setChanged] = useState<{ fresh: number; gone: Set<string> }>(NOTHING);
  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: '',
    queryFn: ({ pageParam }) => fetchPage(filter, pageParam || undefined),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Infinity,
    refetchOnReconnect: false,
  });

  const look = useCallback(async () => {
    const shown = client.getQueryData<InfiniteData<RowPage>>(key);
    if (!shown) return;
    const first = await fetchPage(filter).catch(() => null);
    if (!first) return;
    const now = new Map(first.items.map((row) => [row.id, row]));
    const ids = new Set(shown.pages.flatMap((p) => p.items.map((row) => row.id)));
    const whole = !first.next_cursor && shown.pages.length === 1;
    client.setQueryData<InfiniteData<RowPage>>(key, (before) => before && replaceRows(before, now));
    setChanged({
      fresh: first.items.filter((row) => !ids.has(row.id)).length,
      gone: new Set(whole ? [...ids].filter((id) => !now.has(id)) : []),
    });
  }, [client, filter, key]);

  useEffect(() => {
    setChanged(NOTHING);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onCase(() => {
      clearTimeout(timer);
      timer = setTimeout(() => void look(), GATHER_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [look]);

  const renew = useCallback(async () => {
    setChanged(NOTHING);
    await client.resetQueries({ queryKey: key });
  }, [client, key]);

  const rows = useMemo(() => list.data?.pages.flatMap((p) => p.items) ?? [], [list.data]);
  return { list, rows, ...changed, renew };
}

function replaceRows(data: InfiniteData<RowPage>, now: Map<string, CaseRow>): InfiniteData<RowPage> {
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map((row) => now.get(row.id) ?? row) })) };
}

/** How many cases each tab holds under the same narrowing. */
export function useCounts(filter: Filter, openOnly?: boolean) {
  const narrowing = useMemo(() => ({ ...filter, tab: undefined, open: openOnly }), [filter, openOnly]);
  return useQuery({
    queryKey: ['case-counts', narrowing],
    queryFn: () => ask(api.GET('/api/v1/cases/counts', { params: { query: narrowing } })),
    placeholderData: (before) => before,
  });
}
