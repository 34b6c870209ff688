// Before and after at the same scale; the arrow keys go through them.

import { Modal } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';

type Photo = Shape['PhotoView'];

export function PhotoPairs({ photos }: { photos: Photo[] }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<number | null>(null);
  const count = photos.length;
  const isOpen = open !== null;
  // Wherever the dialog puts the focus, with motion or without.
  useEffect(() => {
    if (!isOpen) return;
    const by = (event: KeyboardEvent) => ({ ArrowRight: 1, ArrowLeft: -1 })[event.key] ?? 0;
    const step = (event: KeyboardEvent) => setOpen((n) => (n === null ? n : (n + by(event) + count) % count));
    addEventListener('keydown', step);
    return () => removeEventListener('keydown', step);
  }, [isOpen, count]);
  if (count === 0) return null;
  const ordered = [...photos.filter((p) => p.when === 'before'), ...photos.filter((p) => p.when !== 'before')];
  const word = (photo: Photo) => (photo.when === 'before' ? t('cases.before') : t('cases.after'));
  const strip = (when: 'before' | 'after') => {
    const mine = ordered.filter((p) => (p.when === 'before') === (when === 'before'));
    return (
      <div>
        <h4>{when === 'before' ? t('cases.before') : t('cases.after')}</h4>
        {mine.length === 0 && <p className="soft small">{t('cases.no_photo')}</p>}
        <div className="strip">
          {mine.map((photo) => (
            <button key={photo.id} type="button" onClick={() => setOpen(ordered.indexOf(photo))}>
              <img src={photo.thumb_url} alt={t('cases.photo_n', { when: word(photo), n: mine.indexOf(photo) + 1 })} loading="lazy" />
              {photo.proof && <span className="proof">{photo.proof}</span>}
            </button>
          ))}
        </div>
      </div>
    );
  };
  const shown = open === null ? undefined : ordered[open];
  return (
    <section>
      <h3>{t('cases.photos')}</h3>
      <div className="pairs">
        {strip('before')}
        {strip('after')}
      </div>
      <Modal
        open={shown !== undefined}
        onCancel={() => setOpen(null)}
        footer={<span className="soft">{t('cases.photo_keys')}</span>}
        title={shown && `${word(shown)} · ${(open ?? 0) + 1} / ${ordered.length}`}
        width="min(96vw, 1000px)"
        centered
      >
        {shown && (
          <div className="large">
            <img src={shown.url} alt={t('cases.photo_n', { when: word(shown), n: (open ?? 0) + 1 })} />
          </div>
        )}
      </Modal>
    </section>
  );
}
