// SPDX-License-Identifier: MIT
// ImportOptions.ts - <import-options ?resume ?dry-run ?resumable ?disabled>: how an import is to be
// done. Events `resume-changed` and `dry-run-changed`, what is ticked as detail.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base, fields } from './ui/styles.js';

@customElement('import-options')
export class ImportOptions extends LitElement {
  @property({ type: Boolean }) resume = false;
  @property({ type: Boolean, attribute: 'dry-run' }) dryRun = false;
  /** There is something to resume. */
  @property({ type: Boolean }) resumable = false;
  @property({ type: Boolean }) disabled = false;

  static override styles = [
    base,
    fields,
    css`
      fieldset { display: grid; gap: 0.5rem; border: 0; padding: 0; margin: 0; min-width: 0; }
      legend { font-weight: 560; padding: 0; margin-bottom: 0.4rem; }
      label.check[data-off] { color: var(--pb-muted); cursor: default; }
      label.check .hint { display: block; }
    `,
  ];

  override render() {
    return html`<fieldset>
      <legend>Options</legend>
      <label class="check" ?data-off=${!this.resumable}>
        <input type="checkbox" .checked=${this.resume && this.resumable} ?disabled=${!this.resumable || this.disabled}
          @change=${(event: Event) => this.tell('resume-changed', event)} />
        <span>Resume from last position
          ${this.resumable && !this.resume && !this.dryRun
            ? html`<span class="hint">A fresh start of that database gives up what could be resumed.</span>`
            : nothing}</span>
      </label>
      <label class="check">
        <input type="checkbox" .checked=${this.dryRun} @change=${(event: Event) => this.tell('dry-run-changed', event)} />
        <span>Dry run (validate without importing)</span>
      </label>
    </fieldset>`;
  }

  private tell(what: string, event: Event) {
    this.dispatchEvent(new CustomEvent(what, { detail: (event.target as HTMLInputElement).checked }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'import-options': ImportOptions;
  }
}
