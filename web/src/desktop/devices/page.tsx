// Devices: which do not speak comes first; one device with its week, its purpose and the rules that hear it.

import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { Page } from '../parts/frame';
import { useMay } from '../session/session';
import '../pages.css';
import { DeviceList } from './list';
import { Rates } from './rates';

// Drawers come when they are opened.
const AddDevice = lazy(() => import('./add'));
const DeviceDrawer = lazy(() => import('./one'));
const Gateways = lazy(() => import('./gateways'));

export default function DevicesPage() {
  const { t } = useTranslation();
  const { id } = useParams();
  const keeps = useMay('device_write');
  const [open, setOpen] = useState<'add' | 'gateways' | null>(null);
  const actions = keeps && (
    <>
      <Button onClick={() => setOpen('gateways')}>{t('devices.gateways')}</Button>
      <Button type="primary" onClick={() => setOpen('add')}>{t('devices.add')}</Button>
    </>
  );
  return (
    <Page title={t('devices.title')} actions={actions}>
      <Rates />
      <DeviceList />
      <Suspense>
        {id && <DeviceDrawer id={id} />}
        {open === 'add' && <AddDevice onClose={() => setOpen(null)} />}
        {open === 'gateways' && <Gateways onClose={() => setOpen(null)} />}
      </Suspense>
    </Page>
  );
}
