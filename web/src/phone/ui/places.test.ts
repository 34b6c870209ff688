import { describe, expect, it } from 'vitest';
import type { AreaRow } from '../types';
import { firstChoice, partsOf } from './places';

const area = (id: string, level: string, name: string, parent: string | null) => ({ id, level, name, parent }) as AreaRow;

const STREET = [
  area('S', 'street', '街道', null),
  area('G', 'grid', '网格', 'S'),
  area('R', 'residential_area', '居民区', 'G'),
  area('E', 'estate', '田林十二村', 'R'),
  area('B10', 'building', '10号楼', 'E'),
  area('B2', 'building', '2号楼', 'E'),
  area('D', 'doorway', '41号', 'B2'),
  area('H', 'dwelling', '302室', 'D'),
];

describe('places', () => {
  it('begin where there is something to choose', () => {
    expect(firstChoice(STREET)?.id).toBe('E');
    expect(firstChoice([...STREET, area('E2', 'estate', '田林十三村', 'R')])?.id).toBe('R');
    expect(firstChoice([])).toBeNull();
  });

  it('stand in the order people count in, and end at the door', () => {
    expect(partsOf(STREET, 'E').map((a) => a.name)).toEqual(['2号楼', '10号楼']);
    expect(partsOf(STREET, 'D')).toEqual([]);
  });

  it('of a cadre who sees one residential area only begin there', () => {
    const own = STREET.filter((a) => a.id !== 'S' && a.id !== 'G');
    expect(firstChoice(own)?.id).toBe('E');
  });
});
