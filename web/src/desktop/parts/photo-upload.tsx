// Photos for a form: chosen, pasted or dropped, shrunk, uploaded at once; the form's value is their ids.

import { PlusOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { shrink } from '../../photo/shrink';
import { upload, type Shape } from '../../shared/api/client';
import { saidOf } from './problem-view';

type Taken = Shape['PhotoTaken'];

interface Props {
  id?: string;
  value?: string[];
  onChange?: (ids: string[]) => void;
}

export function PhotoUpload({ id, value = [], onChange }: Props) {
  const { t } = useTranslation();
  const [taken, setTaken] = useState<Taken[]>([]);
  const field = useRef<HTMLInputElement>(null);
  const add = useMutation({
    mutationFn: async (files: File[]) => {
      const photos: Taken[] = [];
      for (const file of files) photos.push(await upload<Taken>('/api/v1/photos', await shrink(file)));
      return photos;
    },
    onSuccess: (photos) => {
      setTaken((before) => [...before, ...photos]);
      onChange?.([...new Set([...value, ...photos.map((p) => p.id)])]);
    },
  });
  const take = (files: FileList | null) => {
    const images = [...(files ?? [])].filter((f) => f.type.startsWith('image/') || f.type === '');
    if (images.length > 0) add.mutate(images);
  };
  return (
    <div
      className="photo-upload"
      onPaste={(e) => take(e.clipboardData.files)}
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        take(e.dataTransfer.files);
      }}
    >
      {taken.filter((photo) => value.includes(photo.id)).map((photo) => (
        <figure key={photo.id}>
          <img src={photo.thumb_url} alt={t('parts.photo')} />
          <Button size="small" type="link" onClick={() => onChange?.(value.filter((one) => one !== photo.id))}>{t('parts.remove')}</Button>
        </figure>
      ))}
      <Button icon={<PlusOutlined aria-hidden="true" />} loading={add.isPending} onClick={() => field.current?.click()}>{t('parts.add_photo')}</Button>
      <input
        ref={field}
        id={id}
        type="file"
        accept="image/*"
        multiple
        className="unseen"
        tabIndex={-1}
        aria-label={t('parts.add_photo')}
        onChange={(e) => {
          take(e.target.files);
          e.target.value = '';
        }}
      />
      {add.error && <p role="alert" className="tone-late">! {saidOf(add.error, t)}</p>}
    </div>
  );
}
