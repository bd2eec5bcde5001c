// SPDX-License-Identifier: MIT
// MonthChart.ts - <month-chart .lines=${receipt.by_month}>: plays per month as bars, those that
// were imported in front of all that the source has.
import { customElement, property } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import type { ReceiptLine } from '../../lib/types/sync.js';
import { PlotElement } from './PlotElement.js';
import type { Plot, PlotOptions } from './plots.js';

const month = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', timeZone: 'UTC' });

/* Rejected rows are no plays. */
function playsOf(line: ReceiptLine | undefined): number {
  return line === undefined ? 0 : line.imported + line.duplicate + line.merged;
}

/** Every month from the first to the last, those without plays as 0; a key that is no month is left out. */
export function monthColumns(lines: readonly ReceiptLine[]): [number[], number[], number[]] {
  const known = new Map<number, ReceiptLine>();
  for (const line of lines) {
    const parts = /^(\d{4})-(\d{2})$/.exec(line.key ?? '');
    if (parts) known.set(Number(parts[1]) * 12 + Number(parts[2]) - 1, line);
  }
  if (known.size === 0) return [[], [], []];
  const first = Math.min(...known.keys());
  const last = Math.max(...known.keys());
  const months = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return [
    months.map((m) => Date.UTC(Math.floor(m / 12), m % 12) / 1000),
    months.map((m) => playsOf(known.get(m))),
    months.map((m) => known.get(m)?.imported ?? 0),
  ];
}

@customElement('month-chart')
export class MonthChart extends PlotElement {
  @property({ attribute: false }) lines: readonly ReceiptLine[] = [];
  @property() label = 'Plays per month';
  /** What the plays in front are called. */
  @property() imported = 'Imported';

  protected override options(): PlotOptions {
    const words = (seconds: number): string => month.format(seconds * 1000);
    const series: PlotOptions['series'] = [
      { label: 'All plays', colour: '--pb-line-strong' },
      { label: this.imported, colour: '--pb-accent' },
    ];
    return { kind: 'bars', height: 190, x: { label: 'Month', words, time: false }, series };
  }

  protected override name(): string {
    return this.label;
  }

  protected override ready(plot: Plot) {
    plot.show(monthColumns(this.lines));
  }

  override updated(changed: PropertyValues<this>) {
    if (changed.has('lines')) this.plot?.show(monthColumns(this.lines));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'month-chart': MonthChart;
  }
}
