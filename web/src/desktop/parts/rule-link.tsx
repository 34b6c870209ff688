// The way to a rule. An area's own rule, `rule@AREA`, has no page among the rules of the street.

import type { ReactNode } from 'react';
import { Link } from 'react-router';

/** Where a rule is tried, or among all others where it is only read. */
export function ruleTo(code: string, read = false): string {
  if (code.includes('@')) return '/rules?view=own';
  return `/rules${read ? '?rule=' : '/'}${encodeURIComponent(code)}`;
}

export function RuleLink({ code, read, children }: { code: string; read?: boolean; children: ReactNode }) {
  return <Link to={ruleTo(code, read)}>{children}</Link>;
}
