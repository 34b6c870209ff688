// Marks that would lie on each other at this distance are one mark; nearer, they come apart.

import type { Shape } from '../../shared/api/client';
import { gravity, type Building } from './buildings';

export interface Mark {
  members: Building[];
  at: [number, number];
  open: number;
  overdue: number;
  worst: Shape['Coded'];
  /** How many marks stand at the same point before it: it is set so much higher. */
  above: number;
}

/** As wide as a mark with four digits. */
const APART_PX = 56;
/** From here on every building has its own. */
export const SINGLE_FROM = 18;

/** Where a position lies on the whole drawn world, so that marks do not change when it is moved. */
function pixel([lon, lat]: [number, number], zoom: number): [number, number] {
  const world = 512 * 2 ** zoom;
  const sin = Math.sin((lat * Math.PI) / 180);
  return [(lon / 360 + 0.5) * world, (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)) * world];
}

export function marksOf(buildings: Building[], zoom: number): Mark[] {
  const cells = new Map<string, Mark>();
  const standing = new Map<string, number>();
  for (const building of buildings) {
    if (!building.at) continue;
    const spot = building.at.join(' ');
    const [x, y] = pixel(building.at, zoom);
    const cell = zoom >= SINGLE_FROM ? `${spot} ${building.id}` : `${Math.floor(x / APART_PX)} ${Math.floor(y / APART_PX)}`;
    const mark = cells.get(cell);
    if (!mark) {
      const above = zoom >= SINGLE_FROM ? (standing.get(spot) ?? 0) : 0;
      standing.set(spot, above + 1);
      cells.set(cell, { members: [building], at: building.at, open: building.open, overdue: building.overdue, worst: building.worst, above });
      continue;
    }
    mark.members.push(building);
    mark.open += building.open;
    mark.overdue += building.overdue;
    if (gravity(building.worst) > gravity(mark.worst)) mark.worst = building.worst;
  }
  return [...cells.values()].map((mark) => ({ ...mark, at: between(mark.members) }));
}

function between(members: Building[]): [number, number] {
  const at = members.flatMap((b) => (b.at ? [b.at] : []));
  const mean = (i: 0 | 1) => at.reduce((sum, p) => sum + p[i], 0) / at.length;
  return [mean(0), mean(1)];
}
