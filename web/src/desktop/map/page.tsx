// The map: buildings with what is open in them, and beside it the same as a list, for keys and screen readers. Its
// filter is the list's.

import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import '../cases/cases.css';
import { queryOf } from '../cases/filter';
import { CaseTabs } from '../cases/list';
import { SearchForm } from '../cases/search-form';
import { usePageTitle } from '../parts/frame';
import { Loading } from '../parts/loading';
import { ProblemView } from '../parts/problem-view';
import '../pages.css';
import { Beside } from './beside';
import { useBuildings, useClusters, useMapFilter, useShapes } from './use-map';

const Canvas = lazy(() => import('./canvas'));

export default function MapPage() {
  const { t } = useTranslation();
  usePageTitle(t('map.title'));
  const { filter, setFilter, chosen, choose } = useMapFilter();
  const shapes = useShapes(filter.area);
  const clusters = useClusters(filter);
  const buildings = useBuildings(clusters.data, shapes.data);
  const fault = shapes.error ?? clusters.error;
  return (
    <div className="map-page">
      <div className="map">
        {shapes.data.features.length > 0 ? (
          <Suspense fallback={<Loading />}>
            <Canvas shapes={shapes.data} buildings={buildings} chosen={chosen} onChoose={choose} />
          </Suspense>
        ) : (
          !shapes.isPending && <p className="soft" style={{ padding: 24 }}>{t('map.no_shapes')}</p>
        )}
      </div>
      <aside>
        <h1>{t('map.title')}</h1>
        <SearchForm filter={filter} onChange={setFilter} exports={false} />
        <CaseTabs filter={filter} onChange={setFilter} openOnly />
        <p className="small"><Link to={`/cases?${queryOf(filter)}`}>{t('map.as_list')}</Link></p>
        {fault && <ProblemView fault={fault} onAgain={() => void Promise.all([shapes.refetch(), clusters.refetch()])} />}
        <Beside buildings={buildings} filter={filter} chosen={chosen} onChoose={choose} loading={clusters.isPending} />
      </aside>
    </div>
  );
}
