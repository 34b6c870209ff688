// "剩 2 小时 10 分": a deadline in words with a mark; colour comes last.

import { useEffect, useState } from 'react';
import type { PromiseRow } from '../types';
import { say, span } from '../words';

export function Deadline({ promises }: { promises: PromiseRow[] }) {
  const now = useMinute();
  const open = promises.filter((p) => p.state === 'open' || p.state === 'running' || p.state === 'paused');
  const next = open.sort((a, b) => a.due_at.localeCompare(b.due_at))[0];
  if (!next) return null;
  if (next.paused) return <span className="deadline">❚❚ {say('paused')}</span>;
  const left = new Date(next.due_at).getTime() - now;
  if (left < 0) return <span className="deadline late">! {say('overdue', span(-left))}</span>;
  return <span className={`deadline ${left < 4 * 3_600_000 ? 'soon' : ''}`}>◷ {say('left', span(left))}</span>;
}

/** The present minute; redraws when it changes. */
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
