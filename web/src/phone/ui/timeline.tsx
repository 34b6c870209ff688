// Who did what, when: every step, oldest first, newest at the foot.

import type { CaseView, TimelineRow } from '../types';
import { say, when } from '../words';

export function Timeline({ view }: { view: CaseView }) {
  return (
    <section>
      <h2>{say('timeline')}</h2>
      <ol className="timeline">
        {view.timeline.filter(isTold).map((row) => (
          <Line key={row.seq} row={row} />
        ))}
      </ol>
    </section>
  );
}

/** Deadlines stand at the top of the case; only a missed one is a step of its own. */
function isTold(row: TimelineRow): boolean {
  return !row.kind.startsWith('promise_') || row.kind === 'promise_broken';
}

function Line({ row }: { row: TimelineRow }) {
  return (
    <li>
      <time dateTime={row.at}>{when(row.at)}</time>
      <strong>{row.actor.label}</strong> {row.label}
      {row.text && <p>{row.text}</p>}
      {row.photos.length > 0 && (
        <div className="thumbs">
          {row.photos.map((photo) => (
            <a key={photo.id} href={photo.url} target="_blank" rel="noreferrer">
              <img src={photo.thumb_url} alt={say('photos')} loading="lazy" />
            </a>
          ))}
        </div>
      )}
    </li>
  );
}
