import { expect, it } from 'vitest';
import { byDay } from './spark';

it('a_day_without_an_event_keeps_its_place', () => {
  expect(byDay([{ at: '2026-11-21', value: 16 }], '2026-11-24')).toEqual([0, 0, 0, 0, 16, 0, 0, 0]);
  expect(byDay([{ at: '2026-11-17', value: 2 }, { at: '2026-11-24', value: 1 }], '2026-11-24')).toEqual([2, 0, 0, 0, 0, 0, 0, 1]);
});
