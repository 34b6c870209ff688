import type * as GeoJSON from 'geojson';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../shared/api/client';
import { buildingsOf, middle } from './buildings';

const square = (id: string, west: number, level = 'building'): GeoJSON.Feature => ({
  type: 'Feature',
  properties: { id, level },
  geometry: { type: 'Polygon', coordinates: [[[west, 0], [west + 2, 0], [west + 2, 4], [west, 4], [west, 0]]] },
});

const open = (building: string, severity: string): Shape['CasePoint'] => ({
  id: `${building}-${severity}`,
  number: '1',
  title: '',
  stage: { code: 'received', label: '' },
  severity: { code: severity, label: '' },
  area: building,
  building: { code: building, label: building },
});

describe('what is open, by building', () => {
  it('has_the_gravest_building_first_and_then_the_one_with_most', () => {
    const cases = [open('2号楼', 'attention'), open('2号楼', 'info'), open('10号楼', 'attention'), open('3号楼', 'urgent')];
    expect(buildingsOf(cases, undefined).map((b) => [b.name, b.worst, b.cases.length])).toEqual([
      ['3号楼', 'urgent', 1],
      ['2号楼', 'attention', 2],
      ['10号楼', 'attention', 1],
    ]);
  });

  it('stands_in_the_middle_of_its_shape_or_nowhere', () => {
    const shapes: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [square('a', 10)] };
    expect(buildingsOf([open('a', 'info'), open('b', 'info')], shapes).map((b) => b.at)).toEqual([[11, 2], null]);
    expect(middle({ type: 'GeometryCollection', geometries: [] })).toBeNull();
  });

  it('stands_at_the_edge_when_it_is_the_grounds', () => {
    const shapes: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [square('estate', 10, 'estate')] };
    expect(buildingsOf([open('estate', 'info')], shapes).map((b) => [b.at, b.grounds])).toEqual([[[12, 4], true]]);
  });
});
