// The curve of a finding: the measure over time, the threshold across it, the span of the finding shaded, the deadline
// as an upright line. Loaded only when there is something to draw.

import { BarChart, LineChart } from 'echarts/charts';
import { AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use as install, type EChartsCoreOption } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { figure, when, ZONE } from '../../shared/format';
import { useNight } from '../shell/theme';

install([LineChart, BarChart, GridComponent, TooltipComponent, MarkLineComponent, MarkAreaComponent, AriaComponent, CanvasRenderer]);

interface Props {
  series: Shape['Series'];
  name: string;
  /** Homes show days, not minutes. */
  byDay: boolean;
  start: string;
  end: string | null;
  deadline: string | null;
  lines: { name: string; value: number }[];
}

const DAY = 86_400_000;
/** A day of the street as the instant at which it begins there. */
const at = (text: string) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00+08:00`) : Date.parse(text));

export default function EvidenceChart(props: Props) {
  const { t } = useTranslation();
  const { night } = useNight();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const chart = init(box.current);
    chart.setOption(optionOf(props, night, { span: t('cases.chart_span'), deadline: t('cases.chart_deadline') }));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [props, night, t]);
  const values = props.series.points.map((p) => p.value);
  const words = values.length === 0 ? '' : t('cases.chart_words', { what: props.name, least: figure(Math.min(...values)), most: figure(Math.max(...values)), n: values.length });
  return <div ref={box} className="chart" role="img" aria-label={words} />;
}

function optionOf({ series, name, byDay, start, end, deadline, lines }: Props, night: boolean, words: { span: string; deadline: string }): EChartsCoreOption {
  const [ink, soft, line, accent, late] = night ? ['#e6e8eb', '#a9b1bc', '#32383f', '#6aa5f2', '#ff8f85'] : ['#1d2129', '#4e5969', '#dfe3e8', '#0b57b7', '#b42318'];
  const time = (value: number, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, ...options }).format(value);
  const points = series.points.map((p) => [at(p.at) + (byDay ? DAY / 2 : 0), p.value]);
  const finish = end ? at(end) + (byDay ? DAY : 0) : (points.at(-1)?.[0] ?? at(start));
  const values = series.points.map((p) => p.value).concat(lines.map((l) => l.value));
  const isFlag = values.every((v) => v === 0 || v === 1);
  const marks = [
    ...lines.map((l) => ({ yAxis: l.value, name: `${l.name} ${figure(l.value)}`, lineStyle: { color: late, type: 'dashed' as const }, label: { formatter: '{b}', position: 'insideEndTop' as const, color: late } })),
    ...(deadline ? [{ xAxis: at(deadline), name: words.deadline, lineStyle: { color: soft, type: 'dotted' as const }, label: { formatter: '{b}', color: soft } }] : []),
  ];
  const first = byDay ? Math.min(at(start), points[0]?.[0] ?? at(start)) : points[0]?.[0];
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', color: ink },
    grid: { left: 48, right: 24, top: 24, bottom: 24 },
    tooltip: { trigger: 'axis', valueFormatter: (v: number) => `${figure(v, 3)} ${series.unit}`, formatter: undefined, axisPointer: { label: { formatter: ({ value }: { value: number }) => (byDay ? time(value, { month: '2-digit', day: '2-digit' }) : when(new Date(value).toISOString())) } } },
    xAxis: {
      type: 'time',
      min: first === undefined ? undefined : first - (byDay ? DAY / 2 : 0),
      max: deadline ? Math.max(at(deadline), points.at(-1)?.[0] ?? 0) + (byDay ? DAY / 2 : 0) : undefined,
      splitNumber: 7,
      axisLabel: { color: soft, hideOverlap: true, formatter: (value: number) => time(value, { month: '2-digit', day: '2-digit', ...(byDay || points.length < 2 || spanOf(points) > 2 * DAY ? {} : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' as const }) }) },
      axisLine: { lineStyle: { color: line } },
    },
    yAxis: { type: 'value', scale: !byDay && !isFlag, min: isFlag || byDay ? 0 : ({ min }: { min: number }) => beyond(Math.min, min, lines), max: ({ max }: { max: number }) => beyond(Math.max, max, lines), axisLabel: { color: soft }, splitLine: { lineStyle: { color: line } }, minInterval: byDay ? 1 : undefined },
    series: [
      {
        type: byDay ? 'bar' : 'line',
        step: isFlag ? 'end' : undefined,
        name,
        data: points,
        showSymbol: points.length < 30,
        symbolSize: 4,
        sampling: 'lttb',
        barMaxWidth: 24,
        lineStyle: { width: 1.5, color: accent },
        itemStyle: { color: accent },
        markLine: { symbol: 'none', silent: true, data: marks },
        markArea: { silent: true, itemStyle: { color: late, opacity: 0.1 }, label: { color: late, position: 'top' }, data: [[{ xAxis: at(start), name: words.span }, { xAxis: finish }]] },
      },
    ],
  };
}

/** Where the scale must reach so that a threshold outside of the curve is still seen; null leaves it to the curve. */
function beyond(most: (...values: number[]) => number, edge: number, lines: { value: number }[]): number | null {
  const reach = most(edge, ...lines.map((l) => l.value));
  return reach === edge ? null : reach;
}

const spanOf = (points: number[][]) => (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0);
