// The script of the resident pages. Every page is whole without it; it saves data, keeps a draft and reads aloud.

import { clearDraft, readDraft, saveDraft } from './draft';
import { growPhotoField } from './photo-field';
import { offerReading } from './read-aloud';
import { say } from './words';

const island = document.body.dataset.island;
const here = location.pathname + location.search;

for (const button of document.querySelectorAll<HTMLButtonElement>('[data-read]')) offerReading(button);
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-print]')) {
  button.hidden = false;
  button.onclick = () => window.print();
}
for (const form of document.querySelectorAll<HTMLFormElement>('form[data-send], form[data-report]')) sendOnce(form);

if (island === 'report') {
  const form = document.querySelector<HTMLFormElement>('form[data-report]');
  if (form) growPhotoField(form);
  offerDraft();
}
if (island === 'place') saveDraft(here, '');
if (island === 'words') keepWords();
if (island === 'thanks') {
  clearDraft();
  offerCopy();
}

/** A second tap while the first is on its way does nothing. The server would not register it twice either. */
function sendOnce(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener('submit', (event) => {
    if (sent) return event.preventDefault();
    sent = true;
    const button = (event as SubmitEvent).submitter;
    if (button?.classList.contains('big')) button.textContent = say('sending');
    button?.setAttribute('aria-busy', 'true');
  });
  // Coming back with the browser's button, the page may be as it was left.
  window.addEventListener('pageshow', () => (sent = false));
}

function offerDraft(): void {
  const banner = document.querySelector<HTMLElement>('[data-draft]');
  const kept = readDraft(Date.now());
  const link = banner?.querySelector('a');
  if (!banner || !link || !kept || location.search.includes('k=')) return;
  link.href = kept.address;
  banner.hidden = false;
}

function keepWords(): void {
  const words = document.querySelector<HTMLTextAreaElement>('#words');
  if (!words) return;
  const kept = readDraft(Date.now());
  if (kept?.address === here && words.value === '') words.value = kept.words;
  const save = () => saveDraft(here, words.value);
  // Only the GET address can be opened again; a page shown after an error keeps the former draft.
  if (location.pathname === '/r/words') {
    save();
    words.addEventListener('input', save);
  }
}

function offerCopy(): void {
  const code = document.querySelector<HTMLElement>('[data-code]');
  if (!code || !navigator.clipboard) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'line';
  button.textContent = say('copy_code');
  button.onclick = async () => {
    await navigator.clipboard.writeText(code.textContent ?? '');
    button.textContent = say('copied');
  };
  code.closest('dl')?.after(button);
}
