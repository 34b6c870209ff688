// What the page is asked, wholly in the address: a copied link is the same numbers for a colleague with the rights.

import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { now } from '../../shared/clock';
import { ZONE } from '../../shared/format';

export const KINDS = ['day', 'week', 'month', 'stat_month', 'quarter', 'year', 'range'] as const;
export type Kind = (typeof KINDS)[number];
const NAMES = ['period', 'day', 'from', 'to', 'area', 'class', 'by'] as const;
export type Asked = Partial<Record<(typeof NAMES)[number], string>>;

export function askedOf(params: URLSearchParams): Asked {
  return Object.fromEntries(NAMES.map((name) => [name, params.get(name) ?? '']).filter(([, value]) => value !== ''));
}

/** What the server is asked: no range without both ends, no day beside a range. */
export function queryOf(asked: Asked): Asked {
  const { day, from, to, ...rest } = asked;
  if (asked.period === 'range') return from && to ? { ...rest, from, to } : { ...rest, period: 'month' };
  return day ? { ...rest, day } : rest;
}

/** Today, as the street's calendar has it. */
export function today(at = now()): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(new Date(at));
}

/** A day so many days on. */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

export function useAsked() {
  const [params, setParams] = useSearchParams();
  const text = new URLSearchParams(Object.entries(askedOf(params))).toString();
  const asked = useMemo(() => askedOf(new URLSearchParams(text)), [text]);
  const set = useCallback(
    (more: Asked) => {
      const entries = Object.entries({ ...asked, ...more }).filter((entry): entry is [string, string] => Boolean(entry[1]));
      setParams(new URLSearchParams(entries));
    },
    [asked, setParams],
  );
  return { asked, set };
}
