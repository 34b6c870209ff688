// The one way pages listen to keys.

import { useEffect, useRef } from 'react';
import { KeyGate } from './gate';

const gate = new KeyGate();
if (typeof window !== 'undefined') {
  window.addEventListener('compositionstart', () => gate.compositionStarted(), true);
  window.addEventListener('compositionend', (event) => gate.compositionEnded(event.timeStamp), true);
}

/** Dialogs, menus and trees that have the focus keep their keys. */
const KEEPS = ['dialog', 'menu', 'tree'].flatMap((role) => [`[role="${role}"]:focus`, `[role="${role}"] :focus`]).join(', ');

export type Keys = Record<string, () => void>;

/** Runs `keys[code]` for command keys while `on`. */
export function useKeys(keys: Keys, on = true): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    if (!on) return;
    const pressed = (event: KeyboardEvent) => {
      const command = gate.commandOf(event, event.timeStamp);
      const run = command ? latest.current[command] : undefined;
      if (!run || document.querySelector(KEEPS)) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [on]);
}
