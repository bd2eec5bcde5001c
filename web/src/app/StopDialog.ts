// SPDX-License-Identifier: MIT
// StopDialog.ts - <stop-dialog ?open .progress>: asks before a stop, and says what is kept. Events
// `stop` and `closed`.
import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { capital, count, counted } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { SyncProgress } from '../lib/types/sync.js';
import { dialogs, modalDialog } from './ui/dialog.js';
import { base, buttons } from './ui/styles.js';

@customElement('stop-dialog')
export class StopDialog extends LitElement {
  @property({ type: Boolean }) open = false;
  @property({ type: Boolean }) busy = false;
  @property({ attribute: false }) progress!: SyncProgress;

  static override styles = [base, buttons, dialogs, css`:host { display: contents; } p + p { margin-top: 0.5rem; }`];

  override render() {
    const p = this.progress;
    const { noun } = OPERATIONS[p.operation];
    const kept = OPERATIONS[p.operation].byHistory
      ? html`<p>What is done by now stays done. To go on with the rest, begin it again later.</p>`
      : p.dry_run === true
        ? html`<p>A dry run stores nothing, so nothing is lost. It can be resumed later.</p>`
        : html`<p>What was imported so far is kept: ${counted(p.imported_records, 'play')}.</p>
            <p>${p.total_records === 0 ? 'The remaining ones' : `The remaining ${count(Math.max(0, p.total_records - p.processed_records))} of ${counted(p.total_records, 'record')}`} are not
              imported; you can resume later from where it stopped.</p>`;
    return modalDialog({ heading: `Stop the ${noun}?`, open: this.open, onClose: () => this.tell('closed') }, () => html`
      <div>${kept}</div>
      <div class="actions">
        <button type="button" class="danger primary" aria-disabled=${String(this.busy)} @click=${this.stop}>Stop ${capital(noun)}</button>
        <button type="button" autofocus @click=${() => this.tell('closed')}>Keep running</button>
      </div>`);
  }

  private stop() {
    if (!this.busy) this.tell('stop');
  }

  private tell(what: 'stop' | 'closed') {
    this.dispatchEvent(new CustomEvent(what));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'stop-dialog': StopDialog;
  }
}
