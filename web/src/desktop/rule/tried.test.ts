import { expect, test } from 'vitest';
import { changed, NO_TERMS, stepOf, termsAsk, valuesAsk } from './tried';

const variable = (name: string, value: number) => ({ name, label: name, value, unit: '', min: 0, max: 1, set_by: { code: 'template', label: '' } });

test('nothing is sent while nothing differs, and everything once one value does', () => {
  const variables = [variable('floor', 0.15), variable('hold', 10)];
  expect(valuesAsk(variables, { floor: 0.15 })).toEqual({});
  expect(valuesAsk(variables, { floor: 0.2 })).toEqual({ floor: 0.2, hold: 10 });
  expect(changed(variables, { floor: 0.2, hold: 10 })).toEqual({ floor: 0.2 });
});

test('hours are written as the server reads them, and half of them are not sent', () => {
  expect(termsAsk({ ...NO_TERMS, from: '22:00', to: '06:00', days: 'workday' }).hours).toBe('22:00-06:00,workday');
  expect(termsAsk({ ...NO_TERMS, from: '22:00' }).hours).toBeUndefined();
});

test('a slider goes over its bounds in round steps, and whole numbers stay whole', () => {
  expect(stepOf(0.05, 0.3)).toBe(0.005);
  expect(stepOf(0, 240)).toBe(5);
  expect(stepOf(8, 72)).toBe(1);
});
