// How times and spans are written. All in the street's zone, wherever the reader sits.

import i18next from 'i18next';
import { now } from './clock';
import { currentLang } from './i18n';

export const ZONE = 'Asia/Shanghai';
const MINUTE = 60_000;

const locale = () => (currentLang() === 'zh' ? 'zh-CN' : 'en-GB');

function part(at: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(), { timeZone: ZONE, ...options }).format(at);
}

/** Today's times as a time, this year's with their day, others whole. An instant without a time of day stays one. */
export function when(instant: string | null | undefined, from = now()): string {
  if (!instant) return '';
  if (/^\d{4}-\d{2}-\d{2}$/.test(instant)) return instant;
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  const time = part(at, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = (d: Date) => part(d, { year: 'numeric', month: '2-digit', day: '2-digit' });
  const today = new Date(from);
  if (day(at) === day(today)) return time;
  const year = (d: Date) => part(d, { year: 'numeric' });
  const short = part(at, { month: '2-digit', day: '2-digit' });
  return year(at) === year(today) ? `${short} ${time}` : `${day(at)} ${time}`;
}

/** An instant as a field for date and time wants it, to the minute. */
export function localOf(instant: string | number): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return '';
  return new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short', timeStyle: 'short' }).format(at).replace(' ', 'T');
}

/** A moment of a field for date and time; an empty one stays so, and the server names it. */
export function instantOf(local: string): string {
  return local ? `${local}:00+08:00` : '';
}

/** Exact to the second, for hovering. */
export function exact(instant: string | null | undefined): string {
  if (!instant) return '';
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return instant;
  return part(at, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** A length of time in the one or two units that matter. */
export function span(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE));
  if (minutes < 60) return i18next.t('time.minutes', { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${i18next.t('time.hours', { n: hours })} ${i18next.t('time.minutes', { n: minutes % 60 })}`;
  const rest = hours % 24;
  const days = i18next.t('time.days', { n: Math.floor(hours / 24) });
  return rest === 0 ? days : `${days} ${i18next.t('time.hours', { n: rest })}`;
}

export function figure(value: number, digits = 2): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function percent(part_: number, whole: number): string {
  return whole === 0 ? '' : `${figure((part_ * 100) / whole, 1)} %`;
}
