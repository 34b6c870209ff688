// Findings a day: the rule in force beside what is tried. Loaded only when there is something to draw.

import { BarChart } from 'echarts/charts';
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use as install } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Shape } from '../../shared/api/client';
import { useNight } from '../shell/theme';

install([BarChart, GridComponent, TooltipComponent, LegendComponent, AriaComponent, CanvasRenderer]);

export default function DaysChart({ days, words }: { days: Shape['BacktestDay'][]; words: string }) {
  const { t } = useTranslation();
  const { night } = useNight();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!box.current) return;
    const chart = init(box.current);
    const [ink, soft, line, was, is] = night ? ['#e6e8eb', '#a9b1bc', '#32383f', '#7d8794', '#6aa5f2'] : ['#1d2129', '#4e5969', '#dfe3e8', '#9aa3b0', '#0b57b7'];
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: 'inherit', color: ink },
      grid: { left: 36, right: 12, top: 32, bottom: 24 },
      legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: ink } },
      tooltip: { trigger: 'axis' },
      xAxis: { type: 'category', data: days.map((d) => d.day.slice(5)), axisLabel: { color: soft, hideOverlap: true }, axisLine: { lineStyle: { color: line } }, axisTick: { show: false } },
      yAxis: { type: 'value', minInterval: 1, axisLabel: { color: soft }, splitLine: { lineStyle: { color: line } } },
      series: [
        { type: 'bar', name: t('rule.side_in_force'), data: days.map((d) => d.in_force ?? null), itemStyle: { color: was }, barMaxWidth: 12 },
        { type: 'bar', name: t('rule.side_tried'), data: days.map((d) => d.candidate ?? null), itemStyle: { color: is }, barMaxWidth: 12 },
      ],
    });
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [days, night, t]);
  return <div ref={box} className="chart" role="img" aria-label={words} />;
}
