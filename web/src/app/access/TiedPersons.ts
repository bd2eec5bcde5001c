// SPDX-License-Identifier: MIT
// TiedPersons.ts - <tied-persons .persons .tied>: whose plays a viewer sees, as boxes to tick. None: everybody's.
// Those who were ticked before come first, also one that is no longer known; of the others a part is
// shown, and searched. It has the styles of the card that it stands in.
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { counted } from '../../lib/format.js';
import type { PersonView } from '../../lib/types/schema.js';

const SHOWN = 50;

@customElement('tied-persons')
export class TiedPersons extends LitElement {
  @property({ attribute: false }) persons: readonly PersonView[] = [];
  /** Ids of those who were ticked before. */
  @property({ attribute: false }) tied: readonly string[] = [];
  /** Ids of those who are. */
  @state() private ticked: ReadonlySet<string> = new Set();
  @state() private q = '';

  protected override createRenderRoot() {
    return this;
  }

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('tied')) this.ticked = new Set(this.tied);
  }

  /** Ids of those who are ticked, if they are others than before. */
  get change(): string[] | undefined {
    const same = this.ticked.size === this.tied.length && this.tied.every((id) => this.ticked.has(id));
    return same ? undefined : [...this.ticked];
  }

  override render() {
    const names = new Map(this.persons.map((one) => [one.id, one.name ?? one.id]));
    const wanted = this.q.trim().toLocaleLowerCase();
    const found = [...names.keys()].filter((id) => !this.tied.includes(id) && (this.ticked.has(id) || names.get(id)?.toLocaleLowerCase().includes(wanted)));
    if (names.size + this.tied.length === 0) return html`<p class="soft small">Nobody is known yet whose plays could be all that a viewer sees.</p>`;
    const more = found.length - SHOWN;
    return html`<fieldset>
      <legend>Sees the plays of</legend>
      <small class="hint">Ticked persons only; with none ticked everybody's. An administrator sees all in any case.</small>
      ${names.size > SHOWN
        ? html`<input type="search" aria-label="Search persons" placeholder="Search ${counted(names.size, 'person', 'persons')}" @input=${this.onSearch} @keydown=${this.onKey}>`
        : nothing}
      <div class="choices">${repeat([...this.tied, ...found.slice(0, SHOWN)], (id) => id, (id) => html`<label class="check">
        <input type="checkbox" value=${id} .checked=${this.ticked.has(id)} @change=${this.onTick}><span>${names.get(id) ?? id}</span></label>`)}</div>
      ${more > 0 ? html`<small class="hint">${counted(more, 'more person', 'more persons')}: search to find them.</small>` : nothing}
    </fieldset>`;
  }

  private onSearch(event: Event) {
    this.q = (event.target as HTMLInputElement).value;
  }

  /* It would send the form. */
  private onKey(event: KeyboardEvent) {
    if (event.key === 'Enter') event.preventDefault();
  }

  private onTick(event: Event) {
    const { value, checked } = event.target as HTMLInputElement;
    const others = [...this.ticked].filter((id) => id !== value);
    this.ticked = new Set(checked ? [...others, value] : others);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'tied-persons': TiedPersons;
  }
}
