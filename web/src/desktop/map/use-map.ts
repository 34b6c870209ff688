// What the map shows, from the address: the filter of the list, and the building that is chosen.

import type * as GeoJSON from 'geojson';
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { filterOf, queryOf, type Filter } from '../cases/filter';
import { useAreas } from '../parts/areas';
import { useMe } from '../session/session';
import { buildingsOf, type Building } from './buildings';

/** Without a tab everything open is shown. */
export function mapFilterOf(params: URLSearchParams): Filter {
  return { ...filterOf(params), tab: params.has('tab') ? filterOf(params).tab : 'all' };
}

export function useMapFilter() {
  const [params, setParams] = useSearchParams();
  const text = queryOf(mapFilterOf(params));
  const filter = useMemo(() => mapFilterOf(new URLSearchParams(text)), [text]);
  const setFilter = useCallback((wanted: Filter) => setParams(queryOf(wanted), { replace: true }), [setParams]);
  const choose = useCallback(
    (id: string | null) => setParams((before) => {
      const next = new URLSearchParams(before);
      if (id) next.set('building', id);
      else next.delete('building');
      return next;
    }, { replace: true }),
    [setParams],
  );
  return { filter, setFilter, chosen: params.get('building'), choose };
}

/** The shapes of the area that is asked for, or of all areas somebody has a post in. */
export function useShapes(area: string | undefined) {
  const me = useMe();
  const own = useMemo(() => [...new Set(me.posts.map((p) => p.area))], [me.posts]);
  return useQueries({
    queries: (area ? [area] : own).map((id) => ({
      queryKey: ['map', 'shapes', id],
      queryFn: () => ask(api.GET('/api/v1/areas/{id}/map', { params: { path: { id } } })) as Promise<GeoJSON.FeatureCollection>,
      staleTime: 600_000,
    })),
    combine: joined,
  });
}

interface Asked {
  data: GeoJSON.FeatureCollection | undefined;
  error: Error | null;
  isPending: boolean;
  refetch: () => unknown;
}

function joined(asked: Asked[]) {
  const byId = new Map(asked.flatMap((one) => one.data?.features ?? []).map((f) => [String(f.properties?.id), f]));
  return {
    data: { type: 'FeatureCollection', features: [...byId.values()] } as GeoJSON.FeatureCollection,
    error: asked.find((one) => one.error)?.error ?? null,
    isPending: asked.some((one) => one.isPending),
    refetch: () => Promise.all(asked.map((one) => one.refetch())),
  };
}

export function useClusters(filter: Filter) {
  return useQuery({
    queryKey: ['map', 'clusters', filter],
    queryFn: () => ask(api.GET('/api/v1/map/clusters', { params: { query: filter } })),
    refetchInterval: 30_000,
    placeholderData: (before) => before,
  });
}

export function useBuildings(clusters: ReturnType<typeof useClusters>['data'], shapes: GeoJSON.FeatureCollection): Building[] {
  const areas = useAreas();
  const parents = useMemo(() => new Map((areas.data ?? []).flatMap((a) => (a.parent ? [[a.id, a.parent] as const] : []))), [areas.data]);
  return useMemo(() => buildingsOf(clusters?.clusters ?? [], shapes, parents), [clusters, shapes, parents]);
}

/** The open cases of one building, page by page from the list itself. */
export function useCasesOf(id: string, whole: boolean, filter: Filter) {
  const place = whole ? { area: id } : { area: undefined, at: id };
  return useInfiniteQuery({
    queryKey: ['map', 'cases', id, whole, filter],
    initialPageParam: '',
    queryFn: ({ pageParam }) =>
      ask(api.GET('/api/v1/cases', { params: { query: { ...filter, ...place, open: true, cursor: pageParam || undefined, limit: 50 } } })),
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
}
