import { expect, test } from 'vitest';
import { ended } from './use-backtest';

const result = {} as NonNullable<Parameters<typeof ended>[0]['result']>;

test('what is shown is fresh only where the run that ended has a result', () => {
  expect(ended({ state: 'done', result })).toEqual({ fresh: true, running: false, cancelled: false });
  expect(ended({ state: 'cancelled', result: null })).toEqual({ fresh: false, running: false, cancelled: true });
});
