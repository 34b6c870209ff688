// Camera first: one tap opens it. The photo is shrunk at once, so that nothing large ever waits for upload.

import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { shrink } from '../../photo/shrink';
import { say } from '../words';

interface Props {
  photos: Blob[];
  onChange: (photos: Blob[]) => void;
  label?: string;
  big?: boolean;
  /** Beside something more important. */
  quiet?: boolean;
  children?: ReactNode;
}

export function PhotoField({ photos, onChange, label, big, quiet }: Props) {
  const [state, setState] = useState<'idle' | 'working' | 'refused'>('idle');
  const take = async (files: FileList | null) => {
    const file = files?.[0];
    if (!file) return;
    setState('working');
    const small = await shrink(file);
    if (small === file && !(await opens(file))) return setState('refused');
    setState('idle');
    onChange([...photos, small]);
  };
  return (
    <div className="photo-field">
      {photos.map((photo, n) => (
        <Preview key={n} photo={photo} onRemove={() => onChange(photos.filter((_, i) => i !== n))} />
      ))}
      <label className={`button ${photos.length > 0 || quiet ? 'quiet' : 'primary'} ${big ? 'huge' : ''}`}>
        {label ?? say('add_photo')}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          className="unseen"
          onChange={(event) => {
            void take(event.target.files);
            event.target.value = '';
          }}
        />
      </label>
      {state === 'working' && <p role="status">{say('shrinking')}</p>}
      {state === 'refused' && <p role="alert" className="trouble">{say('not_a_photo')}</p>}
    </div>
  );
}

function Preview({ photo, onRemove }: { photo: Blob; onRemove: () => void }) {
  const url = useMemo(() => URL.createObjectURL(photo), [photo]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <figure className="preview">
      <img src={url} alt={say('photos')} />
      <button type="button" className="button plain" onClick={onRemove}>{say('retake')}</button>
    </figure>
  );
}

async function opens(file: File): Promise<boolean> {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    // What this phone's browser cannot show (HEIC) the server may still read.
    return file.type.startsWith('image/') && !/jpe?g|png|webp|gif/.test(file.type);
  }
}
