// SPDX-License-Identifier: MIT
// DatabasePathField.ts - <database-path-field>: a path can be typed, or picked from the databases
// that lie in the allowed folders (an editable combobox with a list, keyboard as ARIA has it).
// Events: `path-changed` with the path as detail, `wanted` when candidates are.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { bytes, since } from '../lib/format.js';
import type { Candidate } from '../lib/types/sync.js';
import { base, fields } from './ui/styles.js';

/* What lies in a folder called uploads was sent there once; what is no database is hardly meant. */
function rank({ path, looks_valid: valid }: Candidate): number {
  if (!valid) return 2;
  return /\/uploads\/[^/]+$/.test(path) ? 1 : 0;
}

/** What a person most likely means first; those alike stay in their order. */
export function likelyFirst(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((a, b) => rank(a) - rank(b));
}

@customElement('database-path-field')
export class DatabasePathField extends LitElement {
  @property() path = '';
  @property({ attribute: false }) candidates: readonly Candidate[] = [];
  /** A sentence under the field: why this path will not do. */
  @property() wrong = '';
  @property({ type: Boolean }) disabled = false;
  @state() private open = false;
  @state() private active = -1;
  @query('input') private input!: HTMLInputElement;
  /** The list opened by itself under what is typed; nobody asked to see all. */
  private typed = false;

  static override styles = [
    base,
    fields,
    css`
      .box { position: relative; display: grid; gap: 0.3rem; }
      input { font-family: var(--pb-mono); font-size: 0.9375rem; }
      ul {
        position: absolute; z-index: 5; inset: calc(100% + 4px) 0 auto; max-height: 17rem; overflow: auto;
        list-style: none; padding: 0.25rem; background: var(--pb-surface); border: 1px solid var(--pb-line-strong);
        border-radius: var(--pb-radius-small); box-shadow: var(--pb-shadow-high);
      }
      li { padding: 0.45rem 0.6rem; border-radius: 4px; cursor: pointer; }
      li:hover { background: var(--pb-surface-2); }
      li[aria-selected='true'] {
        background: var(--pb-accent-soft); outline: 2px solid var(--pb-accent); outline-offset: -2px;
      }
      li span { display: block; overflow-wrap: anywhere; }
      .anchor { position: relative; }
    `,
  ];

  override focus() {
    this.input.focus();
  }

  /* The candidates may come after a path was typed to its end. */
  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('candidates') && this.typed && this.whole) this.hide();
  }

  /* What is typed narrows the list; a path that was picked shows them all again. */
  private get shown(): readonly Candidate[] {
    const typed = this.path.trim().toLowerCase();
    return typed === '' || this.whole ? this.candidates : this.candidates.filter((one) => one.path.toLowerCase().includes(typed));
  }

  private get whole(): boolean {
    const path = this.path.trim();
    return this.candidates.some((one) => one.path === path);
  }

  override render() {
    const shown = this.shown;
    const open = this.open && shown.length > 0 && !this.disabled;
    return html`
      <div class="box">
        <label class="name" for="path">Database Path</label>
        <div class="anchor">
          <input
            id="path" type="text" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false"
            placeholder="/config/tautulli.db"
            aria-autocomplete="list" aria-expanded=${String(open)} aria-controls=${open ? 'found' : nothing}
            aria-activedescendant=${open && this.active >= 0 ? `found-${this.active}` : nothing}
            aria-invalid=${this.wrong === '' ? nothing : 'true'} aria-describedby=${this.wrong === '' ? 'hint' : 'wrong'}
            .value=${this.path} ?readonly=${this.disabled}
            @input=${this.onInput} @click=${this.show} @focus=${this.want} @keydown=${this.onKey} @blur=${this.hide}
          />
          ${open ? this.list(shown) : nothing}
        </div>
        ${this.wrong === ''
          ? html`<p class="hint" id="hint">Tautulli's tautulli.db, or a .zip backup made by Tautulli</p>`
          : html`<p class="wrong" id="wrong">${this.wrong}</p>`}
      </div>
    `;
  }

  private list(shown: readonly Candidate[]) {
    return html`<ul id="found" role="listbox" aria-label="Databases found">
      ${shown.map(
        (one, i) => html`<li
          id="found-${i}" role="option" aria-selected=${String(i === this.active)}
          @pointerdown=${(event: Event) => this.pick(event, one)}
        >
          <span class="mono">${one.path}</span>
          <span class="soft small">
            ${bytes(one.bytes)}, changed ${since(one.modified, Date.now())}${one.looks_valid ? '' : ' · does not look like a database'}
          </span>
        </li>`,
      )}
    </ul>`;
  }

  private tell(path: string) {
    this.path = path;
    this.dispatchEvent(new CustomEvent('path-changed', { detail: path }));
  }

  private onInput() {
    this.tell(this.input.value);
    this.active = -1;
    if (this.whole) this.hide(); // nothing is left to suggest, and the list lies over the buttons
    else this.show();
    this.typed = true;
  }

  private show() {
    this.typed = false;
    if (this.open || this.disabled) return;
    this.open = true;
    this.want();
  }

  private want() {
    this.dispatchEvent(new CustomEvent('wanted'));
  }

  private hide() {
    this.open = false;
    this.active = -1;
  }

  /* Before the blur, which a click would cause: the focus stays in the field. */
  private pick(event: Event, one: Candidate) {
    event.preventDefault();
    this.choose(one);
  }

  private choose(one: Candidate) {
    this.tell(one.path);
    this.hide();
  }

  private onKey(event: KeyboardEvent) {
    const shown = this.shown;
    const picked = this.open ? shown[this.active] : undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!this.open) this.show();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.active = Math.max(-1, Math.min(shown.length - 1, this.active + step));
      this.scrollToActive();
    } else if (event.key === 'Enter' && picked) {
      event.preventDefault();
      this.choose(picked);
    } else if (event.key === 'Escape' && this.open) {
      event.stopPropagation();
      this.hide();
    }
  }

  private scrollToActive() {
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'database-path-field': DatabasePathField;
  }
}
