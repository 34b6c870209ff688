// A number as it is written, what it is made of, and how it moved. Better and worse are told by a word and a sign, not by
// colour alone.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure } from '../../shared/format';

export type Numbers = Shape['IndicatorNumbers'];
export type Indicator = Shape['IndicatorView'];
type One = Shape['NumberView'];

export function useWritten() {
  const { t } = useTranslation();
  return (value: number, unit: string) => {
    if (unit === 'share') return `${figure(value * 100, 1)} %`;
    if (unit === 'days') return t('indicators.days', { n: figure(value, 1) });
    return figure(value, 0);
  };
}

/** The value, and in small what it is made of. */
export function Value({ number, indicator }: { number: One; indicator: Indicator }) {
  const { t } = useTranslation();
  const written = useWritten();
  const { value, numerator, denominator, excluded, few } = number;
  const plain = indicator.unit === 'count';
  const made = indicator.unit === 'share' && indicator.code !== 'satisfaction' ? `${figure(numerator, 0)} / ${figure(denominator, 0)}` : t('indicators.of_n', { n: figure(denominator, 0) });
  return (
    <span className="value">
      <strong>{typeof value === 'number' ? written(value, indicator.unit) : few ? t('indicators.few') : '—'}</strong>
      {!plain && denominator > 0 && <small className="soft">{made}</small>}
      {excluded > 0 && <small className="soft">{t('indicators.excluded', { n: excluded })}</small>}
    </span>
  );
}

/** How it moved against another period; nothing where either is blank. */
export function Moved({ now, then, indicator }: { now: One; then?: One | null; indicator: Indicator }) {
  const { t } = useTranslation();
  const written = useWritten();
  if (typeof now.value !== 'number' || typeof then?.value !== 'number') return <span className="soft">—</span>;
  const by = now.value - then.value;
  // What would be written as nought has not moved.
  if (Math.abs(by) < (indicator.unit === 'share' ? 0.0005 : 0.05)) return <span className="soft">{t('indicators.same')}</span>;
  const good = indicator.better === 'neither' ? null : by > 0 === (indicator.better === 'more');
  const size = indicator.unit === 'share' ? t('indicators.points', { n: figure(Math.abs(by) * 100, 1) }) : written(Math.abs(by), indicator.unit);
  return (
    <span className={good === null ? '' : good ? 'tone-good' : 'tone-late'}>
      {by > 0 ? '↑' : '↓'} {size}
      {good !== null && <small> {good ? t('indicators.better') : t('indicators.worse')}</small>}
    </span>
  );
}
