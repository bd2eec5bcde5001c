// SPDX-License-Identifier: MIT
// PlaysByMonth.ts - <plays-by-month .all .shown ?dated ?waiting>: plays of each month, those of the chosen dates in
// front. A click on a month chooses it; for the keyboard and for who cannot see the chart the same
// months are buttons in a table that unfolds. Event `choose` (detail: the month, counted from the year 0).
import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SummaryLine } from '../../lib/types/schema.js';
import { PlotElement } from '../charts/PlotElement.js';
import type { PlotOptions } from '../charts/plots.js';
import { monthTicks, monthTickWords, monthWords } from '../charts/ticks.js';
import { count } from '../../lib/format.js';
import { buttons } from '../ui/styles.js';
import { hoursWords } from './playWords.js';

/** Counted from the year 0; undefined for what is no month. */
export function monthOf(key: string | null): number | undefined {
  const parts = /^(\d{4})-(\d{2})$/.exec(key ?? '');
  return parts ? Number(parts[1]) * 12 + Number(parts[2]) - 1 : undefined;
}

/* A play near midnight may be of another month there. */
function isElsewhere(): boolean {
  const year = new Date().getFullYear();
  return [0, 6].some((month) => new Date(year, month).getTimezoneOffset() !== 0);
}

function playsByMonth(lines: readonly SummaryLine[]): Map<number, number> {
  return new Map(lines.flatMap(({ key, plays }) => (monthOf(key) === undefined ? [] : [[monthOf(key) as number, plays]])));
}

/** Every month from the first to the last with all its plays, and those that are shown. */
export function columnsOf(all: readonly SummaryLine[], shown: readonly SummaryLine[]): [number[], number[], number[]] {
  const [everything, chosen] = [playsByMonth(all), playsByMonth(shown)];
  if (everything.size === 0) return [[], [], []];
  const first = Math.min(...everything.keys());
  const months = Array.from({ length: Math.max(...everything.keys()) - first + 1 }, (_, i) => first + i);
  return [months, months.map((month) => everything.get(month) ?? 0), months.map((month) => chosen.get(month) ?? 0)];
}

@customElement('plays-by-month')
export class PlaysByMonth extends PlotElement {
  @property({ attribute: false }) all: readonly SummaryLine[] = [];
  @property({ attribute: false }) shown: readonly SummaryLine[] = [];
  /** Not all dates are shown. */
  @property({ type: Boolean }) dated = false;
  /** They are being counted for the first time. */
  @property({ type: Boolean }) waiting = false;

  static override styles = [...PlotElement.styles, buttons, css`
    .plot { cursor: pointer; }
    summary { cursor: pointer; color: var(--pb-muted); font-size: 0.8438rem; width: max-content; }
    .months { max-height: 16rem; overflow-y: auto; margin-top: 0.4rem; }
    table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
    th, td { text-align: left; padding: 0.15rem 0.5rem 0.15rem 0; font-weight: 400; }
    td.number, th.number { text-align: right; }
    thead th { color: var(--pb-muted); }
    td button.small { margin-left: -0.65rem; }
  `];

  override willUpdate() {
    this.instead = this.all.length > 0 ? '' : this.waiting ? 'Counting…' : 'Nothing to show.';
  }

  protected override options(): PlotOptions {
    const series: PlotOptions['series'] = [
      { label: 'Other dates', colour: '--pb-line-strong' },
      { label: this.dated ? 'Shown' : 'Plays', colour: '--pb-accent' },
    ];
    return { kind: 'bars', height: 190, ticks: monthTicks, tickWords: monthTickWords, words: monthWords, series };
  }

  protected override name(): string {
    return 'Plays per month';
  }

  protected override picked(x: number) {
    this.choose(x);
  }

  protected override below() {
    const lines = this.all.filter(({ key }) => monthOf(key) !== undefined).reverse();
    if (lines.length === 0) return nothing;
    return html`<details><summary>Months as a table</summary>
      <div class="months" tabindex="0" role="region" aria-label="Plays per month, as a table"><table>
        <thead><tr><th scope="col">Month</th><th scope="col" class="number">Plays</th><th scope="col" class="number">Hours</th></tr></thead>
        <tbody>${lines.map(({ key, plays, watched_hours: hours }) => html`<tr>
          <td><button type="button" class="quiet small" @click=${() => this.choose(monthOf(key) ?? 0)}>${monthWords(monthOf(key) ?? 0)}</button></td>
          <td class="number">${count(plays)}</td><td class="number">${hoursWords(hours)}</td>
        </tr>`)}</tbody>
      </table></div></details>
      ${isElsewhere() ? html`<p class="soft small">Months are counted in UTC; what a click shows are the days where you are.</p>` : nothing}`;
  }

  protected override ready() {
    this.show(columnsOf(this.all, this.shown));
  }

  override updated(changed: PropertyValues<this>) {
    if (changed.has('all') || changed.has('shown')) this.show(columnsOf(this.all, this.shown));
  }

  private choose(month: number) {
    this.dispatchEvent(new CustomEvent('choose', { detail: month }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'plays-by-month': PlaysByMonth;
  }
}
