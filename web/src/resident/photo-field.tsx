/** @jsxImportSource preact */
// The photo field, grown: a big button, a preview, and a small file in place of the large one. The form stays
// the page's own and is posted by the browser.

import { render } from 'preact';
import { useState } from 'preact/hooks';
import { shrink } from '../photo/shrink';
import { say } from './words';

type Shown = { kind: 'none' } | { kind: 'working' } | { kind: 'ready'; url: string; kb: number } | { kind: 'unreadable' };

export function growPhotoField(form: HTMLFormElement): void {
  const input = form.querySelector<HTMLInputElement>('input[type=file]');
  const slot = form.querySelector<HTMLElement>('[data-preview]');
  if (!input || !slot || typeof createImageBitmap !== 'function' || typeof DataTransfer !== 'function') return;
  input.closest('.photo')?.classList.add('grown');
  render(<PhotoField input={input} />, slot);
}

function PhotoField({ input }: { input: HTMLInputElement }) {
  const [shown, setShown] = useState<Shown>({ kind: 'none' });
  input.onchange = async () => {
    const file = input.files?.[0];
    if (!file) return setShown({ kind: 'none' });
    setShown({ kind: 'working' });
    const small = await shrink(file);
    const readable = small !== file || (await isPicture(file));
    if (!readable) {
      input.value = '';
      return setShown({ kind: 'unreadable' });
    }
    const swap = new DataTransfer();
    swap.items.add(small);
    input.files = swap.files;
    input.closest('.photo')?.classList.add('taken');
    setShown({ kind: 'ready', url: URL.createObjectURL(small), kb: Math.ceil(small.size / 1024) });
  };
  if (shown.kind === 'none') return null;
  if (shown.kind === 'working') return <p role="status">{say('photo_working')}</p>;
  if (shown.kind === 'unreadable') return <p role="alert" class="trouble">{say('not_a_photo')}</p>;
  return (
    <div class="preview" role="status">
      <img src={shown.url} alt="" />
      <p>{say('photo_ready', String(shown.kb))}</p>
    </div>
  );
}

async function isPicture(file: File): Promise<boolean> {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    // HEIC and the like: this browser cannot show it, the server may.
    return file.type.startsWith('image/') && !/jpe?g|png|webp|gif/.test(file.type);
  }
}
