// What is known of a device from what it sends: how long it may be silent, and how far its clock is off.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { span } from '../../shared/format';
import { At } from '../parts/at';

export function Silence({ device }: { device: Shape['DeviceView'] }) {
  const { t } = useTranslation();
  if (!device.silence_secs_max || !device.silence_from) return t('devices.unwatched');
  return (
    <>
      {span(device.silence_secs_max * 1000)}
      <div className="soft small">
        {device.silence_from.label}
        {device.silence_since && <> · {t('devices.since')} <At instant={device.silence_since} /></>}
      </div>
    </>
  );
}

/** Its readings count at the right time; history keeps what it said. */
export function Clock({ device }: { device: Shape['DeviceView'] }) {
  const { t } = useTranslation();
  const ahead = device.clock_offset_ms ?? 0;
  return (
    <>
      {t(ahead > 0 ? 'devices.fast' : 'devices.slow', { by: span(Math.abs(ahead)) })}
      <div className="soft small">
        {t('devices.set_right')}
        {device.clock_since && <> · {t('devices.since')} <At instant={device.clock_since} /></>}
      </div>
    </>
  );
}
