// The list beside the map: buildings with something open; for the chosen one its cases and its devices.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask } from '../../shared/api/client';
import { EmptyWhy } from '../parts/empty-why';
import { Loading } from '../parts/loading';
import { SeverityMark, StageTag } from '../parts/stage-tag';
import { DeviceState } from '../devices/state';
import { useAreas } from '../parts/areas';
import { useMay } from '../session/session';
import type { Building } from './buildings';

interface Props {
  buildings: Building[];
  chosen: string | null;
  onChoose: (id: string | null) => void;
  loading: boolean;
}

export function Beside({ buildings, chosen, onChoose, loading }: Props) {
  const { t } = useTranslation();
  if (loading) return <Loading />;
  if (chosen) return <One id={chosen} building={buildings.find((b) => b.id === chosen)} onBack={() => onChoose(null)} />;
  if (buildings.length === 0) return <EmptyWhy why={t('map.nothing_open')} more={t('map.nothing_open_more')} />;
  return (
    <>
      <p className="soft small">{t('map.open_n', { n: buildings.reduce((n, b) => n + b.cases.length, 0), m: buildings.length })}</p>
      {buildings.map((b) => (
        <button key={b.id} type="button" className="building" onClick={() => onChoose(b.id)}>
          <span className="end">{t('map.n_cases', { n: b.cases.length })}</span>
          {b.name} {b.cases.find((c) => c.severity.code === b.worst) && <SeverityMark severity={(b.cases.find((c) => c.severity.code === b.worst) ?? b.cases[0]!).severity} />}
        </button>
      ))}
    </>
  );
}

function One({ id, building, onBack }: { id: string; building: Building | undefined; onBack: () => void }) {
  const { t } = useTranslation();
  const seesDevices = useMay('devices');
  const areas = useAreas();
  const devices = useQuery({
    queryKey: ['devices', 'at', id],
    queryFn: () => ask(api.GET('/api/v1/devices', { params: { query: { area: id, limit: 50 } } })),
    enabled: seesDevices,
  });
  const doors = (areas.data ?? []).filter((a) => a.parent === id).sort((a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }));
  const name = building?.name ?? areas.data?.find((a) => a.id === id)?.name ?? id;
  return (
    <>
      <Button size="small" onClick={onBack}>{t('map.back')}</Button>
      <section className="block">
        <h2>{name}</h2>
        {doors.length > 0 && (
          <ul className="plain" aria-label={t('map.doors')}>
            {doors.map((door) => {
              const open = (building?.cases ?? []).filter((c) => c.area === door.id || c.area.startsWith(`${door.id}-`)).length;
              return <li key={door.id} className="door-line">{door.name} {open > 0 && <span className="soft">{t('map.n_cases', { n: open })}</span>}</li>;
            })}
          </ul>
        )}
      </section>
      <section className="block">
        <h2>{t('map.cases')}</h2>
        {(building?.cases ?? []).map((c) => (
          <Link key={c.id} to={`/cases/${c.id}`} className="building">
            <span className="end"><StageTag stage={c.stage} /></span>
            <SeverityMark severity={c.severity} /> {c.title}
            <div className="soft small">{c.number}</div>
          </Link>
        ))}
        {!building && <p className="soft">{t('map.none_here')}</p>}
      </section>
      {seesDevices && (
        <section className="block">
          <h2>{t('map.devices')}</h2>
          {devices.isPending && <Loading />}
          {devices.data?.items.length === 0 && <p className="soft">{t('map.no_devices')}</p>}
          {devices.data?.items.map((d) => (
            <Link key={d.id} to={`/devices/${encodeURIComponent(d.id)}`} className="building">
              <span className="end"><DeviceState device={d} /></span>
              {d.name || d.id}
              <div className="soft small">{d.class.label} · {d.area.label}</div>
            </Link>
          ))}
        </section>
      )}
    </>
  );
}
