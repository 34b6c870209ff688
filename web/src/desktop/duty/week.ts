// A week as days of 24 hours, and what of a span falls on which of them. Times are the street's.

export interface Span {
  from: string;
  to: string;
}
/** A piece of a day in hundredths of it. */
export interface Piece {
  from: number;
  width: number;
}

const DAY = 86_400_000;

export function piecesOf(spans: Span[], begins: string): Piece[] {
  const start = Date.parse(begins);
  return spans.flatMap((span) => {
    const from = Math.max(0, Date.parse(span.from) - start);
    const to = Math.min(DAY, Date.parse(span.to) - start);
    return to > from ? [{ from: (from * 100) / DAY, width: ((to - from) * 100) / DAY }] : [];
  });
}

/** `2026-11-23` some days later. */
export function daysLater(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}
