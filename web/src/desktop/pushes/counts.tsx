// The receipts of a push as figures, each with a bar of its share of those asked.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';

const PARTS = ['delivered', 'seen', 'coming', 'done', 'cannot'] as const;

export function Counts({ counts }: { counts: Shape['PushCounts'] }) {
  const { t } = useTranslation();
  return (
    <ul className="push-counts" aria-live="polite">
      <li><span>{t('pushes.counts.asked')}</span><strong data-count="asked">{counts.asked}</strong></li>
      {PARTS.map((part) => (
        <li key={part}>
          <span>{t(`pushes.counts.${part}`)}</span>
          <strong data-count={part}>{counts[part]}</strong>
          <progress max={Math.max(counts.asked, 1)} value={counts[part]} aria-hidden="true" />
        </li>
      ))}
    </ul>
  );
}

export function Urgency() {
  const { t } = useTranslation();
  return <span className="severity tone-late">▲ {t('pushes.urgent')}</span>;
}
