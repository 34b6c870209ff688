import { expect, test } from 'vitest';
import { ended } from './use-backtest';

const result = {} as NonNullable<Parameters<typeof ended>[0]['result']>;

test('a run that ended without a result has failed, unless somebody stopped it', () => {
  expect(ended({ state: 'done', result })).toEqual({ fresh: true, running: false, cancelled: false, failed: false });
  expect(ended({ state: 'failed', result: null })).toEqual({ fresh: false, running: false, cancelled: false, failed: true });
  expect(ended({ state: 'cancelled', result: null })).toEqual({ fresh: false, running: false, cancelled: true, failed: false });
});
