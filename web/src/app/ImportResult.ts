// SPDX-License-Identifier: MIT
// ImportResult.ts - <import-result .progress ?admin ?offered ?ready ?busy>: how a run has ended, what
// can be done about a failure, and its newest errors. After a dry run (`offered`) one button turns it
// into a real one. Events `run` and `show-all`.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { fetched } from '../lib/fetched.js';
import { idleProgress, type SyncProgress } from '../lib/types/sync.js';
import './ErrorLogComponent.js';
import './SyncProgressComponent.js';
import { base, buttons } from './ui/styles.js';

@customElement('import-result')
export class ImportResult extends LitElement {
  @property({ attribute: false }) progress: SyncProgress = idleProgress('tautulli_import');
  @property({ type: Boolean }) admin = false;
  @property({ type: Boolean }) offered = false;
  /** What would be run is known. */
  @property({ type: Boolean }) ready = false;
  /** Something was asked for and has no answer yet. */
  @property({ type: Boolean }) busy = false;
  /** What to do about an error, by its code; fetched when a run has failed. */
  @state() private remedies: Readonly<Record<string, string>> | undefined;
  private fetching: Promise<void> | undefined;

  static override styles = [base, buttons, css`:host > * + * { margin-top: 1.1rem; }`];

  override render() {
    const p = this.progress;
    return html`
      <sync-progress .progress=${p} label="Import result"></sync-progress>
      ${this.remedy(p)}
      ${this.offered
        ? html`<div class="actions">
            <button type="button" class="primary" aria-disabled=${String(!this.ready || this.busy)} @click=${this.run}>Run this import</button>
            <span class="soft small">Nothing was stored yet; what an import would do is shown below.</span>
          </div>`
        : nothing}
      ${p.error_count === 0
        ? nothing
        : html`<error-log .errors=${p.errors} .total=${p.error_count} ?complete=${this.admin} @show-all=${this.showAll}></error-log>`}
    `;
  }

  private remedy(p: SyncProgress) {
    if (p.status !== 'error' || p.error_code === undefined) return nothing;
    this.fetching ??= fetched(() => import('../lib/types/errors.js')).then(({ ERROR_REMEDIES }) => {
      this.remedies = ERROR_REMEDIES;
    });
    const words = this.remedies?.[p.error_code];
    return words === undefined ? nothing : html`<p><strong>What to do:</strong> ${words}.</p>`;
  }

  private run() {
    if (this.ready && !this.busy) this.dispatchEvent(new CustomEvent('run'));
  }

  private showAll() {
    this.dispatchEvent(new CustomEvent('show-all'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'import-result': ImportResult;
  }
}
