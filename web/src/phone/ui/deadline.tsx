// "剩 2 小时 10 分": a deadline in words with a mark; colour comes last.

import { useEffect, useState } from 'react';
import type { PromiseRow } from '../types';
import { now as serverNow } from '../clock';
import { say, span } from '../words';

export function Deadline({ promises }: { promises: PromiseRow[] }) {
  const now = useMinute();
  const next = promises.filter((p) => p.state === 'open').sort((a, b) => a.due_at.localeCompare(b.due_at))[0];
  const missed = promises.filter((p) => p.state === 'broken').sort((a, b) => b.due_at.localeCompare(a.due_at))[0];
  if (!next) return missed ? <span className="deadline late">! {say('overdue', span(now - Date.parse(missed.due_at)))}</span> : null;
  if (next.paused) return <span className="deadline">‖ {say('paused')}</span>;
  const left = new Date(next.due_at).getTime() - now;
  if (left < 0) return <span className="deadline late">! {say('overdue', span(-left))}</span>;
  return <span className={`deadline ${next.tone === 'due_soon' ? 'soon' : ''}`}>◷ {say('left', span(left))}</span>;
}

/** The present minute; redraws when it changes. */
function useMinute(): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
