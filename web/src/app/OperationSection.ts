// SPDX-License-Identifier: MIT
// OperationSection.ts - <operation-section .operation .announcer ?admin>: the form of an operation
// while nothing runs, the progress while something does; when it has ended its receipt comes first, with
// what to do next, and the form is folded away (unless it holds an upload, say). The form stays in the
// page, hidden. It changes when a run begins or ends, not with its pushes.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { fetched } from '../lib/fetched.js';
import { capital, counted, dateTime, percent } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import { subjectOf, type JobView, type MediaServer, type Operation, type Resumable, type SyncProgress } from '../lib/types/sync.js';
import './JobNext.js';
import './JobProgress.js';
import type { JobReceipt } from './JobReceipt.js';
import './JobsList.js';
import type { OperationController, OperationState } from './OperationController.js';
import type { OperationForm, SourceOperation } from './OperationDescription.js';
import './ProblemNote.js';
import { isRunning } from './ProgressRecords.js';
import { nextSteps, type Next, type Step } from './nextSteps.js';
import { isUnfit } from './problems.js';
import type { Announcer } from './ui/announcer.js';
import { StoreWatch } from './ui/StoreWatch.js';
import { pathName } from './ui/pathName.js';
import { base, cards } from './ui/styles.js';
import { doubledWords, oneOf } from './words.js';

