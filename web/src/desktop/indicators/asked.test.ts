import { describe, expect, it } from 'vitest';
import { askedOf, queryOf, shifted, today } from './asked';

describe('what the page of indicators is asked', () => {
  it('is read from the address, and nothing else is', () => {
    expect(askedOf(new URLSearchParams('period=week&day=2026-11-23&owner=me&area='))).toEqual({ period: 'week', day: '2026-11-23' });
  });
  it('asks the server for a range only when both ends are known, and for no day beside it', () => {
    expect(queryOf({ period: 'range', from: '2026-11-01', day: '2026-11-23' })).toEqual({ period: 'month' });
    expect(queryOf({ period: 'range', from: '2026-11-01', to: '2026-11-09', day: '2026-11-23' })).toEqual({ period: 'range', from: '2026-11-01', to: '2026-11-09' });
    expect(queryOf({ period: 'week', from: '2026-11-01', to: '2026-11-09', day: '2026-11-23' })).toEqual({ period: 'week', day: '2026-11-23' });
  });
  it('counts days over the ends of months, and today as the street has it', () => {
    expect(shifted('2026-03-01', -1)).toBe('2026-02-28');
    expect(today(Date.parse('2026-11-23T17:00:00Z'))).toBe('2026-11-24');
  });
});
