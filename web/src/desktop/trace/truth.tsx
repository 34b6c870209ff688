// What something says, as a shape and a word: never colour alone.

import { useTranslation } from 'react-i18next';

export type Truth = boolean | null | undefined;

export const markOf = (truth: Truth) => (truth == null ? '?' : truth ? '✓' : '✕');
export const toneOf = (truth: Truth) => (truth == null ? 'tone-soft' : truth ? 'tone-good' : 'tone-late');

export function TruthMark({ truth }: { truth: Truth }) {
  const { t } = useTranslation();
  return (
    <span className={`mark ${toneOf(truth)}`}>
      <i aria-hidden="true">{markOf(truth)}</i>
      <span className="unseen">{t(`trace.truth.${truth == null ? 'unknown' : String(truth)}`)}</span>
    </span>
  );
}

/** A signal's answer as true, false or unknown; null where it says a number. */
export const truthOf = (code: string): Truth => (code === 'true' ? true : code === 'false' ? false : null);
