// The unsent report, kept on the device: the address of the step (it carries the class, the place and the
// photos' ids) and the words. Gone when the report is sent, or after a day.

const KEY = 'linli.report';
const DAY_MS = 86_400_000;

export interface Draft {
  address: string;
  words: string;
  saved_at: number;
}

export function saveDraft(address: string, words: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify({ address, words, saved_at: Date.now() } satisfies Draft));
  } catch {
    // A full or closed storage costs the convenience, not the report.
  }
}

export function readDraft(now: number): Draft | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Draft | null;
    // Only our own steps are ever followed.
    if (!kept || now - kept.saved_at > DAY_MS || !/^\/r\/(place|words)\?/.test(kept.address)) return null;
    return kept;
  } catch {
    return null;
  }
}

export function clearDraft(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // As above.
  }
}
