import { describe, expect, it } from 'vitest';
import { instantOf, localOf } from '../../shared/format';
import { daysLater, piecesOf } from './week';

const MONDAY = '2026-11-23T00:00:00+08:00';

describe('a week of duty', () => {
  it('cuts a span to the day it is drawn on', () => {
    const night = [{ from: '2026-11-22T12:00:00Z', to: '2026-11-23T00:00:00Z' }];
    expect(piecesOf(night, '2026-11-22T00:00:00+08:00')).toEqual([{ from: (20 * 100) / 24, width: (4 * 100) / 24 }]);
    expect(piecesOf(night, MONDAY)).toEqual([{ from: 0, width: (8 * 100) / 24 }]);
    expect(piecesOf(night, '2026-11-24T00:00:00+08:00')).toEqual([]);
  });

  it('counts days over the end of a month', () => {
    expect(daysLater('2026-11-27', 7)).toBe('2026-12-04');
    expect(daysLater('2026-03-02', -7)).toBe('2026-02-23');
  });

  it('writes moments as the street has them, and reads them back', () => {
    expect(localOf('2026-11-23T00:30:00.000Z')).toBe('2026-11-23T08:30');
    expect(Date.parse(instantOf('2026-11-23T08:30'))).toBe(Date.parse('2026-11-23T00:30:00Z'));
    expect([localOf(''), instantOf('')]).toEqual(['', '']);
  });
});
