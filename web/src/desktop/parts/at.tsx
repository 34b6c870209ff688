// An instant as people say it; exact on hovering.

import { exact, when } from '../../shared/format';

export function At({ instant }: { instant: string | null | undefined }) {
  if (!instant) return null;
  return (
    <time dateTime={instant} title={exact(instant)} className="nowrap">
      {when(instant)}
    </time>
  );
}
