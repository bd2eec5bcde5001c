// SPDX-License-Identifier: MIT
// HistoryFilterBar.ts - <history-filter-bar .filters .choices>: the search box and the filters. Sends
// `filter` with the filters as they are now to be; `typing` while a search is typed, as that is one
// way of several letters and not a place to come back to. A search waits until a person pauses.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { systemClock, type Clock } from '../../lib/clock.js';
import type { SummaryLine } from '../../lib/types/schema.js';
import { base, buttons, fields } from '../ui/styles.js';
import type { Choices } from './HistoryFigures.js';
import { without, type FilterName, type Filters } from './filters.js';
import { labelOf, typesName } from './playWords.js';

const PAUSE_MS = 300;
const OFFERED = 500; // those with the most plays; others are chosen by a click on what is theirs

export interface FilterChange {
  filters: Filters;
  /** Letters of one search: no place of its own. */
  typing: boolean;
}

type Choice = keyof Choices;

const CHOICES: [Choice, string, string][] = [
  ['person', 'Person', 'Everybody'],
  ['library', 'Library', 'All libraries'],
  ['type', 'Type', 'All types'],
  ['server', 'Server', 'All servers'],
];

@customElement('history-filter-bar')
export class HistoryFilterBar extends LitElement {
  @property({ attribute: false }) filters: Filters = {};
  @property({ attribute: false }) choices!: Choices;
  @property({ attribute: false }) clock: Clock = systemClock;
  @query('input[type=search]') private box!: HTMLInputElement;
  @state() private open = window.innerWidth >= 768;
  private typing = false;
  private searched = ''; // last, by whatever way
  private undoPause: (() => void) | undefined;

  static override styles = [base, buttons, fields, css`
    form { gap: 0.75rem; }
    .first { display: flex; gap: 0.6rem; }
    .actions .quiet { margin-left: -0.65rem; }
    .first input { flex: 1; }
    .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 8.25rem), 1fr)); gap: 0.75rem; }
    .field > span { font-size: 0.8438rem; color: var(--pb-muted); }
    .field input[type='date'] { min-width: 0; }
    @media (max-width: 30rem) { .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
  `];

  /* Another search by another way (Back, a link): what was typed is no longer wanted. */
  override updated(changed: PropertyValues<this>) {
    const q = this.filters.q ?? '';
    if (!changed.has('filters') || q === this.searched) return;
    this.undoPause?.();
    this.typing = false;
    this.searched = this.box.value = q;
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.undoPause?.();
  }

  override render() {
    const chosen = Object.keys(without(this.filters, 'q')).length;
    return html`<form role="search" aria-label="Plays" @submit=${this.onSubmit}>
      <div class="first">
        <input type="search" name="q" aria-label="Search titles" placeholder="Search titles" maxlength="200" autocomplete="off"
          autocapitalize="none" spellcheck="false" @input=${this.onType} @change=${this.onTyped} @blur=${this.onTyped}>
        <button type="button" aria-expanded=${String(this.open)} aria-controls="filters" @click=${() => (this.open = !this.open)}
          >Filters${chosen === 0 ? '' : ` (${chosen})`}</button>
      </div>
      <div class="grid" id="filters" ?hidden=${!this.open}>
        ${CHOICES.map(([name, label, all]) => this.choice(name, label, all))}
        ${this.day('from', 'From')}${this.day('to', 'Until')}
      </div>
      ${Object.keys(this.filters).length === 0 ? nothing : html`<div class="actions">
        <button type="button" class="small quiet" @click=${() => this.tell({})}>Clear search and filters</button></div>`}
    </form>`;
  }

  private choice(name: Choice, label: string, all: string) {
    const lines = this.choices[name];
    const value = this.filters[name] ?? '';
    if (name === 'server' && lines.length < 2 && value === '') return nothing;
    const known = lines.filter(({ key }) => key !== null && key !== '').slice(0, OFFERED);
    const options = known.some(({ key }) => key === value) || value === '' ? known : [...known, { key: value } as SummaryLine];
    return html`<label class="field"><span>${label}</span>
      <select name=${name} @change=${(event: Event) => this.choose(name, event)}>
        <option value="" ?selected=${value === ''}>${all}</option>
        ${options.map((line) => html`<option value=${line.key ?? ''} ?selected=${line.key === value} .selected=${line.key === value}
          >${name === 'type' ? typesName(line.key ?? '') : labelOf(line, '')}</option>`)}
      </select></label>`;
  }

  private day(name: 'from' | 'to', label: string) {
    return html`<label class="field"><span>${label}</span>
      <input type="date" name=${name} .value=${this.filters[name] ?? ''} @change=${(event: Event) => this.choose(name, event)}></label>`;
  }

  private choose(name: FilterName, event: Event) {
    const { value } = event.target as HTMLSelectElement | HTMLInputElement;
    this.tell(value === '' ? without(this.filters, name) : { ...this.filters, [name]: value });
  }

  private onType() {
    this.undoPause?.();
    this.undoPause = this.clock.after(PAUSE_MS, () => this.search());
  }

  private onTyped() {
    this.undoPause?.();
    this.search();
    this.typing = false;
  }

  private onSubmit(event: Event) {
    event.preventDefault();
    this.onTyped();
  }

  private search() {
    const q = this.box.value.trim();
    if (q === (this.filters.q ?? '')) return;
    const typing = this.typing;
    this.typing = true;
    this.searched = q;
    this.tell(q === '' ? without(this.filters, 'q') : { ...this.filters, q }, typing);
  }

  private tell(filters: Filters, typing = false) {
    this.dispatchEvent(new CustomEvent<FilterChange>('filter', { detail: { filters, typing } }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'history-filter-bar': HistoryFilterBar;
  }
}
