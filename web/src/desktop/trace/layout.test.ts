import { expect, test } from 'vitest';
import { columns, spots } from './layout';

test('a signal stands to the right of everything it reads', () => {
  expect(columns([[], [], [0, 1]])).toEqual([1, 1, 2]);
  expect(columns([[], [0], [0, 1]])).toEqual([1, 2, 3]);
});

test('a short column stands in the middle of a tall one', () => {
  const { spots: placed } = spots([1, 1, 2]);
  const [a, b, c] = placed;
  expect(c?.y).toBe(((a?.y ?? 0) + (b?.y ?? 0)) / 2);
});
