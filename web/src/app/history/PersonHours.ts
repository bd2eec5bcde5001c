// SPDX-License-Identifier: MIT
// PersonHours.ts - <person-hours .lines chosen="…">: hours by person as bars that are buttons: one chooses that
// person, or everybody again; plays of nobody known are no button. Event `choose` (detail: the key, or undefined).
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { counted } from '../../lib/format.js';
import type { SummaryLine } from '../../lib/types/schema.js';
import { base, buttons } from '../ui/styles.js';
import { hoursWords, labelOf } from './playWords.js';

const SHOWN_AT_FIRST = 6;
const MORE = 50;

@customElement('person-hours')
export class PersonHours extends LitElement {
  @property({ attribute: false }) lines: readonly SummaryLine[] = [];
  @property() chosen = '';
  @state() private room = SHOWN_AT_FIRST;

  static override styles = [base, buttons, css`
    h3 { font-size: 0.9375rem; margin-bottom: 0.35rem; }
    ul { list-style: none; padding: 0; display: grid; }
    .line {
      display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.15rem 0.75rem; min-height: 0; padding: 0.3rem 0.5rem;
      border: 0; background: none; font-weight: 400; text-align: left; margin-inline: -0.5rem; width: calc(100% + 1rem);
    }
    button.line:hover { background: var(--pb-surface-2); }
    .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .value { color: var(--pb-muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
    .bar { grid-column: 1 / -1; height: 6px; border-radius: 3px; background: var(--pb-surface-2); overflow: hidden; }
    .bar i { display: block; height: 100%; min-width: 2px; border-radius: inherit; background: var(--pb-accent); }
    .dim .bar i { background: var(--pb-line-strong); }
    [aria-pressed='true'] .name { font-weight: 620; }
  `];

  override render() {
    const most = Math.max(0.001, ...this.lines.map(({ watched_hours: hours }) => hours));
    const sorted = [...this.lines].sort((a, b) => b.watched_hours - a.watched_hours || b.plays - a.plays);
    const shown = sorted.filter((line, i) => i < this.room || line.key === this.chosen);
    const left = sorted.length - shown.length;
    return html`<h3 id="title">Hours by person</h3>
      ${sorted.length === 0 ? html`<p class="soft">Nothing to show.</p>` : nothing}
      <ul aria-labelledby="title">${shown.map((line) => this.line(line, most))}</ul>
      ${left > 0
        ? html`<button type="button" class="quiet small" @click=${() => (this.room += MORE)}>Show ${counted(Math.min(left, MORE), 'more person', 'more people')}</button>`
        : nothing}`;
  }

  private line(line: SummaryLine, most: number) {
    const { key } = line;
    const chosen = this.chosen !== '' && key === this.chosen;
    const dim = this.chosen !== '' && !chosen ? 'dim' : '';
    const content = html`<span class="name">${labelOf(line, 'Nobody known')}</span>
      <span class="value">${hoursWords(line.watched_hours)} h<span class="only-heard">, ${counted(line.plays, 'play')}</span></span>
      <span class="bar" aria-hidden="true"><i .style=${`width: ${(line.watched_hours / most) * 100}%`}></i></span>`;
    if (key === null || key === '') return html`<li><div class="line ${dim}">${content}</div></li>`; // no filter finds these
    return html`<li><button type="button" class="line ${dim}" aria-pressed=${String(chosen)}
      @click=${() => this.dispatchEvent(new CustomEvent('choose', { detail: chosen ? undefined : key }))}>${content}</button></li>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'person-hours': PersonHours;
  }
}
