// The list beside the map: the places with something open, or the one that is chosen.

import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Filter } from '../cases/filter';
import { EmptyWhy } from '../parts/empty-why';
import { Loading } from '../parts/loading';
import { SeverityMark } from '../parts/stage-tag';
import type { Building } from './buildings';
import { Chosen } from './chosen';

/** So many lines are drawn at first; the rest on demand. */
const LINES = 200;

interface Props {
  buildings: Building[];
  filter: Filter;
  chosen: string | null;
  onChoose: (id: string | null) => void;
  loading: boolean;
}

export function Beside({ buildings, filter, chosen, onChoose, loading }: Props) {
  const { t } = useTranslation();
  const [lines, setLines] = useState(LINES);
  if (loading) return <Loading />;
  if (chosen) return <Chosen key={chosen} id={chosen} building={buildings.find((b) => b.id === chosen)} filter={filter} onBack={() => onChoose(null)} />;
  if (buildings.length === 0) return <EmptyWhy why={t('map.nothing_open')} more={t('map.nothing_open_more')} />;
  const unplaced = buildings.filter((b) => !b.at).length;
  return (
    <>
      <p className="soft small" role="status">{t('map.open_n', { n: buildings.reduce((n, b) => n + b.open, 0), m: buildings.length })}</p>
      {unplaced > 0 && <p className="soft small">{t('map.unplaced', { n: unplaced })}</p>}
      {buildings.slice(0, lines).map((b) => (
        <button key={b.id} type="button" className="building" onClick={() => onChoose(b.id)}>
          <span className="end">
            {t('map.n_cases', { n: b.open })}
            {b.overdue > 0 && <span className="tone-late"> {t('map.n_overdue', { n: b.overdue })}</span>}
          </span>
          {b.name} <SeverityMark severity={b.worst} />
          {!b.whole && <div className="soft small">{t('map.no_building')}</div>}
        </button>
      ))}
      {buildings.length > lines && (
        <Button onClick={() => setLines((n) => n + LINES)}>{t('map.more_places', { n: buildings.length - lines })}</Button>
      )}
    </>
  );
}
