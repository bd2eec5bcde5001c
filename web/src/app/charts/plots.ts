// SPDX-License-Identifier: MIT
// plots.ts - everything that knows uPlot, in a chunk of its own that is loaded with the first plot.
// Colours come from the theme's custom properties at each drawing.
import { css, unsafeCSS, type CSSResult } from 'lit';
import uPlot from 'uplot';
import uplotCss from 'uplot/dist/uPlot.min.css?inline';
import { count } from '../../lib/format.js';

export const plotStyles: CSSResult = css`
  ${unsafeCSS(uplotCss)}
  .uplot { position: relative; }
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
  /** Labels of the x axis, for so many pixels of it. */
  ticks: (low: number, high: number, width: number) => number[];
  tickWords: (ticks: readonly number[]) => string[];
  /** What a value of x is called. */
  words: (x: number) => string;
  /** Drawn in this order: a later one lies over an earlier one. */
  series: { label: string; colour: '--pb-accent' | '--pb-line-strong' }[];
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
  const splits = (plot: uPlot, _axis: number, low: number, high: number): number[] =>
    options.ticks(low, high, plot.bbox.width / uPlot.pxRatio);
  return [
    { ...common, grid: { show: false }, size: 28, splits, values: (_, ticks) => options.tickWords(ticks) },
    { ...common, size: 48, incrs: WHOLE_STEPS, values: (_, values) => values.map(short) },
  ];
}

function ySeries(host: Element, kind: PlotOptions['kind'], one: PlotOptions['series'][number]): uPlot.Series {
  const bars = uPlot.paths.bars?.({ size: [0.8, 36], align: 0 });
  return {
    stroke: colour(host, one.colour),
    fill: colour(host, kind === 'bars' ? one.colour : '--pb-accent-soft'),
    width: kind === 'bars' ? 0 : 1.75,
    points: { show: false },
    ...(kind === 'bars' && bars ? { paths: bars } : {}),
  };
}

/* A bar needs half its step on either side. */
function xRange(kind: PlotOptions['kind'], low: number | null, high: number | null): [number, number] {
  const [from, to] = [low ?? 0, high ?? 0];
  return kind === 'bars' ? [from - 0.5, to + 0.5] : [from, Math.max(to, from + 1)];
}

/** A plot in `host`, empty until shown data; tells which point is under the mouse, undefined for none. */
export function makePlot(host: HTMLElement, options: PlotOptions, under: (point: number | undefined) => void): Plot {
  const plot = new uPlot(
    {
      width: Math.max(160, host.clientWidth),
      height: options.height,
      scales: {
        x: { time: false, range: (_, low, high) => xRange(options.kind, low, high) },
        y: { range: (_, _low, high) => [0, Math.max(1, (high || 0) * 1.08)] },
      },
      axes: axes(host, options),
      series: [{}, ...options.series.map((one) => ySeries(host, options.kind, one))],
      cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
      hooks: { setCursor: [(self) => under(self.cursor.idx ?? undefined)] },
      legend: { show: false },
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
