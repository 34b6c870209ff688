// What is being tried: values and terms, kept in one place; what differs from what is in force.

import type { Shape } from '../../shared/api/client';

export interface Terms {
  from: string;
  to: string;
  days: string;
  severity: string;
  only: string;
  exempt: string;
  reason: string;
}

export const NO_TERMS: Terms = { from: '', to: '', days: '', severity: '', only: '', exempt: '', reason: '' };

/** As the server reads them; what is not filled in is not sent. */
export function termsAsk(terms: Terms): Shape['TermsAsk'] {
  return {
    hours: terms.from && terms.to ? `${terms.from}-${terms.to}${terms.days ? `,${terms.days}` : ''}` : undefined,
    severity: terms.severity || undefined,
    only: terms.only.trim() || undefined,
    exempt: terms.exempt ? [{ subject: terms.exempt, reason: terms.reason }] : [],
  };
}

export const hasTerms = (ask: Shape['TermsAsk']) => Boolean(ask.hours ?? ask.severity ?? ask.only ?? (ask.exempt?.length ? true : undefined));

/** Values that are not those in force. */
export function changed(variables: Shape['VariableView'][], values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(variables.flatMap((v) => (values[v.name] === undefined || values[v.name] === v.value ? [] : [[v.name, values[v.name] as number]])));
}

/** All values, once one differs: what is tried takes the place of what areas have set. */
export function valuesAsk(variables: Shape['VariableView'][], values: Record<string, number>): Record<string, number> {
  if (Object.keys(changed(variables, values)).length === 0) return {};
  return Object.fromEntries(variables.map((v) => [v.name, values[v.name] ?? v.value]));
}

/** A step that goes over the bounds in about a hundred, in round numbers. */
export function stepOf(min: number, max: number): number {
  const rough = (max - min) / 100;
  if (rough <= 0) return 1;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * size).find((s) => s >= rough - 1e-12) ?? size;
  return Number.isInteger(min) && Number.isInteger(max) && max - min >= 2 ? Math.max(1, Math.round(step)) : Number(step.toPrecision(1));
}
