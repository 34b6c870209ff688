// 读给我听: the page's own words by the device's own voice. The button stays hidden where there is none.

import { say } from './words';

export function offerReading(button: HTMLButtonElement): void {
  if (!('speechSynthesis' in window)) return;
  const label = button.textContent ?? '';
  button.hidden = false;
  button.onclick = () => {
    const voice = window.speechSynthesis;
    if (voice.speaking) {
      voice.cancel();
      button.textContent = label;
      return;
    }
    const words = new SpeechSynthesisUtterance(readable(document.querySelector('main')));
    words.lang = document.documentElement.lang;
    words.rate = 0.9;
    words.onend = () => (button.textContent = label);
    button.textContent = say('stop_reading');
    voice.speak(words);
  };
}

function readable(main: HTMLElement | null): string {
  return (main?.innerText ?? '').replace(/\s*\n+\s*/g, '。').slice(0, 3_000);
}
