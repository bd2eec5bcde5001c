// SPDX-License-Identifier: MIT
// DatabasePathField.ts - <database-path-field>: a path can be typed, or picked from the databases
// that lie in the allowed folders (an editable combobox with a list, keyboard as ARIA has it). An
// upload stands there by its name. Events: `path-changed` with the path as detail, `wanted` when
// candidates are.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { bytes, since } from '../../lib/format.js';
import { uploadName } from '../../lib/paths.js';
import type { Candidate } from '../../lib/types/sync.js';
import { arrow } from '../icons.js';
import { breakable } from '../ui/pathName.js';
import { base, buttons, fields } from '../ui/styles.js';

/** An uploaded database, as the person knows it. */
export interface Upload {
  path: string;
  name: string;
  /** Absent: it was sent from another page. */
  bytes?: number;
}

@customElement('database-path-field')
export class DatabasePathField extends LitElement {
  @property() path = '';
  /** What the path is, if it is an upload. */
  @property({ attribute: false }) upload: Upload | undefined;
  /** It is being looked at. */
  @property({ type: Boolean }) checking = false;
  @property({ attribute: false }) candidates: readonly Candidate[] = [];
  /** A sentence under the field: why this path will not do. */
  @property() wrong = '';
  @property({ type: Boolean }) disabled = false;
  @state() private open = false;
  @state() private active = -1;
  @query('input') private input!: HTMLInputElement | null;
  /** The list opened by itself under what is typed; nobody asked to see all. */
  private typed = false;

  static override styles = [
    base,
    buttons,
    fields,
    css`
      .chosen {
        display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; justify-content: space-between;
        padding: 0.55rem 0.55rem 0.55rem 0.9rem; border: 1px solid var(--pb-line-strong); border-radius: var(--pb-radius-small);
      }
      .chosen p { overflow-wrap: anywhere; min-width: 0; }
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
      .anchor input { padding-right: 2.75rem; }
      .arrow { position: absolute; inset: 1px 1px 1px auto; min-height: 0; width: 2.5rem; padding: 0; display: grid; place-items: center; color: var(--pb-muted); }
      span.name { font-weight: 560; }
    `,
  ];

  override focus() {
    this.renderRoot.querySelector<HTMLElement>('input, button')?.focus();
  }

  /** To type another path, or pick one. */
  async chooseAnother() {
    if (this.upload) {
      this.upload = undefined; // at once: the field to type in is there to take the focus
      this.tell('');
    }
    await this.updateComplete;
    this.input?.focus();
    this.input?.select();
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
    return this.upload ? this.chosen(this.upload) : this.combobox();
  }

  private chosen(upload: Upload) {
    const state = this.checking ? 'being checked…' : 'uploaded';
    return html`<div class="box" role="group" aria-label="Database">
      <span class="name">Database</span>
      <div class="chosen">
        <p><strong>${upload.name}</strong> <span class="soft small">${upload.bytes === undefined ? '' : `${bytes(upload.bytes)}, `}${state}</span></p>
        <button type="button" class="small" @click=${this.chooseAnother}>Choose another</button>
      </div>
      ${this.wrong === '' ? nothing : html`<p class="wrong" id="wrong">${this.wrong}</p>`}
    </div>`;
  }

  private combobox() {
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
          <button type="button" class="quiet arrow" tabindex="-1" aria-label="Databases found" aria-expanded=${String(open)}
            ?disabled=${this.disabled} @pointerdown=${(event: Event) => event.preventDefault()} @click=${this.onArrow}>${arrow}</button>
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
          <span class="mono">${breakable(uploadName(one.path) ?? one.path)}</span>
          <span class="soft small">
            ${uploadName(one.path) === undefined ? '' : 'uploaded, '}${bytes(one.bytes)}, changed ${since(one.modified, Date.now())}${one.looks_valid ? '' : ' · does not look like a database'}
          </span>
        </li>`,
      )}
    </ul>`;
  }

  /* For the pointer; by keyboard the arrow keys do it. */
  private onArrow() {
    this.input?.focus();
    if (this.open) this.hide();
    else this.show();
  }

  private tell(path: string) {
    this.path = path; // at once: what is shown depends on it
    this.dispatchEvent(new CustomEvent('path-changed', { detail: path }));
  }

  private onInput() {
    this.tell(this.input?.value ?? '');
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
