// Rules as the server reads them: as text, as a form, and each in words. No rule is understood here.

import { useQuery } from '@tanstack/react-query';
import { api, ask, type Shape } from '../../shared/api/client';

export type RuleForm = Shape['RoutingRuleForm'];
export type Asked = { text: string } | { rules: RuleForm[] };

export function useChecked(asked: Asked) {
  return useQuery({
    queryKey: ['routing-checked', asked],
    queryFn: () => ask(api.POST('/api/v1/routing/check', { body: asked })),
    placeholderData: (before) => before,
    staleTime: Infinity,
  });
}

/** A code that none of the rules has. */
export function freeCode(rules: RuleForm[]): string {
  let n = rules.length + 1;
  while (rules.some((rule) => rule.code === `rule_${n}`)) n += 1;
  return `rule_${n}`;
}

/** The rules with one of them moved up or down. */
export function moved<T>(all: T[], from: number, by: number): T[] {
  const to = from + by;
  if (to < 0 || to >= all.length) return all;
  const next = [...all];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(to, 0, one);
  return next;
}
