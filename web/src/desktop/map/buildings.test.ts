import type * as GeoJSON from 'geojson';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../shared/api/client';
import { buildingsOf, middle } from './buildings';

const square = (id: string, west: number, level = 'building'): GeoJSON.Feature => ({
  type: 'Feature',
  properties: { id, level },
  geometry: { type: 'Polygon', coordinates: [[[west, 0], [west + 2, 0], [west + 2, 4], [west, 4], [west, 0]]] },
});

const cluster = (area: string, worst: string, open = 1): Shape['MapCluster'] => ({
  area: { code: area, label: area },
  whole: true,
  open,
  worst: { code: worst, label: '' },
  overdue: 0,
  to_accept: 0,
});

const NO_PARENTS = new Map<string, string>();

describe('what is open, by building', () => {
  it('has_the_gravest_building_first_and_then_the_one_with_most', () => {
    const clusters = [cluster('10号楼', 'attention'), cluster('2号楼', 'attention', 2), cluster('3号楼', 'urgent')];
    expect(buildingsOf(clusters, undefined, NO_PARENTS).map((b) => [b.name, b.worst.code, b.open])).toEqual([
      ['3号楼', 'urgent', 1],
      ['2号楼', 'attention', 2],
      ['10号楼', 'attention', 1],
    ]);
  });

  it('stands_in_the_middle_of_its_shape_or_nowhere', () => {
    const shapes: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [square('a', 10)] };
    expect(buildingsOf([cluster('a', 'info'), cluster('b', 'info')], shapes, NO_PARENTS).map((b) => b.at)).toEqual([[11, 2], null]);
    expect(middle({ type: 'GeometryCollection', geometries: [] })).toBeNull();
  });

  it('stands_at_the_edge_when_it_is_the_grounds', () => {
    const shapes: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [square('estate', 10, 'estate')] };
    expect(buildingsOf([cluster('estate', 'info')], shapes, NO_PARENTS).map((b) => [b.at, b.grounds])).toEqual([[[12, 4], true]]);
  });

  it('stands_with_what_is_around_it_when_it_has_no_shape', () => {
    const shapes: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [square('estate', 10, 'estate')] };
    const parents = new Map([['garage', 'yard'], ['yard', 'estate'], ['estate', 'street']]);
    expect(buildingsOf([cluster('garage', 'info')], shapes, parents).map((b) => [b.id, b.at, b.grounds])).toEqual([['garage', [12, 4], true]]);
  });
});
