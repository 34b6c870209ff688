// Who did what, when: every step, oldest first. Chips narrow it; a run of deadline notes folds into one line.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { At } from '../parts/at';
import type { CaseView } from './use-case';

type Step = Shape['TimelineRow'];
type Kind = 'people' | 'clocks' | 'signals' | 'outside';

const CHIPS: Kind[] = ['people', 'clocks', 'signals', 'outside'];
const SIGNALS = ['finding_joined', 'signal_ended', 'retracted'];

function isOf(row: Step, kind: Kind): boolean {
  switch (kind) {
    case 'clocks':
      return row.kind.startsWith('promise_');
    case 'signals':
      return SIGNALS.includes(row.kind);
    case 'outside':
      return row.audience === 'reporter';
    case 'people':
      return row.actor.kind !== 'system' && !row.kind.startsWith('promise_');
  }
}

/** Deadlines that were made or kept fold together where they follow each other; a broken one stands by itself. */
const isFolded = (row: Step) => row.kind.startsWith('promise_') && row.kind !== 'promise_broken';

function folded(rows: Step[]): Step[][] {
  const runs: Step[][] = [];
  for (const row of rows) {
    const last = runs.at(-1);
    if (last?.[0] && isFolded(row) && isFolded(last[0])) last.push(row);
    else runs.push([row]);
  }
  return runs;
}

export function Timeline({ view }: { view: CaseView }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind | null>(null);
  const rows = kind ? view.timeline.filter((row) => isOf(row, kind)) : view.timeline;
  const runs = kind === 'clocks' ? rows.map((row) => [row]) : folded(rows);
  return (
    <section>
      <div className="sheet-head">
        <h3>{t('cases.timeline')}</h3>
        <div className="chips" role="group" aria-label={t('cases.chips')}>
          <button type="button" aria-pressed={kind === null} onClick={() => setKind(null)}>{t('cases.chip.all')} {view.timeline.length}</button>
          {CHIPS.map((one) => {
            const n = view.timeline.filter((row) => isOf(row, one)).length;
            return (
              <button key={one} type="button" aria-pressed={kind === one} disabled={n === 0} onClick={() => setKind(kind === one ? null : one)}>
                {t(`cases.chip.${one}`)} {n}
              </button>
            );
          })}
        </div>
      </div>
      <ol className="timeline">
        {runs.map((run) => (run.length === 1 && run[0] ? <Line key={run[0].seq} row={run[0]} /> : <Fold key={run[0]?.seq} run={run} />))}
      </ol>
    </section>
  );
}

function Line({ row }: { row: Step }) {
  const { t } = useTranslation();
  const isLate = row.kind === 'promise_broken';
  // Deadlines and signals are short: one line each.
  const isShort = row.kind.startsWith('promise_') || SIGNALS.includes(row.kind);
  return (
    <li className={row.audience === 'reporter' ? 'outside' : ''}>
      <At instant={row.at} />
      <div>
        <span className="soft">{row.actor.label}</span> <strong className={isLate ? 'tone-late' : ''}>{isLate ? '! ' : ''}{row.label}</strong>
        {row.audience === 'reporter' && <span className="tag-outside">{t('cases.reporter_sees')}</span>}
        {row.text && (isShort ? <span className="soft"> {row.text}</span> : <p className="wrap">{row.text}</p>)}
        {row.photos.length > 0 && (
          <div className="strip">
            {row.photos.map((photo) => (
              <a key={photo.id} href={photo.url} target="_blank" rel="noreferrer">
                <img src={photo.thumb_url} alt={photo.when === 'before' ? t('cases.before') : t('cases.after')} loading="lazy" />
              </a>
            ))}
          </div>
        )}
      </div>
    </li>
  );
}

function Fold({ run }: { run: Step[] }) {
  const { t } = useTranslation();
  const words = run.map((row) => `${row.label} ${row.text}`);
  return (
    <li className="fold">
      <At instant={run[0]?.at} />
      <details>
        <summary>{t('cases.folded', { n: run.length, first: words[0] ?? '' })}</summary>
        <ul>
          {run.map((row) => (
            <li key={row.seq}>
              <At instant={row.at} /> {row.label} {row.text}
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}
