import { describe, expect, it } from 'vitest';
import { askedFor, shownAs } from './moment';

const PRESENT = Date.parse('2026-11-27T15:04:33+08:00');

describe('the moment that is asked about', () => {
  it('is the second a link names, however the field shows it', () => {
    const at = '2026-11-20T10:15:42.5+08:00';
    expect(shownAs(at, PRESENT)).toBe('2026-11-20T10:15');
    expect(askedFor('2026-11-20T10:15', at, PRESENT)).toBe(at);
  });
  it('is the end of a minute that somebody chose, so that what began within it has begun', () => {
    expect(askedFor('2026-11-20T10:16', '2026-11-20T10:15:42+08:00', PRESENT)).toBe('2026-11-20T10:16:59.999+08:00');
    expect(shownAs('2026-11-20T10:16:59.999+08:00', PRESENT)).toBe('2026-11-20T10:16');
  });
  it('stays a day where a day was asked for', () => {
    expect(shownAs('2026-11-20', PRESENT)).toBe('2026-11-20T23:59');
    expect(askedFor('2026-11-20T23:59', '2026-11-20', PRESENT)).toBe('2026-11-20');
  });
  it('is the present while the field shows the present minute, and what stood there when it is emptied', () => {
    expect(askedFor('2026-11-27T15:04', '', PRESENT)).toBe('');
    expect(askedFor('2026-11-27T15:04', '2026-11-20', PRESENT)).toBe('');
    expect(askedFor('', '', PRESENT)).toBe('');
  });
  it('shows another country’s time in the street’s', () => {
    expect(shownAs('2026-11-20T02:15:42Z', PRESENT)).toBe('2026-11-20T10:15');
    expect(shownAs('not a time', PRESENT)).toBe('');
  });
});
