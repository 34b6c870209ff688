// The server's clock. Deadlines are counted from it: a phone's own clock may be wrong, and a demonstration's
// runs ahead.

let ahead = 0;

export function setServerNow(instant: string): void {
  const at = Date.parse(instant);
  if (!Number.isNaN(at)) ahead = at - Date.now();
}
export function now(): number {
  return Date.now() + ahead;
}
