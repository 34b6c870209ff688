// The moment that is asked about: as a link names it, and as the field shows it. The field shows minutes, a link names the
// second at which something began; so what was only looked at is asked as it was given, and a minute that somebody chose is
// asked for at its end, as a day is: what began within it has begun.

import { localOf } from '../../shared/format';

/** The street's clock as a field shows it; the present without a moment. A day is asked for at its end. */
export function shownAs(at: string, present: number): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(at)) return `${at}T23:59`;
  return localOf(at || present);
}

/** What a field with this in it asks for, where `at` was asked for before; empty for the present. */
export function askedFor(field: string, at: string, present: number): string {
  if (!field || field === shownAs(at, present)) return at;
  return field === shownAs('', present) ? '' : `${field}:59.999+08:00`;
}
