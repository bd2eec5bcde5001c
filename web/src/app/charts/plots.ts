// SPDX-License-Identifier: MIT
// plots.ts - everything that knows uPlot, in a chunk of its own that is loaded with the first plot.
// Colours come from the theme's custom properties at each drawing.
import { css, unsafeCSS, type CSSResult } from 'lit';
import uPlot from 'uplot';
import uplotCss from 'uplot/dist/uPlot.min.css?inline';
import { count } from '../../lib/format.js';

export const plotStyles: CSSResult = css`
  ${unsafeCSS(uplotCss)}
  .u-legend { font-size: 0.8125rem; color: var(--pb-muted); text-align: left; }
  .u-legend .u-value { font-variant-numeric: tabular-nums; }
  .u-legend .u-label { color: inherit !important; } /* uPlot writes the theme's colour of when it was made */
  .u-legend th::after { content: ''; }
  .u-legend th, .u-legend td { padding: 0 0.35rem 0 0; font-weight: 400; }
  .uplot { position: relative; }
  .u-legend {
    visibility: hidden; position: absolute; right: 0; top: -1.6rem; margin: 0; width: auto;
    background: var(--pb-surface);
  }
  .uplot:hover .u-legend { visibility: visible; }
  .u-legend .u-off > * { opacity: 1; }
`;

export interface Plot {
  /** The x values, then those of each series. */
  show(data: number[][]): void;
  resize(width: number): void;
  redraw(): void;
  destroy(): void;
}

export interface PlotOptions {
  kind: 'line' | 'bars';
  /** What the x values are. */
  x: { label: string; words: (value: number) => string; time: boolean };
  /** Drawn in this order: a later one lies over an earlier one. */
  series: { label: string; colour: '--pb-accent' | '--pb-accent-soft' | '--pb-line-strong' }[];
  height: number;
}

/* 1, 2, 5, 10 … : rows are whole. */
const WHOLE_STEPS = Array.from({ length: 10 }, (_, i) => 10 ** i).flatMap((n) => [n, 2 * n, 5 * n]);

function colour(host: Element, name: string): () => string {
  return () => getComputedStyle(host).getPropertyValue(name).trim() || '#888';
}

function short(value: number): string {
  if (Math.abs(value) >= 1e6) return `${value / 1e6}M`;
  return Math.abs(value) >= 10_000 ? `${value / 1e3}k` : count(value);
}

function axes(host: Element, options: PlotOptions): uPlot.Axis[] {
  const common = {
    stroke: colour(host, '--pb-muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour(host, '--pb-line'), width: 1 },
    ticks: { show: false },
  };
  const words = (_: uPlot, values: number[]): string[] => values.map((value) => options.x.words(value));
  return [
    { ...common, grid: { show: false }, space: 64, size: 28, incrs: WHOLE_STEPS, ...(options.x.time ? {} : { values: words }) },
    { ...common, size: 52, incrs: WHOLE_STEPS, values: (_, values) => values.map(short) },
  ];
}

function ySeries(host: Element, kind: PlotOptions['kind'], one: PlotOptions['series'][number]): uPlot.Series {
  const bars = uPlot.paths.bars?.({ size: [0.8, 36], align: 0 });
  return {
    label: one.label,
    stroke: colour(host, one.colour),
    fill: colour(host, kind === 'bars' ? one.colour : '--pb-accent-soft'),
    width: kind === 'bars' ? 0 : 1.75,
    points: { show: false },
    value: (_, value) => (value === null ? '–' : count(value)),
    ...(kind === 'bars' && bars ? { paths: bars } : {}),
  };
}

/** A plot in `host`, empty until shown data. */
export function makePlot(host: HTMLElement, options: PlotOptions): Plot {
  const plot = new uPlot(
    {
      width: Math.max(160, host.clientWidth),
      height: options.height,
      scales: {
        x: { time: options.x.time },
        y: { range: (_, _low, high) => [0, Math.max(1, (high || 0) * 1.08)] },
      },
      axes: axes(host, options),
      series: [
        { label: options.x.label, value: (_, value) => (value === null ? '–' : options.x.words(value)) },
        ...options.series.map((one) => ySeries(host, options.kind, one)),
      ],
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      legend: { markers: { show: false } },
    },
    [[], ...options.series.map(() => [])] as unknown as uPlot.AlignedData,
    host,
  );
  return {
    show: (data) => plot.setData(data as uPlot.AlignedData),
    resize: (width) => plot.setSize({ width: Math.max(160, width), height: options.height }),
    redraw: () => plot.redraw(false),
    destroy: () => plot.destroy(),
  };
}
