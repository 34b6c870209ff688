import { expect, it } from 'vitest';
import { filterOf, isNarrowed, queryOf } from './filter';

const of = (query: string) => filterOf(new URLSearchParams(query));

it('an_address_and_its_filter_are_the_same', () => {
  const filter = of('tab=overdue&q=水&class=water.leak&stage=working&area=A1');
  expect(filter).toEqual({ tab: 'overdue', q: '水', class: 'water.leak', stage: 'working', area: 'A1' });
  expect(of(queryOf(filter))).toEqual(filter);
});

it('the_chosen_case_is_no_part_of_the_filter', () => {
  expect(queryOf(of('tab=all&sel=one'))).toBe(queryOf(of('tab=all&sel=two')));
});

it('an_unknown_tab_is_the_first_one', () => {
  expect(of('tab=nowhere').tab).toBe('to_accept');
  expect(of('').tab).toBe('to_accept');
});

it('a_tab_alone_narrows_nothing', () => {
  expect(isNarrowed(of('tab=overdue'))).toBe(false);
  expect(isNarrowed(of('tab=overdue&q=%E6%B0%B4'))).toBe(true);
});
