// Places as a cadre chooses them: estate, building, door, from the caller's own areas.

import type { AreaRow } from '../types';

export interface Spot {
  id: string;
  name: string;
}

const KEY = 'linli.last_place';

export function rememberPlace(spot: Spot): void {
  localStorage.setItem(KEY, JSON.stringify(spot));
}
export function lastPlace(): Spot | null {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null') as Spot | null;
  } catch {
    return null;
  }
}

/** Whether people choose among areas of this level, and whether one can itself be the place. */
const CHOSEN = ['residential_area', 'estate', 'building', 'doorway'];

/** The areas to choose among under `parent` (null: the top), in the order people count: 2号 before 10号. */
export function partsOf(areas: AreaRow[], parent: string | null): AreaRow[] {
  const choosable = areas.filter((a) => CHOSEN.includes(a.level));
  const ids = new Set(choosable.map((a) => a.id));
  const parts = choosable.filter((a) => (parent === null ? !a.parent || !ids.has(a.parent) : a.parent === parent));
  return parts.sort((a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }));
}

/** The first level where there is something to choose: a single estate is not asked for. */
export function firstChoice(areas: AreaRow[]): AreaRow | null {
  let here: AreaRow | null = null;
  for (;;) {
    const parts = partsOf(areas, here?.id ?? null);
    const only: AreaRow | undefined = parts.length === 1 ? parts[0] : undefined;
    if (!only || only.level === 'doorway') return here;
    here = only;
  }
}
