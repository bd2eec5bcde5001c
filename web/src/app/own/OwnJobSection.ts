// SPDX-License-Identifier: MIT
// OwnJobSection.ts - <own-job-section .operation ?admin>: a job that the history does itself (an undo, say): nothing
// until one runs, then how far it is, and its receipt when it has ended before this page's eyes, or was
// begun here and had ended before it could be seen.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import '../JobProgress.js';
import '../JobReceipt.js';
import type { OperationController } from '../OperationController.js';
import { isRunning } from '../ProgressRecords.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { base, cards } from '../ui/styles.js';

@customElement('own-job-section')
export class OwnJobSection extends LitElement {
  @property({ attribute: false }) operation!: OperationController;
  @property({ type: Boolean }) admin = false;
  /** The job that was seen running, or was begun here. */
  @state() private seen: string | undefined;
  private closed: string | undefined;
  @query('h2') private heading!: HTMLElement | null;
  /** A running job by its id alone: its figures are not ours. */
  private readonly run = new StoreWatch(this, () => this.operation, ({ progress }) => (isRunning(progress) ? (progress.job_id ?? '') : progress));
  private begun = '';

  static override styles = [base, cards, css`.card > * + * { margin-top: 1.1rem; } :host([idle]) { display: none; }`];

  override willUpdate() {
    const run = this.run.value;
    const job = typeof run === 'string' ? run : this.operation.state.start?.job;
    if (job !== undefined && job !== this.closed) this.seen = job;
  }

  /* Where a person goes on who began it: the dialog and its button are gone. */
  override updated() {
    const run = this.run.value;
    this.toggleAttribute('idle', typeof run !== 'string' && (this.seen === undefined || run.job_id !== this.seen));
    if (typeof run !== 'string' || run === this.begun) return;
    this.begun = run;
    if (this.operation.state.start?.job === run) this.heading?.focus();
  }

  override render() {
    const run = this.run.value;
    if (typeof run === 'string') return this.running();
    if (this.seen === undefined || run.job_id !== this.seen) return nothing;
    return html`<job-receipt .api=${this.operation.api} .job=${this.seen} .progress=${run} ?admin=${this.admin} fresh
      @closed=${this.close}></job-receipt>`;
  }

  private readonly close = () => {
    this.closed = this.seen;
    this.seen = undefined;
  };

  private running() {
    return html`<section class="card" aria-labelledby="title">
      <h2 id="title" tabindex="-1">${this.operation.description.heading}</h2>
      <job-progress .operation=${this.operation} ?admin=${this.admin}></job-progress>
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'own-job-section': OwnJobSection;
  }
}
