// 上报: photo, class, building and door, send. Five taps, nothing typed; works without a network.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { read, Refused } from '../api';
import { submit } from '../queue/queue';
import { go } from '../route';
import { useMe } from '../session';
import { takePending } from '../ui/pending-photo';
import type { CaseFiled, ClassTile, NearbyRow } from '../types';
import { PhotoField } from '../ui/photo-field';
import { Button, Card, Loading, Trouble } from '../ui/parts';
import { rememberPlace, type Spot } from '../ui/places';
import { PlacePicker } from '../ui/place-picker';
import { say } from '../words';

interface Draft {
  photos: Blob[];
  skipped: boolean;
  tile?: ClassTile;
  place?: Spot;
  text: string;
  name: string;
  phone: string;
}

const EMPTY: Draft = { photos: [], skipped: false, text: '', name: '', phone: '' };

export function ReportPage() {
  const [draft, setDraft] = useState<Draft>(() => ({ ...EMPTY, photos: takePending() }));
  const [filed, setFiled] = useState<CaseFiled | 'waiting' | null>(null);
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const restart = () => {
    setDraft(EMPTY);
    setFiled(null);
  };
  if (filed) return <Filed filed={filed} onAnother={restart} />;
  if (draft.photos.length === 0 && !draft.skipped) {
    return (
      <main>
        <h1>{say('step_photo')}</h1>
        <PhotoField big photos={[]} onChange={(photos) => change({ photos })} />
        <Button kind="quiet" onClick={() => change({ skipped: true })}>{say('without_photo')}</Button>
      </main>
    );
  }
  if (!draft.tile) return <ClassStep onChoose={(tile) => change({ tile })} />;
  if (!draft.place) {
    return (
      <main>
        <h1>{say('step_place')}</h1>
        <PlacePicker onChoose={(place) => change({ place })} />
        <Button kind="plain" onClick={() => change({ tile: undefined })}>{say('back')}</Button>
      </main>
    );
  }
  return <SendStep draft={draft} tile={draft.tile} place={draft.place} change={change} onFiled={setFiled} />;
}

function ClassStep({ onChoose }: { onChoose: (tile: ClassTile) => void }) {
  const tiles = useQuery({ queryKey: ['classes'], queryFn: () => read<{ items: ClassTile[] }>('/public/classes'), staleTime: 3_600_000 });
  if (tiles.isPending) return <Loading />;
  if (tiles.isError) return <main><Trouble>{say('failed', tiles.error.message)}</Trouble></main>;
  return (
    <main>
      <h1>{say('step_class')}</h1>
      <div className="tiles">
        {tiles.data.body.items.map((tile) => (
          <button type="button" key={tile.code} className="chip" onClick={() => onChoose(tile)}>
            {tile.danger ? '⚠ ' : ''}
            {tile.label}
          </button>
        ))}
      </div>
    </main>
  );
}

interface SendProps {
  draft: Draft;
  tile: ClassTile;
  place: Spot;
  change: (part: Partial<Draft>) => void;
  onFiled: (filed: CaseFiled | 'waiting') => void;
}

function SendStep({ draft, tile, place, change, onFiled }: SendProps) {
  const me = useMe();
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState('');
  const label = tile.label;
  const reporter = draft.name || draft.phone ? { name: draft.name, phone: draft.phone } : undefined;
  const channel = reporter ? 'phone' : 'cadre';
  const file = () => send('/cases', { class: tile.code, text: draft.text, place: place.name, area: place.id, channel, reporter });
  const join = (id: string) => send(`/cases/${id}/join`, { text: draft.text || label, channel, reporter });
  const send = async (path: string, body: Record<string, unknown>) => {
    setBusy(true);
    setWrong('');
    try {
      const outcome = await submit<CaseFiled>({
        user: me.user?.id ?? '',
        label: `${label} · ${place.name}`,
        path,
        body,
        photos: draft.photos,
        photo_field: 'photos',
      });
      rememberPlace(place);
      void client.invalidateQueries({ queryKey: ['cases'] });
      onFiled(outcome.state === 'sent' ? outcome.answer : 'waiting');
    } catch (fault) {
      setWrong(fault instanceof Refused ? fault.message : say('failed', String(fault)));
      setBusy(false);
    }
  };
  return (
    <main>
      <h1>{say('step_send')}</h1>
      {wrong && <Trouble>{wrong}</Trouble>}
      <Card>
        <strong>{label}</strong>
        <p>{place.name}</p>
        <PhotoField photos={draft.photos} onChange={(photos) => change({ photos })} />
      </Card>
      <Button className="huge" disabled={busy} onClick={() => void file()}>{say('submit')}</Button>
      <Alike tile={tile} place={place} busy={busy} onJoin={(id) => void join(id)} />
      <details className="more">
        <summary>{say('note_text')}</summary>
        <textarea aria-label={say('note_text')} rows={3} maxLength={1000} value={draft.text} onChange={(e) => change({ text: e.target.value })} />
      </details>
      <details className="more">
        <summary>{say('for_someone')}</summary>
        <label htmlFor="reporter-name">{say('reporter_name')}</label>
        <input id="reporter-name" value={draft.name} onChange={(e) => change({ name: e.target.value })} />
        <label htmlFor="reporter-phone">{say('reporter_phone')}</label>
        <input id="reporter-phone" type="tel" value={draft.phone} onChange={(e) => change({ phone: e.target.value })} />
      </details>
      <Button kind="plain" onClick={() => change({ place: undefined })}>{say('back')}</Button>
    </main>
  );
}

interface AlikeProps {
  tile: ClassTile;
  place: Spot;
  busy: boolean;
  onJoin: (id: string) => void;
}

/** What is known here already: joined, it keeps a number of its own. Without a network nothing is suggested. */
function Alike({ tile, place, busy, onJoin }: AlikeProps) {
  const path = `/cases/alike?class=${encodeURIComponent(tile.code)}&area=${encodeURIComponent(place.id)}`;
  const found = useQuery({ queryKey: ['alike', tile.code, place.id], queryFn: () => read<NearbyRow[]>(path), retry: false });
  const alike = found.data?.keptAt ? [] : (found.data?.body ?? []);
  if (alike.length === 0) return null;
  return (
    <section aria-label={say('alike_here')}>
      <h2>{say('alike_here')}</h2>
      {alike.map((one) => (
        <Card key={one.id}>
          <strong>{one.title}</strong>
          <p className="hint">{[one.place, one.alike, one.stage.label, say('reporters', one.reporters_count)].filter(Boolean).join(' · ')}</p>
          <Button kind="quiet" disabled={busy} onClick={() => onJoin(one.id)}>{say('join')}</Button>
        </Card>
      ))}
    </section>
  );
}

function Filed({ filed, onAnother }: { filed: CaseFiled | 'waiting'; onAnother: () => void }) {
  if (filed === 'waiting') {
    return (
      <main>
        <p className="notice-good" role="status">↑ {say('kept_waiting')}</p>
        <Button onClick={onAnother}>{say('another')}</Button>
      </main>
    );
  }
  return (
    <main>
      <p className="notice-good" role="status">✓ {say('registered', filed.number)}</p>
      {filed.claim_code && <p>{say('claim_code', filed.claim_code)}</p>}
      <Button onClick={() => go({ page: 'case', id: filed.id })}>{say('see_case')}</Button>
      <Button kind="quiet" onClick={onAnother}>{say('another')}</Button>
    </main>
  );
}
