// How far a run is, and a way to stop it.

import { Button, Progress } from 'antd';
import { useTranslation } from 'react-i18next';

interface Props {
  /** From 0 to 1. */
  share: number;
  /** What is going on. */
  words: string;
  onCancel: () => void;
}

export function Running({ share, words, onCancel }: Props) {
  const { t } = useTranslation();
  return (
    <span className="tools running">
      <Progress percent={Math.round(share * 100)} size="small" aria-label={words} />
      <Button size="small" onClick={onCancel}>{t('parts.stop')}</Button>
    </span>
  );
}
