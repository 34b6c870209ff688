// What stands around every page: what is new, what waits for upload, the four tabs, the complaint entry.

import { useEffect, useRef, useState, type ReactNode } from 'react';
import { unseenOf, useInbox } from './pages/inbox';
import { useQueue } from './queue/use-queue';
import { go, usePlace, type Place } from './route';
import { Toast } from './ui/parts';
import { say } from './words';

export function Shell({ children }: { children: ReactNode }) {
  const inbox = useInbox().data?.body.items;
  const unseen = unseenOf(inbox ?? []);
  const isKnown = inbox !== undefined;
  const waiting = useQueue();
  const [toast, setToast] = useState('');
  const newest = unseen[0];
  const known = useRef<string | null>(null);
  useEffect(() => {
    if (!isKnown) return;
    // The first list is what was there already; only what arrives after it is announced.
    if (known.current !== null && newest && newest.id !== known.current) setToast(say('new_notice', newest.title));
    known.current = newest?.id ?? '';
  }, [isKnown, newest]);
  return (
    <>
      {waiting.length > 0 && (
        <button type="button" className="waiting" onClick={() => go({ page: 'me' })}>
          ↑ {say('waiting_upload', waiting.length)}
        </button>
      )}
      {children}
      <p className="foot">
        <a href="/r?class=service.complaint">{say('complain')}</a>
      </p>
      {toast && <Toast words={toast} onGone={() => setToast('')} />}
      <Tabs unseen={unseen.length} />
    </>
  );
}

function Tabs({ unseen }: { unseen: number }) {
  const place = usePlace();
  const tabs: { to: Place; label: string; mark: string; count?: number }[] = [
    { to: { page: 'todo' }, label: say('tab_todo'), mark: '☰' },
    { to: { page: 'inbox' }, label: say('tab_inbox'), mark: '◉', count: unseen },
    { to: { page: 'report' }, label: say('tab_report'), mark: '＋' },
    { to: { page: 'me' }, label: say('tab_me'), mark: '◎' },
  ];
  return (
    <nav className="tabs">
      {tabs.map(({ to, label, mark, count }) => (
        <button
          type="button"
          key={to.page}
          aria-current={place.page === to.page || (place.page === 'ways' && to.page === 'me') ? 'page' : undefined}
          onClick={() => go(to)}
        >
          <span aria-hidden="true">{mark}</span>
          {label}
          {count ? (
            <span className="badge" data-unseen={count} aria-label={say('unseen', count)}>
              {count > 99 ? '99+' : count}
            </span>
          ) : null}
        </button>
      ))}
    </nav>
  );
}
