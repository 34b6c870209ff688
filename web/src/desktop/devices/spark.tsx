// A week as a small line, drawn by hand: no chart library for sixty points. Its figures stand in words beside it.

import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { now } from '../../shared/clock';
import { exact, figure, ZONE } from '../../shared/format';

const WIDE = 640;
const HIGH = 64;

interface Props {
  series: Shape['Series'];
  label: string;
}

/** Days as columns, measurements as a line; shares of a hundred on their whole scale. */
export function Spark({ series, label }: Props) {
  const { t } = useTranslation();
  const { points, per_day: steps, unit } = series;
  if (points.length === 0) return null;
  const values = steps ? byDay(points, today()) : points.map((p) => p.value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [floor, top] = unit === '%' ? [0, 100] : [low, high];
  const last = points[points.length - 1];
  const words = t('devices.spark', { low: figure(low), high: figure(high), last: figure(last?.value ?? 0), at: steps ? (last?.at ?? '').slice(0, 10) : exact(last?.at) });
  return (
    <>
      <svg viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={`${label}: ${words}`} preserveAspectRatio="none">
        {steps ? columnsOf(values, high) : <path d={line(points, floor, top)} fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />}
      </svg>
      <span className="soft small">{words}</span>
    </>
  );
}

function line(points: Shape['SeriesPoint'][], low: number, high: number): string {
  const times = points.map((p) => Date.parse(p.at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const x = (at: number) => (to === from ? WIDE / 2 : ((at - from) / (to - from)) * WIDE);
  const y = (value: number) => (high === low ? HIGH / 2 : HIGH - 3 - ((value - low) / (high - low)) * (HIGH - 6));
  return points.map((p, n) => `${n === 0 ? 'M' : 'L'}${x(times[n] ?? from).toFixed(1)} ${y(p.value).toFixed(1)}`).join('');
}

const DAY = 86_400_000;
const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(now());

/** One value for each day the last seven times 24 hours touch: a day without an event counts nothing, and keeps its place. */
export function byDay(points: Shape['SeriesPoint'][], until: string): number[] {
  const dayOf = (at: string) => Math.floor(Date.parse(at.slice(0, 10)) / DAY);
  const counted = new Map(points.map((p) => [dayOf(p.at), p.value]));
  const last = Math.max(dayOf(until), ...counted.keys());
  const first = Math.min(last - 7, ...counted.keys());
  return Array.from({ length: last - first + 1 }, (_, n) => counted.get(first + n) ?? 0);
}

function columnsOf(values: number[], high: number) {
  const step = WIDE / values.length;
  return values.map((value, n) => {
    const tall = high === 0 ? 0 : (value / high) * (HIGH - 4);
    return <rect key={n} x={n * step + 2} y={HIGH - tall} width={step - 4} height={tall} fill="var(--accent)" />;
  });
}
