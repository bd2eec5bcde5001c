// SPDX-License-Identifier: MIT
// ImportOptions.ts - <import-options ?resume ?dry-run ?resumable ?disabled>: how an import is to be
// done. Events `resume-changed` and `dry-run-changed`, what is ticked as detail.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base, fields } from '../ui/styles.js';

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
      label.check .hint { display: block; }
    `,
  ];

  override render() {
    return html`<fieldset>
      <legend>Options</legend>
      ${this.resumable ? this.resumption() : nothing}
      <label class="check">
        <input type="checkbox" .checked=${this.dryRun} @change=${(event: Event) => this.tell('dry-run-changed', event)} />
        <span>Dry run
          <span class="hint">Reads every row and gives the receipt of an import, but stores nothing; Validate Database only tells what is in it.</span></span>
      </label>
    </fieldset>`;
  }

  /* Only where there is something to resume. */
  private resumption() {
    return html`<label class="check">
      <input type="checkbox" .checked=${this.resume} ?disabled=${this.disabled}
        @change=${(event: Event) => this.tell('resume-changed', event)} />
      <span>Resume from last position
        ${this.resume || this.dryRun
          ? nothing
          : html`<span class="hint">A fresh start of the database that was being imported gives up what could be resumed.</span>`}</span>
    </label>`;
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
