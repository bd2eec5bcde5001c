// SPDX-License-Identifier: MIT
// TautulliImportSection.ts - <tautulli-import-section .manager .announcer ?admin>: the form while
// nothing runs, the progress while something does; when it has ended its receipt comes first, with what
// to do next, and the form is folded away (an upload under way keeps it). The form stays in the page,
// hidden: it may hold an upload. It changes when a run begins or ends, not with its pushes.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { fetched } from '../lib/fetched.js';
import { counted, dateTime, percent } from '../lib/format.js';
import type { JobView, Resumable, SyncProgress } from '../lib/types/sync.js';
import type { ImportForm } from './ImportForm.js';
import './ImportForm.js';
import './ImportNext.js';
import './ImportProgress.js';
import type { ImportReceipt } from './ImportReceipt.js';
import './JobsList.js';
import './ProblemNote.js';
import { isUnfit } from './problems.js';
import { importOf, type SyncManager } from './SyncManager.js';
import { SyncWatch } from './SyncWatch.js';
import { nextSteps, type Next, type Step } from './nextSteps.js';
import type { Announcer } from './ui/announcer.js';
import { pathName } from './ui/pathName.js';
import { base, cards } from './ui/styles.js';
import { doubledWords } from './words.js';

@customElement('tautulli-import-section')
export class TautulliImportSection extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) admin = false;
  @state() private path = '';
  /** The job whose receipt is shown: its end was seen, or it was asked for. */
  @state() private told: { job: string; dryRun: boolean } | undefined;
  /** The same, once its receipt is there. */
  @state() private got: JobView | undefined;
  /** The form was unfolded beneath a receipt. */
  @state() private opened = false;
  @state() private uploading = false;
  @query('h2') private heading!: HTMLElement;
  @query('import-form') private importForm!: ImportForm | null;
  @query('import-receipt') private receipt!: ImportReceipt | null;
  private watched: string | undefined;
  private uploaded: string | undefined; // path of the last upload
  private ended: string | undefined; // the last job whose end this page saw
  private began = false; // what had failed before the page was opened was looked at
  private hadFocus = false;
  /** A running job by its id alone: its figures are not ours. */
  private readonly run = new SyncWatch(this, (state) => {
    const p = importOf(state);
    return p.status === 'running' ? (p.job_id ?? 'unknown') : p;
  });
  private readonly doing = new SyncWatch(this, (state) => state.doing);
  private readonly resumable = new SyncWatch(this, (state) => state.resumable);
  private readonly lastSuccess = new SyncWatch(this, (state) => state.lastSuccess);
  private readonly doubledPlays = new SyncWatch(this, (state) => state.doubledPlays);
  private readonly problem = new SyncWatch(this, (state) => state.problem);
  private readonly unavailable = new SyncWatch(this, (state) => state.unavailable);
  private readonly loaded = new SyncWatch(this, (state) => state.loaded);

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
    if (typeof run === 'string') {
      this.watched = run;
      this.told = undefined;
      this.opened = false;
      return;
    }
    const failedBefore = !this.began && this.loaded.value && run.status === 'error';
    this.began ||= this.loaded.value;
    if (run.job_id === undefined || (run.job_id !== this.watched && !failedBefore)) return;
    this.watched = undefined;
    this.ended = run.job_id;
    this.tell(run.job_id, run.dry_run === true);
    if (run.status === 'completed' && run.dry_run !== true) this.forgetUpload(run.job_id);
  }

  /* An upload is removed by the server once it was imported. */
  private forgetUpload(job: string) {
    const { start } = this.manager.state;
    if (start?.job === job && start.path === this.uploaded && this.path === this.uploaded) this.path = '';
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
    const folded = newest && this.admin && !this.opened && !this.uploading && (this.uploaded === undefined || this.path !== this.uploaded);
    const next = this.told && !running ? this.nextOf(this.told.job, run, newest, folded) : undefined;
    const resumable = running || this.resumable.value?.job_id === this.told?.job || this.isStuck(run as SyncProgress) ? undefined : this.resumable.value;
    const lead = next?.lead === true;
    return html`
      ${this.told && next && !running ? this.account(this.told, run, newest, next, folded) : nothing}
      <section class="card" ?hidden=${folded} aria-labelledby="title">
        <header><h2 id="title" tabindex="-1">Tautulli Database Import</h2></header>
        <div class="parts">
          ${running ? html`<import-progress .manager=${this.manager} ?admin=${this.admin}></import-progress>` : this.loaded.value ? nothing : this.waiting()}
          ${resumable ? this.offerResume(resumable, run as SyncProgress, !lead) : nothing}
          ${this.form(running, lead || resumable !== undefined)}
          ${this.lastImport()}
        </div>
      </section>
      <jobs-list .manager=${this.manager} @show-receipt=${this.onShowReceipt}></jobs-list>
    `;
  }

  private nextOf(job: string, run: SyncProgress, newest: boolean, folded: boolean): Next {
    const progress = run.job_id === job ? run : this.got?.progress;
    if (!progress) return { words: '', steps: [], lead: false };
    const resumable = this.resumable.value?.job_id === job ? this.resumable.value : undefined;
    return nextSteps({ progress, newest, resumable: resumable !== undefined, mismatch: resumable !== undefined && this.mismatch(resumable, run) }, folded);
  }

  /* What could be resumed would end at the same place again. */
  private isStuck(run: SyncProgress): boolean {
    return run.job_id === this.resumable.value?.job_id && isUnfit(run.error_code);
  }

  /* Another database lies in its place: to resume would fail again. */
  private mismatch(resumable: Resumable, run: SyncProgress): boolean {
    const refused = this.problem.value?.code === 'RESUME_MISMATCH' && this.manager.state.start?.path === resumable.db_path;
    return refused || (run.job_id === resumable.job_id && run.error_code === 'RESUME_MISMATCH');
  }

  private account(told: { job: string; dryRun: boolean }, run: SyncProgress, newest: boolean, next: Next, folded: boolean) {
    void fetched(() => import('./ImportReceipt.js'));
    return html`<import-receipt
      .api=${this.manager.api} .job=${told.job} .progress=${run.job_id === told.job ? run : undefined}
      ?admin=${this.admin} ?preview=${told.dryRun} ?fresh=${newest}
      @ready=${(event: CustomEvent<JobView>) => (this.got = event.detail)} @closed=${this.closeReceipt}
    >
      <import-next slot="next" ?hidden=${!this.admin} .next=${next} .problem=${folded ? this.problem.value : undefined} ?admin=${this.admin}
        ?busy=${this.doing.value !== undefined} ?known=${this.got !== undefined} @step=${(event: CustomEvent<Step>) => this.take(event.detail)}></import-next>
    </import-receipt>`;
  }

  private form(running: boolean, aside: boolean) {
    if (!this.admin) return running || !this.loaded.value ? nothing : html`<p class="soft">Only an administrator can start an import. There is no page for the history itself yet.</p>`;
    if (!running && !this.loaded.value) return nothing;
    return html`<import-form ?hidden=${running} ?running=${running} ?aside=${aside}
      .manager=${this.manager} .announcer=${this.announcer} .path=${this.path}
      @path-changed=${(event: CustomEvent<string>) => (this.path = event.detail)}
      @uploading=${(event: CustomEvent<boolean>) => (this.uploading = event.detail)}
      @path-uploaded=${(event: CustomEvent<string>) => (this.uploaded = event.detail)}></import-form>`;
  }

  private waiting() {
    const why = this.unavailable.value;
    return why ? html`<problem-note .error=${why}></problem-note>` : html`<p class="soft">Asking how the import stands…</p>`;
  }

  /* A run whose receipt is not shown. */
  private offerResume(resumable: Resumable, run: SyncProgress, lead: boolean) {
    const newest = run.job_id === resumable.job_id;
    const far = newest ? ` at ${percent(run.progress_percent)}` : '';
    const progress = newest ? run : { ...run, dry_run: false, status: 'cancelled' as const };
    const next = nextSteps({ progress, newest: false, resumable: true, mismatch: this.mismatch(resumable, run) }, false);
    return html`<div class="resume">
      <p>${resumable.db_path ? html`A run of ${pathName(resumable.db_path, 60)}` : 'An import'} ended early on ${dateTime(resumable.at)}${far}.</p>
      <import-next .next=${{ ...next, lead: lead && next.lead }} ?admin=${this.admin} ?busy=${this.doing.value !== undefined}
        @step=${(event: CustomEvent<Step>) => this.take(event.detail)}></import-next>
    </div>`;
  }

  private lastImport() {
    const last = this.lastSuccess.value;
    if (!this.loaded.value) return nothing;
    return html`<div class="last soft">
      <p>Last Import: ${last ? `${dateTime(last.end_time)} (${counted(last.imported_records, 'record')})` : 'none yet'}</p>
      ${this.doubledPlays.value > 0 ? html`<p>${doubledWords(this.doubledPlays.value)}</p>` : nothing}
    </div>`;
  }

  private take(step: Step) {
    const { got } = this;
    const resumable = this.resumable.value;
    if (step === 'another') void this.unfold();
    else if (step === 'discard') void this.manager.clearResumable();
    else if (step === 'resume' || step === 'start-new') {
      if (resumable) this.startAt(resumable.db_path, this.dryRunOf(resumable), step === 'resume');
    } else if (got) this.startAt(got.db_path, step === 'dry-run' || (step === 'retry' && got.dry_run), false);
  }

  private dryRunOf(resumable: Resumable): boolean {
    const p = importOf(this.manager.state);
    return p.job_id === resumable.job_id && p.dry_run === true;
  }

  /* The database of that run, whatever the form says by now. */
  private startAt(dbPath: string | null | undefined, dryRun: boolean, resume: boolean) {
    this.path = dbPath ?? '';
    void this.manager.startImport({
      ...(resume ? { resume: true } : {}),
      ...(this.path === '' ? {} : { db_path: this.path }),
      ...(dryRun ? { dry_run: true } : {}),
    });
  }

  private async unfold() {
    this.opened = true;
    this.path = '';
    await this.updateComplete;
    await this.importForm?.updateComplete;
    this.importForm?.focus();
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
    void Promise.all([this.updateComplete, import('./ImportReceipt.js')]).then(() => this.receipt?.focus(), () => undefined);
  }

  private tell(job: string, dryRun: boolean) {
    if (this.told?.job !== job) this.got = undefined;
    this.told = { job, dryRun };
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'tautulli-import-section': TautulliImportSection;
  }
}
