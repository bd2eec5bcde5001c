// SPDX-License-Identifier: MIT
// JobNext.ts - <job-next .next=${…} operation="…" .problem ?admin ?busy ?known>: the steps after a run, as buttons
// of which one is primary; a viewer can take none and reads of none. Event `step` with the step as detail.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ApiError } from '../lib/api/client.js';
import type { Operation } from '../lib/types/sync.js';
import './ProblemNote.js';
import { stepLabel, type Next, type Step } from './nextSteps.js';
import { base, buttons } from './ui/styles.js';

@customElement('job-next')
export class JobNext extends LitElement {
  @property({ attribute: false }) next!: Next;
  @property() operation!: Operation;
  /** Why the last step could not be taken. */
  @property({ attribute: false }) problem: ApiError | undefined;
  @property({ type: Boolean }) admin = false;
  /** Something was asked for and has no answer yet. */
  @property({ type: Boolean }) busy = false;
  /** What the run was of is known. */
  @property({ type: Boolean }) known = false;

  static override styles = [base, buttons, css`:host > * + * { margin-top: 0.7rem; }`];

  override render() {
    const { words, steps } = this.next;
    return html`
      ${this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : nothing}
      ${words === '' || !this.admin ? nothing : html`<p>${words}</p>`}
      ${this.admin && steps.length > 0 ? html`<div class="actions">${steps.map((step, i) => this.button(step, i))}</div>` : nothing}
    `;
  }

  private button(step: Step, i: number) {
    const kind = i === 0 && this.next.lead ? 'primary' : step === 'another' ? 'quiet' : '';
    const again = step === 'run' || step === 'dry-run' || step === 'retry';
    const waits = step !== 'another' && step !== 'history' && (this.busy || (again && !this.known));
    return html`<button type="button" class=${kind} aria-disabled=${String(waits)} @click=${() => this.take(step, waits)}>${stepLabel(step, this.operation)}</button>`;
  }

  private take(step: Step, waits: boolean) {
    if (!waits) this.dispatchEvent(new CustomEvent('step', { detail: step }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'job-next': JobNext;
  }
}
