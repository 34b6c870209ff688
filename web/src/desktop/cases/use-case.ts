// One case, and what is asked to be done with it.

import { useMutation, useQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api, ask, type Shape } from '../../shared/api/client';
import { useMe } from '../session/session';
import type { CaseRow } from './use-list';

export type CaseView = Shape['CaseView'];
export type Action = Shape['ActionView'];
export type Field = Shape['FieldView'];
export type Values = Record<string, unknown>;

/** Events say when a case has changed; this is for those that were missed. */
const STALE_MS = 30_000;

const fetchCase = (id: string) => ask(api.GET('/api/v1/cases/{id}', { params: { path: { id } } }));

export function useCase(id: string) {
  return useQuery({ queryKey: ['case', id], queryFn: () => fetchCase(id), staleTime: STALE_MS });
}

/** Reads the case that will be looked at next. Not one's own: opening those may show a phone number, which is logged
 * as a look, and nobody has looked yet. */
export function usePrefetch() {
  const client = useQueryClient();
  const me = useMe().user.id;
  return useCallback(
    (row: CaseRow) => {
      if (row.owner.id !== me) void client.prefetchQuery({ queryKey: ['case', row.id], queryFn: () => fetchCase(row.id), staleTime: STALE_MS });
    },
    [client, me],
  );
}

export interface Order {
  action: Action;
  /** The version the person has seen. */
  version: number;
  values: Values;
  /** The same for every try of one form. */
  key: string;
}

export function useCommand(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ action, version, values, key }: Order) =>
      ask(
        api.POST('/api/v1/cases/{id}/commands', {
          params: { path: { id } },
          body: { ...values, command: action.code, version },
          headers: { 'Idempotency-Key': key },
        }),
      ),
    onSuccess: (view) => {
      client.setQueryData(['case', id], view);
      client.setQueriesData<InfiniteData<{ items: CaseRow[] }>>({ queryKey: ['case-list'] }, (data) => data && withRow(data, view));
      void client.invalidateQueries({ queryKey: ['case-counts'] });
    },
    // Somebody was quicker: what is true now is shown beside what was seen.
    onError: () => void client.invalidateQueries({ queryKey: ['case', id] }),
  });
}

function withRow(data: InfiniteData<{ items: CaseRow[] }>, view: CaseView): InfiniteData<{ items: CaseRow[] }> {
  return { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.map((row) => (row.id === view.id ? { ...row, ...rowOf(view) } : row)) })) };
}

function rowOf(view: CaseView): Partial<CaseRow> {
  const { stage, severity, owner, promises, title, class: klass, updated_at, version } = view;
  return { stage, severity, owner, promises, title, class: klass, updated_at, version };
}

/** A key no other request has. Also where the page is not served over TLS. */
export function orderKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}