@customElement('operation-section')
export class OperationSection extends LitElement {
  @property({ attribute: false }) operation!: OperationController<SourceOperation>;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) admin = false;
  /** Another section has what a person most likely wants now. */
  @property({ type: Boolean }) aside = false;
  @property({ attribute: false }) servers: readonly MediaServer[] | undefined;
  /** Another operation that brings rows runs. */
  @property({ attribute: false }) other: Operation | undefined;
  /** Another value: something may have become of past runs since. */
  @property() revision = '';
  /** The undo that runs. */
  @property() undoing = '';
  /** The job whose receipt is shown: its end was seen, or it was asked for. */
  @state() private told: { job: string; dryRun: boolean } | undefined;
  /** The same, once its receipt is there. */
  @state() private got: JobView | undefined;
  /** The form was unfolded beneath a receipt. */
  @state() private opened = false;
  @query('h2') private heading!: HTMLElement;
  @query('job-receipt') private receipt!: JobReceipt | null;
  private form: OperationForm | undefined; // while there is one to show, or to keep
  private watched: string | undefined;
  private ended: string | undefined; // the last job whose end this page saw
  private began = false; // what had failed before the page was opened was looked at
  private hadFocus = false;
  /** A running job by its id alone: its figures are not ours. */
  private readonly run = this.watch(({ progress }) => (isRunning(progress) ? (progress.job_id ?? 'unknown') : progress));
  private readonly doing = this.watch((state) => state.doing);
  private readonly standing = this.watch((state) => state.standing);
  private readonly problem = this.watch((state) => state.problem);
  private readonly unavailable = this.watch((state) => state.unavailable);

  static override styles = [
    base,
    cards,
    css`
      :host > * + * { margin-top: var(--pb-gap); }
      .parts > * + * { margin-top: 1.1rem; }
      .resume { display: grid; gap: 0.6rem; padding: 0.9rem 1rem; border-radius: var(--pb-radius-small); background: var(--pb-warn-soft); }
      .resume p { overflow-wrap: anywhere; }
      .last > * + * { margin-top: 0.4rem; }
      .last { padding-top: 0.9rem; border-top: 1px solid var(--pb-line); }
    `,
  ];

  override willUpdate() {
    this.hadFocus = this.shadowRoot?.activeElement instanceof HTMLElement;
    const run = this.run.value;
    const loaded = this.standing.value !== undefined;
    if (typeof run === 'string') {
      this.watched = run;
      this.told = undefined;
      this.opened = false;
      return;
    }
    const failedBefore = !this.began && loaded && run.status === 'error';
    this.began ||= loaded;
    if (run.job_id === undefined || (run.job_id !== this.watched && !failedBefore)) return;
    this.watched = undefined;
    this.ended = run.job_id;
    this.tell(run.job_id, run.dry_run === true);
  }

  /* What had the focus may have gone with the form or the progress: a heading is what remains. */
  override updated() {
    const focused = this.shadowRoot?.activeElement;
    if (!this.hadFocus || (focused && !focused.closest('[hidden]'))) return;
    if (this.told) this.focusReceipt();
    else this.heading.focus();
  }

  override render() {
    const run = this.run.value;
    const running = typeof run === 'string';
    const newest = !running && this.told !== undefined && this.told.job === this.ended && run.job_id === this.ended;
    const folded = newest && this.admin && !this.opened && this.form?.inHand !== true;
    const next = this.told && !running ? this.nextOf(this.told.job, run, newest, folded) : undefined;
    const resumable = running || this.resumable?.job_id === this.told?.job || this.isStuck(run) ? undefined : this.resumable;
    const lead = next?.lead === true || this.aside;
    return html`
      ${this.told && next && !running ? this.account(this.told, run, newest, next, folded) : nothing}
      <section class="card" ?hidden=${folded} aria-labelledby="title">
        <header><h2 id="title" tabindex="-1">${this.operation.description.heading}</h2></header>
        <div class="parts">
          ${running ? html`<job-progress .operation=${this.operation} ?admin=${this.admin}></job-progress>` : this.standing.value ? nothing : this.waiting()}
          ${resumable && !running ? this.offerResume(resumable, run, !lead) : nothing}
          ${this.formOf(running, lead || resumable !== undefined)}
          ${this.last()}
        </div>
      </section>
      <jobs-list ?hidden=${!running && !this.standing.value && !this.unavailable.value} .operation=${this.operation} ?admin=${this.admin} revision=${this.revision} undoing=${this.undoing} @show-receipt=${this.onShowReceipt}></jobs-list>
    `;
  }

  private watch<T>(select: (state: OperationState) => T): StoreWatch<OperationState, T> {
    return new StoreWatch(this, () => this.operation, select);
  }

  private get words() {
    return OPERATIONS[this.operation.description.operation];
  }

  private get discardable(): boolean {
    return this.operation.description.routes.clear !== undefined;
  }

  private get resumable(): Resumable | undefined {
    return this.standing.value?.resumable;
  }

  private nextOf(job: string, run: SyncProgress, newest: boolean, folded: boolean): Next {
    const progress = run.job_id === job ? run : this.got?.progress;
    if (!progress) return { words: '', steps: [], lead: false };
    const resumable = this.resumable?.job_id === job ? this.resumable : undefined;
    return nextSteps({ progress, newest, resumable: resumable !== undefined, mismatch: resumable !== undefined && this.mismatch(resumable, run), discardable: this.discardable }, folded);
  }

  /* What could be resumed would end at the same place again. */
  private isStuck(run: SyncProgress): boolean {
    return run.job_id === this.resumable?.job_id && isUnfit(run.error_code);
  }

  /* What it was of is another now: to resume would fail again. */
  private mismatch(resumable: Resumable, run: SyncProgress): boolean {
    const refused = this.problem.value?.code === 'RESUME_MISMATCH' && this.operation.state.start?.of === subjectOf(resumable);
    return refused || (run.job_id === resumable.job_id && run.error_code === 'RESUME_MISMATCH');
  }

  private account(told: { job: string; dryRun: boolean }, run: SyncProgress, newest: boolean, next: Next, folded: boolean) {
    void fetched(() => import('./JobReceipt.js'));
    return html`<job-receipt
      .api=${this.operation.api} .job=${told.job} .progress=${run.job_id === told.job ? run : undefined}
      ?admin=${this.admin} ?preview=${told.dryRun} ?fresh=${newest} revision=${this.revision}
      @ready=${(event: CustomEvent<JobView>) => (this.got = event.detail)} @closed=${this.closeReceipt}
    >
      <job-next slot="next" ?hidden=${!this.admin} .next=${{ ...next, lead: next.lead && !this.aside }} .operation=${run.operation} .problem=${folded ? this.problem.value : undefined} ?admin=${this.admin}
        ?busy=${this.doing.value !== undefined} ?known=${this.got !== undefined} @step=${(event: CustomEvent<Step>) => this.take(event.detail)}></job-next>
    </job-receipt>`;
  }

  private formOf(running: boolean, aside: boolean) {
    const loaded = this.standing.value !== undefined;
    if (!this.admin || (!running && !loaded)) this.form = undefined;
    if (!this.admin && !running && loaded) return html`<p class="soft">Only an administrator can start ${oneOf(this.words.noun)}. What is stored is on the page <a href="#history">History</a>.</p>`;
    if (!this.admin || (!running && !loaded)) return nothing;
    this.form ??= this.makeForm();
    return Object.assign(this.form, { operation: this.operation, announcer: this.announcer, hidden: running, running, aside, servers: this.servers, other: this.other });
  }

  private makeForm(): OperationForm {
    const form = new this.operation.description.form();
    form.addEventListener('in-hand', () => this.requestUpdate());
    return form;
  }

  private waiting() {
    const why = this.unavailable.value;
    return why ? html`<problem-note .error=${why}></problem-note>` : html`<p class="soft">Asking how the ${this.words.noun} stands…</p>`;
  }

  /* A run whose receipt is not shown. */
  private offerResume(resumable: Resumable, run: SyncProgress, lead: boolean) {
    const newest = run.job_id === resumable.job_id;
    const far = newest ? ` at ${percent(run.progress_percent)}` : '';
    const progress = newest ? run : { ...run, dry_run: false, status: 'cancelled' as const };
    const next = nextSteps({ progress, newest: false, resumable: true, mismatch: this.mismatch(resumable, run), discardable: this.discardable }, false);
    const subject = subjectOf(resumable);
    return html`<div class="resume">
      <p>${subject ? html`A run of ${pathName(subject, 60)}` : capital(oneOf(this.words.noun))} ended early on ${dateTime(resumable.at)}${far}.</p>
      <job-next .next=${{ ...next, lead: lead && next.lead }} .operation=${run.operation} ?admin=${this.admin} ?busy=${this.doing.value !== undefined}
        @step=${(event: CustomEvent<Step>) => this.take(event.detail)}></job-next>
    </div>`;
  }

  private last() {
    const standing = this.standing.value;
    if (!standing) return nothing;
    const { last_success: last, doubled_plays: doubled = 0 } = standing;
    return html`<div class="last soft">
      <p>Last ${capital(this.words.noun)}: ${last ? `${dateTime(last.end_time)} (${counted(last.imported_records, 'record')})` : 'none yet'}</p>
      ${doubled > 0 ? html`<p>${doubledWords(doubled)}</p>` : nothing}
    </div>`;
  }

  private take(step: Step) {
    const { got, form, resumable } = this;
    if (step === 'history') window.location.hash = '#history';
    else if (step === 'another') void this.unfold();
    else if (step === 'discard') void this.operation.clear();
    else if (step === 'resume' || step === 'start-new') {
      if (resumable) form?.again(resumable, { dryRun: this.dryRunOf(resumable), resume: step === 'resume' });
    } else if (got) form?.again(got, { dryRun: step === 'dry-run' || (step === 'retry' && got.dry_run), resume: false });
  }

  private dryRunOf(resumable: Resumable): boolean {
    const { progress } = this.operation.state;
    return progress.job_id === resumable.job_id && progress.dry_run === true;
  }

  private async unfold() {
    this.opened = true;
    await this.updateComplete;
    this.form?.anew();
  }

  private closeReceipt() {
    this.told = undefined;
    this.got = undefined;
  }

  private onShowReceipt(event: CustomEvent<JobView>) {
    this.tell(event.detail.job_id, event.detail.dry_run);
    this.focusReceipt();
  }

  private focusReceipt() {
    void Promise.all([this.updateComplete, import('./JobReceipt.js')]).then(() => this.receipt?.focus(), () => undefined);
  }

  private tell(job: string, dryRun: boolean) {
    if (this.told?.job !== job) this.got = undefined;
    this.told = { job, dryRun };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'operation-section': OperationSection;
  }
}
