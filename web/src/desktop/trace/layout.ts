// Where the signals of a rule stand in its drawing: each to the right of what it reads, what they hear at the left.

export interface Spot {
  x: number;
  y: number;
}

export const BOX = { width: 196, height: 76, across: 56, down: 20, edge: 8 };

/** The column of every signal: behind the furthest it reads; what reads nothing stands in the first behind the measures. */
export function columns(reads: number[][]): number[] {
  const found: number[] = [];
  for (const inputs of reads) found.push(1 + Math.max(0, ...inputs.map((i) => found[i] ?? 0)));
  return found;
}

/** Spots of columns of so many boxes, each column centred. */
export function spots(column: number[]): { spots: Spot[]; width: number; height: number } {
  const rows = new Map<number, number>();
  for (const c of column) rows.set(c, (rows.get(c) ?? 0) + 1);
  const tallest = Math.max(1, ...rows.values());
  const step = BOX.height + BOX.down;
  const taken = new Map<number, number>();
  const placed = column.map((c) => {
    const row = taken.get(c) ?? 0;
    taken.set(c, row + 1);
    const free = tallest - (rows.get(c) ?? 1);
    return { x: BOX.edge + c * (BOX.width + BOX.across), y: BOX.edge + (row + free / 2) * step };
  });
  const widest = Math.max(0, ...column);
  return { spots: placed, width: (widest + 1) * (BOX.width + BOX.across) - BOX.across + 2 * BOX.edge, height: tallest * step - BOX.down + 2 * BOX.edge };
}
