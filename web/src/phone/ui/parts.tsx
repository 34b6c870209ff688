// The few components the phone pages are made of.

import { useEffect, type ButtonHTMLAttributes, type ReactNode } from 'react';
import { say } from '../words';

type Kind = 'primary' | 'quiet' | 'plain' | 'danger';

export function Button({ kind = 'primary', ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Kind }) {
  return <button type="button" {...rest} className={`button ${kind} ${rest.className ?? ''}`} />;
}

export function Card({ children, tone }: { children: ReactNode; tone?: string }) {
  return <section className={`card ${tone ?? ''}`}>{children}</section>;
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

export function Loading() {
  return <p className="empty" role="status">{say('loading')}</p>;
}

export function Trouble({ children }: { children: ReactNode }) {
  return <div className="trouble" role="alert">{children}</div>;
}

/** Short words at the foot of the screen, gone after a while. */
export function Toast({ words, onGone }: { words: string; onGone: () => void }) {
  useEffect(() => {
    const timer = setTimeout(onGone, 5_000);
    return () => clearTimeout(timer);
  }, [words, onGone]);
  return <div className="toast" role="status">{words}</div>;
}

/** A choice of a few words, one tap each. */
export function Chips(props: {
  options: { code: string; label: string }[];
  chosen?: string;
  onChoose: (code: string) => void;
  label: string;
}) {
  return (
    <div className="chips" role="group" aria-label={props.label}>
      {props.options.map((o) => (
        <button
          type="button"
          key={o.code}
          className="chip"
          aria-pressed={props.chosen === o.code}
          onClick={() => props.onChoose(o.code)}
        >
          {props.chosen === o.code ? '✓ ' : ''}
          {o.label}
        </button>
      ))}
    </div>
  );
}
