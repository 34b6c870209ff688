// Where a case stands, and how grave it is: always the word, a shape, and only then a colour.

import type { Shape } from '../../shared/api/client';

const ENDED = ['answered', 'closed', 'merged', 'withdrawn', 'rejected'];
const CAME_BACK = ['disputed', 'review'];

export const isOpen = (stage: Shape['Coded']) => !ENDED.includes(stage.code);

export function StageTag({ stage }: { stage: Shape['Coded'] }) {
  const look = CAME_BACK.includes(stage.code) ? 'back' : isOpen(stage) ? 'open' : '';
  return <span className={`stage ${look}`}>{stage.label}</span>;
}

const MARKS: Record<string, [string, string]> = { alarm: ['▲', 'tone-late'], urgent: ['◆', 'tone-soon'] };

/** Only what is more than usual is marked. */
export function SeverityMark({ severity }: { severity: Shape['Coded'] }) {
  const [sign, tone] = MARKS[severity.code] ?? [];
  if (!sign) return null;
  return (
    <span className={`mark severity ${tone}`}>
      <i aria-hidden="true">{sign}</i>
      {severity.label}
    </span>
  );
}
