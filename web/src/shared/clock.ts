// The server's clock. Deadlines are counted from it: a desk's own clock may be wrong, and a demonstration's runs
// ahead.

let ahead = 0;

export function setServerNow(instant: string, localNow = Date.now()): void {
  const at = Date.parse(instant);
  if (!Number.isNaN(at)) ahead = at - localNow;
}

export function now(localNow = Date.now()): number {
  return localNow + ahead;
}
