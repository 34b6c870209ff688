import { beforeEach, describe, expect, it, vi } from 'vitest';
import { clearDraft, readDraft, saveDraft } from './draft';

describe('an unsent report', () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    kept.clear();
    vi.stubGlobal('localStorage', {
      getItem: (k: string) => kept.get(k) ?? null,
      setItem: (k: string, v: string) => kept.set(k, v),
      removeItem: (k: string) => kept.delete(k),
    });
    vi.useFakeTimers({ now: 1_000_000 });
  });

  it('is found again with its words, for a day', () => {
    saveDraft('/r/words?k=a&class=b', '从昨天开始');
    expect(readDraft(1_000_000)?.words).toBe('从昨天开始');
    expect(readDraft(1_000_000 + 86_400_001)).toBeNull();
  });

  it('is gone when the report is sent', () => {
    saveDraft('/r/words?k=a', '');
    clearDraft();
    expect(readDraft(1_000_000)).toBeNull();
  });

  it('never leads anywhere but to a step of a report', () => {
    for (const address of ['https://example.org/r/words?k=a', '/m/', '//example.org/r/words?', 'javascript:alert(1)']) {
      saveDraft(address, '');
      expect(readDraft(1_000_000), address).toBeNull();
    }
  });
});
