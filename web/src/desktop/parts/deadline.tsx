// A promise in words with a mark: 剩 2 小时 10 分, 已超时, 计时暂停. Colour comes last.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { exact, span } from '../../shared/format';
import { useNow } from './now';

type Promised = Shape['PromiseView'];

/** The promise that matters now: the next open one, else the last one broken. */
export function nextPromise(promises: Promised[]): Promised | undefined {
  const open = promises.filter((p) => p.state === 'open').sort((a, b) => a.due_at.localeCompare(b.due_at));
  const broken = promises.filter((p) => p.state === 'broken').sort((a, b) => b.due_at.localeCompare(a.due_at));
  return open.find((p) => !p.paused) ?? open[0] ?? broken[0];
}

export function Deadline({ promises, open = true }: { promises: Promised[]; open?: boolean }) {
  const { t } = useTranslation();
  const next = nextPromise(promises);
  if (!next || (!open && next.state !== 'open')) return null;
  // A promise that was broken stays owed beside the one that still runs.
  const missed = next.state === 'open' ? promises.find((p) => p.state === 'broken') : undefined;
  return (
    <>
      {missed && (
        <span className="mark tone-late" title={t('parts.due_at', { what: missed.label, at: exact(missed.due_at) })}>
          <i aria-hidden="true">!</i>
          {t('parts.missed', { what: missed.label })}
        </span>
      )}{' '}
      <Clock promise={next} />
    </>
  );
}

/** One promise; with its name when several stand together. What is over no longer counts on. */
export function Clock({ promise, named = false, over = false }: { promise: Promised; named?: boolean; over?: boolean }) {
  const { t } = useTranslation();
  const now = useNow();
  const left = Date.parse(promise.due_at) - now;
  const name = named ? `${promise.label} ` : '';
  const title = t('parts.due_at', { what: promise.label, at: exact(promise.due_at) }) + (promise.provisional ? ` · ${t('parts.provisional')}` : '');
  const mark = (sign: string, tone: string, words: string) => (
    <span className={`mark ${tone}`} title={title}>
      <i aria-hidden="true">{sign}</i>
      <span>{name}{words}</span>
    </span>
  );
  if (promise.state === 'kept') return mark('✓', 'tone-good', t('parts.kept'));
  if (promise.state === 'void') return mark('–', 'tone-soft', t('parts.void'));
  if (promise.state === 'broken' && over) return mark('!', 'tone-late', t('parts.was_late'));
  if (promise.state === 'broken') return mark('!', 'tone-late', t('parts.overdue', { n: span(-left) }));
  if (promise.paused) return mark('‖', 'tone-soft', t('parts.paused'));
  if (left < 0) return mark('!', 'tone-late', t('parts.overdue', { n: span(-left) }));
  return mark('◷', promise.tone === 'due_soon' ? 'tone-soon' : 'tone-soft', t('parts.left', { n: span(left) }));
}
