// A curve under a rule: the measure over time, the lines it is compared with, the stretches through which it had to go on,
// and what was, or would have been, told. Loaded only when there is something to draw.

import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use as install, type EChartsCoreOption } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import type { Shape } from '../../shared/api/client';
import { figure, when, ZONE } from '../../shared/format';
import { useNight } from '../shell/theme';

install([LineChart, BarChart, GridComponent, TooltipComponent, MarkLineComponent, MarkAreaComponent, LegendComponent, AriaComponent, CanvasRenderer]);

export interface Stretch {
  from: string;
  /** Open when it has not ended. */
  to: string | null;
  name: string;
  kind: 'pending' | 'told' | 'tried';
}
export interface Mark {
  at: string;
  name: string;
}
interface Props {
  series: Shape['Series'];
  name: string;
  byDay: boolean;
  lines: { name: string; value: number; tried?: boolean }[];
  stretches: Stretch[];
  marks: Mark[];
  words: string;
}

const DAY = 86_400_000;
const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);
/** A day of the street as the instant at which it begins there. */
const at = (text: string) => (isDay(text) ? Date.parse(`${text}T00:00:00+08:00`) : Date.parse(text));

export default function CurveChart(props: Props) {
  const { night } = useNight();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const chart = init(box.current);
    chart.setOption(optionOf(props, night));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [props, night]);
  return <div ref={box} className="chart" role="img" aria-label={props.words} />;
}

function optionOf({ series, name, byDay, lines, stretches, marks }: Props, night: boolean): EChartsCoreOption {
  const [ink, soft, line, accent, late, warn] = night
    ? ['#e6e8eb', '#a9b1bc', '#32383f', '#6aa5f2', '#ff8f85', '#f0b35a']
    : ['#1d2129', '#4e5969', '#dfe3e8', '#0b57b7', '#b42318', '#8a4b00'];
  const bars = byDay || series.per_day;
  const points = series.points.map((p) => [at(p.at) + (bars ? DAY / 2 : 0), p.value]);
  const last = points.at(-1)?.[0] ?? 0;
  const values = series.points.map((p) => p.value).concat(lines.map((l) => l.value));
  const isFlag = !bars && values.every((v) => v === 0 || v === 1);
  const paint = { pending: [warn, 0.14], told: [late, 0.16], tried: [accent, 0.14] } as const;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = roundOf((high - low || Math.abs(high) || 1) / 10);
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', color: ink },
    grid: { left: 52, right: 24, top: 32, bottom: 28 },
    tooltip: { trigger: 'axis', valueFormatter: (v: number) => `${figure(v, 3)} ${series.unit}`, axisPointer: { label: { formatter: ({ value }: { value: number }) => (bars ? day(value) : when(new Date(value).toISOString())) } } },
    xAxis: {
      type: 'time',
      splitNumber: 6,
      axisLabel: { color: soft, hideOverlap: true, formatter: day },
      axisLine: { lineStyle: { color: line } },
    },
    yAxis: { type: 'value', min: bars || isFlag ? 0 : Math.floor((low - room / 4) / room) * room, max: isFlag ? 1 : bars ? undefined : Math.ceil((high + room / 4) / room) * room, minInterval: bars ? 1 : undefined, axisLabel: { color: soft, formatter: (v: number) => figure(v, 3) }, splitLine: { lineStyle: { color: line } } },
    series: [
      {
        type: bars ? 'bar' : 'line',
        step: isFlag ? 'end' : undefined,
        name,
        data: points,
        showSymbol: points.length < 30,
        symbolSize: 4,
        sampling: 'lttb',
        barMaxWidth: 20,
        lineStyle: { width: 1.5, color: accent },
        itemStyle: { color: accent },
        markLine: {
          symbol: 'none',
          silent: true,
          data: [
            ...lines.map((l) => ({ yAxis: l.value, lineStyle: { color: l.tried ? accent : late, type: l.tried ? ('dotted' as const) : ('dashed' as const), width: 1.5 }, label: { formatter: `${l.name} ${figure(l.value, 4)}`, position: l.tried ? ('insideStartTop' as const) : ('insideEndTop' as const), color: l.tried ? accent : late } })),
            ...marks.map((m) => ({ xAxis: at(m.at) + (isDay(m.at) ? DAY / 2 : 0), lineStyle: { color: ink, type: 'solid' as const }, label: { formatter: m.name, color: ink } })),
          ],
        },
        markArea: {
          silent: true,
          label: { position: 'top', fontSize: 11 },
          data: stretches.map((s, n) => {
            const [color, opacity] = paint[s.kind];
            const first = stretches.findIndex((other) => other.kind === s.kind) === n;
            const to = s.to ? at(s.to) + (isDay(s.to) ? DAY : 0) : last;
            return [{ xAxis: at(s.from), name: first ? s.name : '', itemStyle: { color, opacity }, label: { color } }, { xAxis: Math.max(to, at(s.from) + (bars ? DAY : 60_000)) }];
          }),
        },
      },
    ],
  };
}

/** The next round number: 1, 2 or 5 of its size. */
function roundOf(n: number): number {
  const size = 10 ** Math.floor(Math.log10(n));
  return ([1, 2, 5, 10].find((m) => m * size >= n) ?? 10) * size;
}

const day = (value: number) => new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, month: '2-digit', day: '2-digit' }).format(value);
