// SPDX-License-Identifier: MIT
// LibrarySelectorComponent.ts - <library-selector .api server="…">: the libraries that a media server has now, as boxes to tick; all
// are ticked at first. What the server refuses is told with a way to ask again: then nothing is chosen, which is all.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { SyncApi } from '../../lib/api/sync.js';
import type { ServerLibrary } from '../../lib/types/sync.js';
import '../ProblemNote.js';
import { Loaded } from '../ui/Loaded.js';
import { base, buttons, fields } from '../ui/styles.js';

@customElement('library-selector')
export class LibrarySelectorComponent extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  /** Id of the server. */
  @property() server = '';
  /** Ids of those that a person does not want. */
  @state() private unwanted: ReadonlySet<string> = new Set();
  private readonly found = new Loaded<readonly ServerLibrary[]>(this, {
    ask: async (signal) => (await this.api.libraries(this.server, signal)).libraries,
    active: () => this.checkVisibility?.() ?? true,
  });

  static override styles = [
    base,
    buttons,
    fields,
    css`
      fieldset { display: grid; gap: 0.5rem; border: 0; padding: 0; margin: 0; min-width: 0; }
      legend { font-weight: 560; padding: 0; margin-bottom: 0.4rem; }
      .choices { display: grid; gap: 0.5rem 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)); max-height: 17rem; overflow-y: auto; }
      label.check span { overflow-wrap: anywhere; min-width: 0; }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>) {
    if (!changed.has('server')) return;
    this.unwanted = new Set();
    this.found.value = undefined;
    if (this.server !== '') void this.found.load();
  }

  /** Ids of those that are ticked; none: all of them. Undefined: not one is. */
  get chosen(): string[] | undefined {
    const all = this.found.value ?? [];
    const ticked = all.filter(({ id }) => !this.unwanted.has(id)).map(({ id }) => id);
    if (ticked.length === all.length) return [];
    return ticked.length === 0 ? undefined : ticked;
  }

  override focus() {
    this.renderRoot.querySelector<HTMLElement>('input')?.focus();
  }

  override render() {
    return html`<fieldset>
      <legend>Libraries (optional)</legend>
      ${this.found.value ? this.choices(this.found.value) : this.waiting()}
    </fieldset>`;
  }

  private choices(libraries: readonly ServerLibrary[]) {
    if (libraries.length === 0) return html`<p class="soft small">This server has no libraries now. What it remembers of earlier ones is synced.</p>`;
    return html`<div class="choices">${repeat(libraries, ({ id }) => id, ({ id, name }) => html`<label class="check">
        <input type="checkbox" value=${id} .checked=${!this.unwanted.has(id)} @change=${this.onTick}><span>${name}</span></label>`)}</div>
      ${this.chosen?.length === 0 ? html`<small class="hint">All of them, and plays of libraries that are gone.</small>` : nothing}`;
  }

  private waiting() {
    const { problem, loading } = this.found;
    if (!problem || loading) return html`<p class="soft small" role="status">Asking the server for its libraries…</p>`;
    return html`<problem-note .error=${problem}><div class="actions"><button type="button" class="small" @click=${() => void this.found.load()}>Ask again</button></div></problem-note>`;
  }

  private onTick(event: Event) {
    const { value, checked } = event.target as HTMLInputElement;
    const others = [...this.unwanted].filter((id) => id !== value);
    this.unwanted = new Set(checked ? others : [...others, value]);
    this.dispatchEvent(new CustomEvent('chosen-changed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'library-selector': LibrarySelectorComponent;
  }
}
