import { expect, test } from 'vitest';
import { ruleTo } from './rule-link';

test('a rule of the street has its page, and its place in the list to read', () => {
  expect(ruleTo('lift_stuck')).toBe('/rules/lift_stuck');
  expect(ruleTo('lift_stuck', true)).toBe('/rules?rule=lift_stuck');
});

test('a rule of an area itself is found among the own rules, wherever the link stands', () => {
  expect(ruleTo('noise@C-01')).toBe('/rules?view=own');
  expect(ruleTo('noise@C-01', true)).toBe('/rules?view=own');
});
