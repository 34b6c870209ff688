// One building: its doors, its open cases page by page, its devices.

import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, ask } from '../../shared/api/client';
import type { Filter } from '../cases/filter';
import { DeviceState } from '../devices/state';
import { useAreas } from '../parts/areas';
import { Loading } from '../parts/loading';
import { More } from '../parts/more';
import { ProblemView } from '../parts/problem-view';
import { SeverityMark, StageTag } from '../parts/stage-tag';
import { useMay } from '../session/session';
import type { Building } from './buildings';
import { useCasesOf, useClusters } from './use-map';

interface Props {
  id: string;
  building: Building | undefined;
  filter: Filter;
  onBack: () => void;
}

export function Chosen({ id, building, filter, onBack }: Props) {
  const { t } = useTranslation();
  const areas = useAreas();
  const seesDevices = useMay('devices');
  const whole = building?.whole ?? true;
  return (
    <>
      <Button size="small" onClick={onBack}>{t('map.back')}</Button>
      <section className="block">
        <h2>{building?.name ?? areas.data?.find((a) => a.id === id)?.name ?? id}</h2>
        {whole && <Doors id={id} filter={filter} />}
      </section>
      <Cases id={id} whole={whole} filter={filter} />
      {seesDevices && <Devices id={id} />}
    </>
  );
}

function Doors({ id, filter }: { id: string; filter: Filter }) {
  const { t } = useTranslation();
  const areas = useAreas();
  const inside = useClusters({ ...filter, area: id });
  const doors = (areas.data ?? []).filter((a) => a.parent === id).sort((a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }));
  if (doors.length === 0) return null;
  return (
    <ul className="plain" aria-label={t('map.doors')}>
      {doors.map((door) => {
        const open = inside.data?.clusters.find((c) => c.area.code === door.id)?.open ?? 0;
        return <li key={door.id} className="door-line">{door.name} {open > 0 && <span className="soft">{t('map.n_cases', { n: open })}</span>}</li>;
      })}
    </ul>
  );
}

function Cases({ id, whole, filter }: { id: string; whole: boolean; filter: Filter }) {
  const { t } = useTranslation();
  const cases = useCasesOf(id, whole, filter);
  const rows = cases.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <section className="block">
      <h2>{t('map.cases')}</h2>
      {cases.isPending && <Loading />}
      {cases.error && <ProblemView fault={cases.error} onAgain={() => void cases.refetch()} />}
      {rows.map((c) => (
        <Link key={c.id} to={`/cases/${c.id}`} className="building">
          <span className="end"><StageTag stage={c.stage} /></span>
          <SeverityMark severity={c.severity} /> {c.title}
          <div className="soft small">{c.number}</div>
        </Link>
      ))}
      {cases.isSuccess && rows.length === 0 && <p className="soft">{t('map.none_here')}</p>}
      <More shown={rows.length} hasMore={cases.hasNextPage} loading={cases.isFetchingNextPage} onMore={() => void cases.fetchNextPage()} />
    </section>
  );
}

function Devices({ id }: { id: string }) {
  const { t } = useTranslation();
  const devices = useQuery({
    queryKey: ['devices', 'at', id],
    queryFn: () => ask(api.GET('/api/v1/devices', { params: { query: { area: id, limit: 50 } } })),
  });
  return (
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
      {devices.data?.next_cursor && <Link to={`/devices?area=${encodeURIComponent(id)}`}>{t('map.more_devices')}</Link>}
    </section>
  );
}
