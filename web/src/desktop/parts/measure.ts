// What a measure and a unit are called.

import i18next from 'i18next';

export function measureLabel(code: string): string {
  return i18next.t(`measures.${code}`, { defaultValue: code });
}

/** Lengths of time in words; other units are the same everywhere. */
export function unitLabel(unit: string): string {
  if (unit === 'count') return '';
  return i18next.t(`time.units.${unit.replace(/[.:]/g, '')}`, { defaultValue: unit });
}
