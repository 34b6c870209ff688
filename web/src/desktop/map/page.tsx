// The map: buildings with what is open in them, and beside it the same as a list, for keys and screen readers.

import type * as GeoJSON from 'geojson';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { AreaPicker } from '../parts/areas';
import { usePageTitle } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import { isOpen } from '../parts/stage-tag';
import { useMe } from '../session/session';
import '../pages.css';
import { buildingsOf } from './buildings';
import { Beside } from './beside';

const Canvas = lazy(() => import('./canvas'));

export default function MapPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [params, setParams] = useSearchParams();
  usePageTitle(t('map.title'));
  const area = params.get('area') ?? me.posts[0]?.area ?? '';
  const chosen = params.get('building');
  const shapes = useQuery({
    queryKey: ['map', 'shapes', area],
    queryFn: () => ask(api.GET('/api/v1/areas/{id}/map', { params: { path: { id: area } } })) as Promise<GeoJSON.FeatureCollection>,
    enabled: area !== '',
    staleTime: 600_000,
  });
  const cases = useQuery({
    queryKey: ['map', 'cases', area],
    queryFn: () => ask(api.GET('/api/v1/map/cases', { params: { query: { area } } })),
    enabled: area !== '',
    refetchInterval: 30_000,
  });
  const buildings = useMemo(() => buildingsOf((cases.data ?? []).filter((c) => isOpen(c.stage)), shapes.data), [cases.data, shapes.data]);
  const choose = (id: string | null) => {
    const next = new URLSearchParams(params);
    if (id) next.set('building', id);
    else next.delete('building');
    setParams(next, { replace: true });
  };
  const fault = shapes.error ?? cases.error;
  return (
    <div className="map-page">
      <div className="map">
        {shapes.data && shapes.data.features.length > 0 ? (
          <Suspense fallback={<Loading />}>
            <Canvas shapes={shapes.data} buildings={buildings} chosen={chosen} onChoose={choose} />
          </Suspense>
        ) : (
          shapes.isSuccess && <p className="soft" style={{ padding: 24 }}>{t('map.no_shapes')}</p>
        )}
      </div>
      <aside>
        <h1>{t('map.title')}</h1>
        <div className="tools">
          <AreaPicker value={area} onChange={(id) => setParams(id ? { area: id } : {}, { replace: true })} label={t('map.area')} />
        </div>
        {fault && <ProblemView fault={fault} onAgain={() => void Promise.all([shapes.refetch(), cases.refetch()])} />}
        <Beside buildings={buildings} chosen={chosen} onChoose={choose} loading={cases.isPending} />
      </aside>
    </div>
  );
}
