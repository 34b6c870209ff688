// What is open, gathered by building: units stack, so the building is what one points at.

import type * as GeoJSON from 'geojson';
import type { Shape } from '../../shared/api/client';

type Point = Shape['CasePoint'];

export interface Building {
  id: string;
  name: string;
  cases: Point[];
  /** The gravest of its cases. */
  worst: string;
  /** Where its mark stands; none when it has no shape. */
  at: [number, number] | null;
  /** Not a building but what encloses them: cases of the grounds. */
  grounds: boolean;
}

const GRAVITY = ['info', 'attention', 'urgent', 'alarm'];
const gravity = (code: string) => GRAVITY.indexOf(code);

export function buildingsOf(cases: Point[], shapes: GeoJSON.FeatureCollection | undefined): Building[] {
  const shapeOf = new Map((shapes?.features ?? []).map((f) => [String(f.properties?.id), f]));
  const found = new Map<string, Building>();
  for (const point of cases) {
    const { code, label } = point.building;
    const building = found.get(code) ?? { id: code, name: label, cases: [], worst: 'info', ...standing(shapeOf.get(code)) };
    building.cases.push(point);
    if (gravity(point.severity.code) > gravity(building.worst)) building.worst = point.severity.code;
    found.set(code, building);
  }
  const order = (a: Building, b: Building) => gravity(b.worst) - gravity(a.worst) || b.cases.length - a.cases.length || a.name.localeCompare(b.name, 'zh-CN', { numeric: true });
  return [...found.values()].sort(order);
}

/** A building's mark stands on it; that of the grounds at their northern edge, where no building is taken for it. */
function standing(shape: GeoJSON.Feature | undefined): Pick<Building, 'at' | 'grounds'> {
  if (!shape) return { at: null, grounds: false };
  const { geometry, properties } = shape;
  const grounds = geometry.type !== 'Point' && properties?.level !== undefined && properties.level !== 'building';
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
  const all = geometries.flatMap(positions);
  if (all.length === 0) return null;
  const [lons, lats] = [all.map((p) => p[0] ?? 0), all.map((p) => p[1] ?? 0)];
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}
