// The foot of a list that is read page by page.

import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

interface Props {
  shown: number;
  hasMore: boolean;
  loading: boolean;
  onMore: () => void;
}

export function More({ shown, hasMore, loading, onMore }: Props) {
  const { t } = useTranslation();
  if (shown === 0) return null;
  return (
    <div style={{ padding: 12, textAlign: 'center' }}>
      {hasMore ? (
        <Button onClick={onMore} loading={loading}>{t('parts.more', { n: shown })}</Button>
      ) : (
        <span className="soft small">{t('parts.all_shown', { n: shown })}</span>
      )}
    </div>
  );
}
