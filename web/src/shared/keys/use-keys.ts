// The one way pages listen to keys.

import { useEffect, useRef } from 'react';
import { KeyGate } from './gate';

const gate = new KeyGate();
if (typeof window !== 'undefined') {
  window.addEventListener('compositionstart', () => gate.compositionStarted(), true);
  window.addEventListener('compositionend', (event) => gate.compositionEnded(event.timeStamp), true);
}

export type Keys = Record<string, () => void>;

/** Runs `keys[code]` for command keys while `on`; a dialog that is open keeps them to itself. */
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
      if (!run || document.querySelector('[role="dialog"]:not([aria-hidden="true"]) :focus, [role="dialog"]:focus')) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [on]);
}
