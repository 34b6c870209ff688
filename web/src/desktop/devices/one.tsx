// One device: what it is for, its last seven days, the rules that hear it, and the secret it speaks with.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Descriptions, Drawer } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { api, ask, type Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';
import { At } from '../parts/at';
import { measureLabel } from '../parts/measure';
import { Loading } from '../parts/loading';
import { ProblemView, saidOf } from '../parts/problem-view';
import { StageTag } from '../parts/stage-tag';
import { useMay } from '../session/session';
import { SecretOnce } from './secret';
import { Clock, Silence } from './learned';
import { Spark } from './spark';
import { Battery, DeviceState } from './state';

export default function DeviceDrawer({ id }: { id: string }) {
  const { t } = useTranslation();
  const go = useNavigate();
  const [params] = useSearchParams();
  const device = useQuery({
    queryKey: ['devices', 'one', id],
    queryFn: () => ask(api.GET('/api/v1/devices/{id}', { params: { path: { id } } })),
  });
  const close = () => void go({ pathname: '/devices', search: params.toString() });
  return (
    <Drawer open onClose={close} size={720} title={device.data?.name || id}>
      {device.isPending && <Loading />}
      {device.error && <ProblemView fault={device.error} onAgain={() => void device.refetch()} />}
      {device.data && <One device={device.data} />}
      {!device.data && !device.isPending && <Button onClick={close}>{t('devices.back')}</Button>}
    </Drawer>
  );
}

function One({ device }: { device: Shape['DeviceView'] }) {
  const { t } = useTranslation();
  const keeps = useMay('device_write');
  const seesCases = useMay('cases');
  const tries = useMay('rule_try');
  const items = [
    { key: 'state', label: t('devices.state'), children: <DeviceState device={device} /> },
    { key: 'seen', label: t('devices.last_seen'), children: device.last_seen ? <At instant={device.last_seen} /> : t('devices.never') },
    { key: 'place', label: t('devices.place'), children: device.area.label },
    { key: 'class', label: t('devices.class'), children: device.class.label },
    { key: 'id', label: t('devices.id'), children: <code>{device.id}</code> },
    { key: 'source', label: t('devices.source'), children: <code>{device.source}</code> },
    { key: 'purpose', label: t('devices.purpose'), span: 2, children: device.purpose || t('devices.no_purpose') },
    { key: 'subject', label: t('devices.subject'), children: device.subject ? t('devices.about_home') : t('devices.about_itself') },
    { key: 'silence', label: t('devices.silence'), children: <Silence device={device} /> },
    ...(device.clock_offset_ms == null ? [] : [{ key: 'clock', label: t('devices.clock'), children: <Clock device={device} /> }]),
    ...(device.battery_pct == null ? [] : [{ key: 'battery', label: t('devices.battery'), children: <Battery pct={device.battery_pct} /> }]),
    ...(device.capacity == null ? [] : [{ key: 'capacity', label: t('devices.capacity'), children: figure(device.capacity, 0) }]),
  ];
  return (
    <>
      <Descriptions size="small" column={2} bordered items={items} />
      <section className="block">
        <h2>{t('devices.week')}</h2>
        {device.by_day && <p className="soft small">{t('devices.by_day')}</p>}
        {device.series.length === 0 && <p className="soft">{t('devices.no_series')}</p>}
        {device.series.map((series) => (
          <figure key={series.measure} className="spark">
            <figcaption>
              {measureLabel(series.measure)}
              <span className="soft small"> {series.per_day ? t('devices.per_day') : series.unit}</span>
            </figcaption>
            <Spark series={series} label={measureLabel(series.measure)} />
          </figure>
        ))}
      </section>
      <section className="block">
        <h2>{t('devices.rules')}</h2>
        {device.rules.length === 0 ? (
          <p className="soft">{t('devices.no_rules')}</p>
        ) : (
          <ul className="plain">{device.rules.map((r) => <li key={r.code}><Link to={`/rules?rule=${r.code}`}>{r.label}</Link>{tries && <> · <Link to={`/why?${new URLSearchParams({ rule: r.code, subject: `device:${device.id}` })}`}>{t('devices.why_not')}</Link></>}</li>)}</ul>
        )}
      </section>
      {seesCases && <CasesHere area={device.area.code} />}
      {keeps && <Credential id={device.id} />}
    </>
  );
}

/** Cases at the device's place, the newest first; what others there reported stands with them. */
function CasesHere({ area }: { area: string }) {
  const { t } = useTranslation();
  const cases = useQuery({
    queryKey: ['cases', 'at', area],
    queryFn: () => ask(api.GET('/api/v1/cases', { params: { query: { tab: 'all', area, limit: 10 } } })),
  });
  const rows = cases.data?.items ?? [];
  return (
    <section className="block">
      <h2>{t('devices.cases')}</h2>
      {cases.isPending && <Loading />}
      {cases.error && <ProblemView fault={cases.error} onAgain={() => void cases.refetch()} />}
      {cases.isSuccess && rows.length === 0 && <p className="soft">{t('devices.no_cases')}</p>}
      {rows.map((c) => (
        <Link key={c.id} to={`/cases/${c.id}`} className="building">
          <span className="end"><StageTag stage={c.stage} /></span>
          {c.title}
          <div className="soft small">{c.number}</div>
        </Link>
      ))}
    </section>
  );
}

function Credential({ id }: { id: string }) {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const client = useQueryClient();
  const [made, setMade] = useState<Shape['CredentialMade'] | null>(null);
  const make = useMutation({
    mutationFn: () => ask(api.POST('/api/v1/devices/{id}/credential', { params: { path: { id } } })),
    onSuccess: async (secret) => {
      setMade(secret);
      await client.invalidateQueries({ queryKey: ['credentials'] });
    },
    onError: (fault) => void message.error(saidOf(fault, t)),
  });
  const sure = () =>
    modal.confirm({ title: t('devices.make_secret'), content: t('devices.make_secret_more'), okText: t('devices.make_secret'), onOk: () => make.mutateAsync() });
  return (
    <section className="block">
      <h2>{t('devices.secret')}</h2>
      {made ? <SecretOnce made={made} /> : <Button loading={make.isPending} onClick={() => void sure()}>{t('devices.make_secret')}</Button>}
    </section>
  );
}
