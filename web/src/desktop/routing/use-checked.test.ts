import { expect, it } from 'vitest';
import { freeCode, moved, type RuleForm } from './use-checked';

const rule = (code: string): RuleForm => ({ code, label: { zh: code, en: code } });

it('a_new_rule_has_a_code_that_no_other_has', () => {
  expect(freeCode([])).toBe('rule_1');
  expect(freeCode([rule('rule_2'), rule('night')])).toBe('rule_3');
  expect(freeCode([rule('rule_2')])).toBe('rule_3');
});

it('a_rule_moves_by_one_and_not_over_the_ends', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
  expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
});
