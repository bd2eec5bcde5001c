// SPDX-License-Identifier: MIT
// JobProgress.ts - <job-progress .operation ?admin>: a job while it runs: what it is of, who
// started it, and how far it is. It alone follows every push, so what a push costs is what changes here.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError } from '../lib/api/client.js';
import { fetched } from '../lib/fetched.js';
import { capital, dateTime } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import { subjectOf, type JobGot } from '../lib/types/sync.js';
import './ErrorLogComponent.js';
import type { OperationController } from './OperationController.js';
import { isOwn } from './OperationDescription.js';
import './ProblemNote.js';
import './StopDialog.js';
import './SyncProgressComponent.js';
import { Retry } from './ui/Retry.js';
import { StoreWatch } from './ui/StoreWatch.js';
import { pathName } from './ui/pathName.js';
import { base, buttons, cards } from './ui/styles.js';
import { oneOf } from './words.js';

@customElement('job-progress')
export class JobProgress extends LitElement {
  @property({ attribute: false }) operation!: OperationController;
  @property({ type: Boolean }) admin = false;
  @state() private stopping = false;
  /** Asked for once: what stays the same while it runs, and its course until then. */
  @state() private got: JobGot | undefined;
  private asked: string | undefined;
  private readonly retry = new Retry(this);
  private readonly progress = new StoreWatch(this, () => this.operation, (state) => state.progress);
  private readonly doing = new StoreWatch(this, () => this.operation, (state) => state.doing);
  private readonly problem = new StoreWatch(this, () => this.operation, (state) => state.problem);

  static override styles = [
    base,
    buttons,
    cards,
    css`
      :host > * + * { margin-top: 1.1rem; }
      .origin { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.1rem; min-height: 3em; }
      .origin span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      /* It is there all the time and hardly ever wanted: it does not shout. */
      button.danger.primary.stop { background: var(--pb-error-soft); color: var(--pb-error); border-color: var(--pb-error); }
    `,
  ];

  override firstUpdated() {
    void fetched(() => import('./charts/RatePlot.js'));
  }

  override willUpdate() {
    const job = this.progress.value.job_id;
    if (job === undefined || job === this.asked) return;
    this.asked = job;
    this.got = undefined;
    void this.load(job);
  }

  override render() {
    const p = this.progress.value;
    const { noun } = OPERATIONS[p.operation];
    const problem = this.problem.value;
    return html`
      ${problem ? html`<problem-note .error=${problem}></problem-note>` : nothing}
      <sync-progress .progress=${p}></sync-progress>
      ${this.origin()}
      <rate-plot .progress=${p} .samples=${this.got?.samples}></rate-plot>
      ${this.admin && this.stopPath !== undefined
        ? html`<div class="actions"><button type="button" class="danger primary stop" @click=${() => (this.stopping = true)}>Stop ${capital(noun)}</button></div>`
        : this.admin ? nothing : html`<p class="soft">Only an administrator can stop ${oneOf(noun)}.</p>`}
      ${p.error_count === 0 ? nothing : html`<error-log .errors=${p.errors} .total=${p.error_count}></error-log>`}
      ${this.stopping
        ? html`<stop-dialog open ?busy=${this.doing.value !== undefined} .progress=${p}
            @closed=${this.keepRunning} @stop=${this.stop}></stop-dialog>`
        : nothing}
    `;
  }

  /* Its room is kept, whatever there is to say. */
  private origin() {
    const job = this.got?.job;
    const subject = job && subjectOf(job);
    return html`<p class="origin soft small">
      ${subject ? html`<span>${pathName(subject)}</span>` : nothing}
      ${job ? html`<span>Started ${job.asked_by === undefined ? '' : `by ${job.asked_by}, `}${dateTime(job.progress.start_time)}</span>` : nothing}
    </p>`;
  }

  private async load(job: string) {
    try {
      const got = await this.operation.api.job(job);
      if (job !== this.asked) return;
      this.got = got;
      this.retry.answered();
    } catch (thrown) {
      if (job === this.asked) this.retry.failed(asApiError(thrown), () => this.load(job));
    }
  }

  private keepRunning() {
    this.stopping = false;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.danger')?.focus());
  }

  private get stopPath(): string | undefined {
    const { description } = this.operation;
    const job = this.progress.value.job_id;
    return isOwn(description) ? job && description.stopOf?.(job) : description.routes.stop;
  }

  private async stop() {
    const path = this.stopPath;
    if (path === undefined || !(await this.operation.stop(path))) this.keepRunning();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'job-progress': JobProgress;
  }
}
