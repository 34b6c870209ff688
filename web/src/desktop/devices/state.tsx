// What a device is doing, as a word with a mark.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { span } from '../../shared/format';

const MARKS: Record<string, [string, string]> = {
  online: ['●', 'tone-good'],
  silent: ['!', 'tone-late'],
  maintenance: ['‖', 'tone-soft'],
  retired: ['–', 'tone-soft'],
  unwatched: ['○', 'tone-soft'],
};

export function DeviceState({ device }: { device: Shape['DeviceRow'] }) {
  const { t } = useTranslation();
  const [sign, tone] = MARKS[device.state.code] ?? ['○', 'tone-soft'];
  const silentFor = device.state.code === 'silent' && device.silent_for_secs != null ? t('devices.for', { n: span(device.silent_for_secs * 1000) }) : '';
  return (
    <span className={`mark ${tone}`}>
      <i aria-hidden="true">{sign}</i>
      <span>{device.state.label}{silentFor}</span>
    </span>
  );
}

const BATTERY_LOW = 20;

export function Battery({ pct }: { pct: number | null | undefined }) {
  const { t } = useTranslation();
  if (pct == null) return null;
  const words = `${Math.round(pct)} %`;
  if (pct > BATTERY_LOW) return <span className="soft">{words}</span>;
  return <span className="mark tone-soon"><i aria-hidden="true">▽</i>{t('devices.battery_low', { n: words })}</span>;
}
