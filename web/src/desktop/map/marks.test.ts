import { describe, expect, it } from 'vitest';
import type { Building } from './buildings';
import { marksOf, SINGLE_FROM } from './marks';

const building = (id: string, at: [number, number] | null, open: number, worst: string): Building => ({
  id, name: id, open, overdue: open - 1, toAccept: 0, worst: { code: worst, label: worst }, whole: true, at, grounds: false,
});

const some = [
  building('a', [121.42, 31.17], 3, 'urgent'),
  building('b', [121.4201, 31.1701], 5, 'alarm'),
  building('c', [121.5, 31.3], 2, 'info'),
  building('nowhere', null, 7, 'info'),
];

const told = (zoom: number) => marksOf(some, zoom).map((m) => `${m.members.map((b) => b.id).join('+')} ${m.open} ${m.worst.code} late ${m.overdue}`);

describe('marks of the map', () => {
  it('neighbours_are_one_mark_from_afar_with_their_sum_and_the_gravest', () => {
    expect(told(12)).toEqual(['a+b 8 alarm late 6', 'c 2 info late 1']);
    expect(told(SINGLE_FROM)).toEqual(['a 3 urgent late 2', 'b 5 alarm late 4', 'c 2 info late 1']);
  });

  it('at_every_distance_each_building_with_a_place_is_in_exactly_one_mark', () => {
    const many = Array.from({ length: 500 }, (_, i) => building(`b${i}`, [121 + (i % 25) / 300, 31 + Math.floor(i / 25) / 300], 1 + (i % 7), 'info'));
    const open = many.reduce((n, b) => n + b.open, 0);
    for (let zoom = 8; zoom <= 20; zoom += 0.5) {
      const marks = marksOf(many, zoom);
      expect(marks.reduce((n, m) => n + m.open, 0)).toBe(open);
      expect(new Set(marks.flatMap((m) => m.members.map((b) => b.id))).size).toBe(500);
    }
    expect(marksOf(many, 8).length).toBeLessThan(20);
  });

  it('those_at_one_point_stand_above_each_other_when_nothing_parts_them', () => {
    const stacked = ['x', 'y', 'z'].map((id) => building(id, [121, 31], 1, 'info'));
    expect(marksOf(stacked, 19).map((m) => m.above)).toEqual([0, 1, 2]);
    expect(marksOf(stacked, 10).map((m) => m.members.length)).toEqual([3]);
  });
});
