// Which key presses are commands. Keys typed into fields, with modifiers, or while an input method composes (and
// 100 ms after it ended: its last Enter arrives late) are not.

export interface KeyLike {
  code: string;
  key: string;
  keyCode?: number;
  isComposing?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
  shiftKey?: boolean;
  repeat?: boolean;
  defaultPrevented?: boolean;
  target: unknown;
}

export const QUIET_MS = 100;
/** What browsers send as keyCode while an input method is at work. */
const COMPOSING = 229;

export class KeyGate {
  #composing = false;
  #endedAt = Number.NEGATIVE_INFINITY;

  compositionStarted(): void {
    this.#composing = true;
  }

  compositionEnded(at: number): void {
    this.#composing = false;
    this.#endedAt = at;
  }

  /** `Shift+Slash`, `KeyJ`; null when the key is not a command. */
  commandOf(event: KeyLike, at: number): string | null {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
    if (this.#composing || event.isComposing || event.keyCode === COMPOSING || event.key === 'Process') return null;
    if (at - this.#endedAt < QUIET_MS) return null;
    if (isField(event.target)) return null;
    if ((event.code === 'Enter' || event.code === 'Space') && isPressed(event.target)) return null;
    return event.shiftKey ? `Shift+${event.code}` : event.code;
  }
}

function isField(target: unknown): boolean {
  if (!target || typeof target !== 'object') return false;
  const element = target as { tagName?: string; isContentEditable?: boolean; type?: string };
  if (element.isContentEditable) return true;
  return ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName ?? '');
}

/** What Enter and the space bar press themselves. */
function isPressed(target: unknown): boolean {
  return Boolean(target) && typeof target === 'object' && ['BUTTON', 'A', 'SUMMARY'].includes((target as { tagName?: string }).tagName ?? '');
}
