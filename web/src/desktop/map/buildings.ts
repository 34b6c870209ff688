// What is open, by building: units stack, so the building is what one points at. Counted by the server.

import type * as GeoJSON from 'geojson';
import type { Shape } from '../../shared/api/client';

type Cluster = Shape['MapCluster'];

export interface Building {
  id: string;
  name: string;
  open: number;
  overdue: number;
  toAccept: number;
  /** The gravest of its cases. */
  worst: Shape['Coded'];
  /** Everything inside it is counted; else only what lies at exactly this area. */
  whole: boolean;
  /** Where its mark stands; none when neither it nor anything around it has a shape. */
  at: [number, number] | null;
  /** Not a building but what encloses them: cases of the grounds. */
  grounds: boolean;
}

const GRAVITY = ['info', 'attention', 'urgent', 'alarm'];
export const gravity = (severity: Shape['Coded']) => GRAVITY.indexOf(severity.code);

/** The gravest first, then what has most. `parents` leads from an area to the one around it. */
export function buildingsOf(clusters: Cluster[], shapes: GeoJSON.FeatureCollection | undefined, parents: Map<string, string>): Building[] {
  const shapeOf = new Map((shapes?.features ?? []).map((f) => [String(f.properties?.id), f]));
  const found = clusters.map((c) => ({
    id: c.area.code,
    name: c.area.label,
    open: c.open,
    overdue: c.overdue,
    toAccept: c.to_accept,
    worst: c.worst,
    whole: c.whole,
    ...standing(c.area.code, shapeOf, parents),
  }));
  const order = (a: Building, b: Building) => gravity(b.worst) - gravity(a.worst) || b.open - a.open || a.name.localeCompare(b.name, 'zh-CN', { numeric: true });
  return found.sort(order);
}

/**
 * A building's mark stands on it; that of the grounds at their northern edge, where no building is taken for it. What
 * has no shape stands with the nearest around it that has one.
 */
function standing(id: string, shapeOf: Map<string, GeoJSON.Feature>, parents: Map<string, string>): Pick<Building, 'at' | 'grounds'> {
  let here: string | undefined = id;
  while (here !== undefined && !shapeOf.has(here)) here = parents.get(here);
  const shape = here === undefined ? undefined : shapeOf.get(here);
  if (!shape) return { at: null, grounds: false };
  const { geometry, properties } = shape;
  const grounds = geometry.type !== 'Point' && properties?.level !== undefined && (properties.level !== 'building' || here !== id);
  if (!grounds) return { at: middle(geometry), grounds };
  const [lon, lat] = positions(geometry).reduce<GeoJSON.Position>((best, p) => ((p[1] ?? 0) > (best[1] ?? -90) ? p : best), []);
  return { at: lon === undefined || lat === undefined ? null : [lon, lat], grounds };
}

function positions(geometry: GeoJSON.Geometry): GeoJSON.Position[] {
  switch (geometry.type) {
    case 'Point':
      return [geometry.coordinates];
    case 'Polygon':
      return geometry.coordinates[0] ?? [];
    case 'MultiPolygon':
      return geometry.coordinates[0]?.[0] ?? [];
    case 'LineString':
      return geometry.coordinates;
    default:
      return [];
  }
}

/** The middle of what encloses a shape: enough to put a mark on a building. */
export function middle(geometry: GeoJSON.Geometry): [number, number] | null {
  const [[west, south], [east, north]] = bounds([geometry]) ?? [[NaN, NaN], [NaN, NaN]];
  return Number.isNaN(west) ? null : [(west + east) / 2, (south + north) / 2];
}

export function bounds(geometries: GeoJSON.Geometry[]): [[number, number], [number, number]] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon = 0, lat = 0] of geometries.flatMap(positions)) {
    [west, east] = [Math.min(west, lon), Math.max(east, lon)];
    [south, north] = [Math.min(south, lat), Math.max(north, lat)];
  }
  return west === Infinity ? null : [[west, south], [east, north]];
}
