// SPDX-License-Identifier: MIT
// MonthChart.ts - <month-chart .lines=${receipt.by_month}>: plays per month as bars, those that
// were imported in front of all that the source has.
import { customElement, property } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import type { ReceiptLine } from '../../lib/types/sync.js';
import { PlotElement } from './PlotElement.js';
import type { PlotOptions } from './plots.js';
import { monthTicks, monthTickWords, monthWords } from './ticks.js';

/* Rejected rows are no plays. */
function playsOf(line: ReceiptLine | undefined): number {
  return line === undefined ? 0 : line.imported + line.duplicate + line.merged;
}

/** Every month from the first to the last, counted from the year 0, those without plays as 0; a key that is no month is left out. */
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
    months,
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
    const series: PlotOptions['series'] = [
      { label: 'All plays', colour: '--pb-line-strong' },
      { label: this.imported, colour: '--pb-accent' },
    ];
    return { kind: 'bars', height: 190, ticks: monthTicks, tickWords: monthTickWords, words: monthWords, series };
  }

  protected override name(): string {
    return this.label;
  }

  protected override ready() {
    this.show(monthColumns(this.lines));
  }

  override updated(changed: PropertyValues<this>) {
    if (changed.has('lines')) this.show(monthColumns(this.lines));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'month-chart': MonthChart;
  }
}
