// SPDX-License-Identifier: MIT
// SyncProgressComponent.ts - <sync-progress .progress=${…} ?compact label="…">: bar and figures of any running
// or ended sync; `compact`: in one line below the bar. An update changes texts and how far the bar is moved, never a node.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { capital, count, counted, dateTime, duration, percent, rate } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { SyncProgress } from '../lib/types/sync.js';
import { base, cards } from './ui/styles.js';
import { phaseWords, remainingWords, skippedWords, spokenProgress } from './words.js';

@customElement('sync-progress')
export class SyncProgressComponent extends LitElement {
  @property({ attribute: false }) progress!: SyncProgress;
  @property({ type: Boolean }) compact = false;
  /** What the bar is called; the operation's own name unless told. */
  @property() label = '';
  @query('.fill') private fill!: HTMLElement;

  static override styles = [
    base,
    cards,
    css`
      :host { contain: layout style; }
      :host > * + * { margin-top: 1rem; }
      :host([compact]) > * + * { margin-top: 0.4rem; }
      .top { display: flex; gap: 0.9rem; align-items: center; }
      .bar {
        flex: 1; height: 0.75rem; border-radius: 99px; overflow: hidden;
        background: var(--pb-surface-2); box-shadow: inset 0 0 0 1px var(--pb-line-strong);
      }
      .fill {
        height: 100%; border-radius: inherit; background: var(--pb-accent);
        transform: translateX(-100%); will-change: transform; /* no transition: it costs more than the whole push */
      }
      .bar.error .fill { background: var(--pb-error-fill); }
      .bar.unknown .fill { width: 30%; animation: sweep 1.6s ease-in-out infinite; }
      @keyframes sweep { from { transform: translateX(-100%); } to { transform: translateX(340%); } }
      .percent { min-width: 5.6ch; text-align: right; font-size: 1.125rem; font-weight: 650; }
      .status { font-weight: 560; }
      .message { overflow-wrap: anywhere; } /* it may name a file */
      .failed { color: var(--pb-error); font-weight: 560; overflow-wrap: anywhere; }
      /* Room for a million of a million from the start: nothing moves while numbers grow. */
      .figures { display: grid; grid-template-columns: minmax(0, 1.8fr) repeat(3, minmax(0, 1fr)); gap: 0.75rem 1rem; align-items: start; }
      .figures.outcome { padding-top: 1rem; border-top: 1px solid var(--pb-line); }
      .figure { min-width: 0; }
      .figure.two { grid-column: span 2; }
      .figure span { display: block; }
      .figure .name { color: var(--pb-muted); font-size: 0.8125rem; }
      .figure .value { font-weight: 560; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
      .figure .more { color: var(--pb-muted); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
      .figure .more:empty::before { content: '\\a0'; }
      .some .value { color: var(--pb-error); }
      @media (max-width: 68rem) {
        .figures { grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr); }
        .figure.row { grid-column: 1 / -1; }
        .figure.two { grid-column: auto; }
        .figure.two.row { grid-column: 1 / -1; }
        .figure.last { grid-column: 1 / -1; order: 1; }
      }
      @media (min-width: 24rem) { .figure.row .value, .figure.last .more { white-space: nowrap; } }
    `,
  ];

  private get unknown(): boolean {
    return this.progress.status === 'running' && this.progress.total_records === 0;
  }

  override render() {
    const p = this.progress;
    const kind = p.status === 'error' ? 'error' : this.unknown ? 'unknown' : '';
    return html`
      <div class="top">
        <div
          class="bar ${kind}"
          role="progressbar"
          aria-label=${this.label === '' ? `${capital(OPERATIONS[p.operation].noun)} progress` : this.label}
          aria-valuemin="0"
          aria-valuemax="100"
          aria-valuenow=${this.unknown ? nothing : Math.floor(p.progress_percent)}
          aria-valuetext=${this.unknown ? phaseWords(p) : spokenProgress(p)}
        >
          <div class="fill"></div>
        </div>
        <span class="percent number" aria-hidden="true">${this.unknown ? '' : percent(p.progress_percent)}</span>
      </div>
      ${this.compact ? this.line(p) : this.details(p)}`;
  }

  private line(p: SyncProgress) {
    const parts = [p.total_records === 0 ? counted(p.processed_records, 'record') : `${count(p.processed_records)} / ${counted(p.total_records, 'record')}`];
    if (p.records_per_second > 0) parts.push(rate(p.records_per_second));
    const left = remainingWords(p);
    if (p.processed_records > 0 && left.startsWith('~')) parts.push(`${left} left`);
    return html`<p class="number small"><span class="status">${phaseWords(p)}</span> <span class="soft">${parts.join(', ')}</span></p>
      ${p.message ? html`<p class="soft small message">${p.message}</p>` : nothing}`;
  }

  private details(p: SyncProgress) {
    return html`
      <p class="status">Status: ${phaseWords(p)} ${p.dry_run === true ? html`<span class="badge accent">Dry run</span>` : nothing}</p>
      ${p.status === 'error' && p.error ? html`<p class="failed">${p.error}</p>` : nothing}
      ${p.message ? html`<p class="soft small message">${p.message}</p>` : nothing}
      <div class="figures">
        ${this.figure('Progress', p.total_records === 0 && p.processed_records > 0 ? `${counted(p.processed_records, 'record')} so far` : `${count(p.processed_records)} / ${counted(p.total_records, 'record')}`, 'row')}
        ${p.status === 'running' ? this.pace() : nothing}
        ${this.figure('Elapsed', duration(p.elapsed_seconds))}
        ${p.status === 'running' ? this.figure('Remaining', remainingWords(p)) : this.figure('Ended', dateTime(p.end_time), 'two row')}
      </div>
      ${OPERATIONS[p.operation].byHistory ? nothing : html`<div class="figures outcome">
        ${this.figure(p.dry_run === true ? 'Would import' : 'Imported', count(p.imported_records))}
        ${this.figure('Skipped', count(p.skipped_records), 'two last', skippedWords(p))}
        ${this.figure('Rejected', count(p.error_count), p.error_count > 0 ? 'some' : '')}
      </div>`}
    `;
  }

  override updated(changed: PropertyValues<this>) {
    if (changed.has('progress')) {
      this.fill.style.transform = `translateX(${this.progress.progress_percent - 100}%)`;
    }
  }

  private pace() {
    const perSecond = this.progress.records_per_second;
    return this.figure('Speed', perSecond > 0 ? rate(perSecond) : 'calculating…');
  }

  private figure(name: string, value: string, kind = '', more?: string) {
    return html`<p class="figure ${kind}">
      <span class="name">${name}:</span> <span class="value">${value}</span>
      ${more === undefined ? nothing : html`<span class="more">${more}</span>`}
    </p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'sync-progress': SyncProgressComponent;
  }
}
