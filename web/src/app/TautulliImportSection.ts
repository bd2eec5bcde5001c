// SPDX-License-Identifier: MIT
// TautulliImportSection.ts - <tautulli-import-section .manager .announcer ?admin>: the form while
// nothing runs (hidden while something does: it may hold an upload), the progress while something
// does, and the receipt of what has ended. It changes when a run begins or ends, not with its pushes.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { fetched } from '../lib/fetched.js';
import { counted, dateTime, percent } from '../lib/format.js';
import type { JobView, Resumable, SyncProgress } from '../lib/types/sync.js';
import './ImportForm.js';
import './ImportProgress.js';
import type { ImportReceipt } from './ImportReceipt.js';
import './ImportResult.js';
import './JobsList.js';
import './ProblemNote.js';
import { importOf, type SyncManager } from './SyncManager.js';
import { SyncWatch } from './SyncWatch.js';
import type { Announcer } from './ui/announcer.js';
import { base, buttons, cards } from './ui/styles.js';
import { doubledWords } from './words.js';

@customElement('tautulli-import-section')
export class TautulliImportSection extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) admin = false;
  @state() private path = '';
  /** The job that ran while this page looked on, or whose receipt was asked for. */
  @state() private told: { job: string; dryRun: boolean } | undefined;
  @query('h2') private heading!: HTMLElement;
  @query('import-receipt') private receipt!: ImportReceipt | null;
  private watched: string | undefined;
  private uploaded: string | undefined; // path of the last upload
  private ended: string | undefined; // the last job whose end this page saw
  /** The database of the job that is told of, once its receipt is there. */
  @state() private toldPath: string | undefined;
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
    buttons,
    cards,
    css`
      :host > * + * { margin-top: var(--pb-gap); }
      .parts > * + * { margin-top: 1.1rem; }
      .resume {
        display: flex; flex-wrap: wrap; gap: 0.6rem 1rem; align-items: center; padding: 0.8rem 1rem;
        border-radius: var(--pb-radius-small); background: var(--pb-warn-soft);
      }
      .resume p { flex: 1 1 14rem; overflow-wrap: anywhere; }
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
    } else if (run.job_id !== undefined && run.job_id === this.watched) {
      this.watched = undefined;
      this.ended = run.job_id;
      this.tell(run.job_id, run.dry_run === true);
      if (run.status === 'completed' && run.dry_run !== true) this.forgetUpload(run.job_id);
    }
  }

  /* An upload is removed by the server once it was imported. */
  private forgetUpload(job: string) {
    const { start } = this.manager.state;
    if (start?.job === job && start.path === this.uploaded && this.path === this.uploaded) this.path = '';
  }

  /* What had the focus may have gone with the form or the progress: the heading is what remains. */
  override updated() {
    const focused = this.shadowRoot?.activeElement;
    if (this.hadFocus && (!focused || focused.matches('[hidden]'))) this.heading.focus();
  }

  override render() {
    const run = this.run.value;
    const running = typeof run === 'string';
    const offered = !running && this.offered(run);
    return html`
      <section class="card" aria-labelledby="title">
        <header><h2 id="title" tabindex="-1">Tautulli Database Import</h2></header>
        <div class="parts">
          ${running ? html`<import-progress .manager=${this.manager} ?admin=${this.admin}></import-progress>` : this.resting(run, offered)}
          ${this.form(running, offered)}
          ${this.lastImport()}
        </div>
      </section>
      ${this.told && !running ? this.account(this.told, this.fresh(run)) : nothing}
      <jobs-list .manager=${this.manager} @show-receipt=${this.onShowReceipt}></jobs-list>
    `;
  }

  /* Its end was seen here, and nothing has run since. */
  private fresh(p: SyncProgress): boolean {
    return p.status === 'completed' && p.job_id === this.ended && p.job_id === this.told?.job;
  }

  /* A dry run that one button makes real. */
  private offered(p: SyncProgress): boolean {
    return this.admin && p.dry_run === true && this.fresh(p);
  }

  private resting(p: SyncProgress, offered: boolean) {
    if (!this.loaded.value) return this.waiting();
    const justEnded = this.told !== undefined && this.told.job === p.job_id;
    return html`
      ${justEnded || p.status === 'error'
        ? html`<import-result .progress=${p} ?admin=${this.admin} ?offered=${offered} ?ready=${this.toldPath !== undefined} ?busy=${this.busy}
            @run=${() => this.startAt(this.toldPath, false)} @show-all=${() => this.show(p.job_id)}></import-result>`
        : nothing}
      ${this.resumable.value ? this.offerResume(this.resumable.value, p) : nothing}
    `;
  }

  private form(running: boolean, offered: boolean) {
    if (!this.admin) return running || !this.loaded.value ? nothing : html`<p class="soft">Only an administrator can start an import.</p>`;
    if (!running && !this.loaded.value) return nothing;
    return html`<import-form ?hidden=${running} ?running=${running} ?aside=${offered}
      .manager=${this.manager} .announcer=${this.announcer} .path=${this.path}
      @path-changed=${(event: CustomEvent<string>) => (this.path = event.detail)}
      @path-uploaded=${(event: CustomEvent<string>) => (this.uploaded = event.detail)}></import-form>`;
  }

  private waiting() {
    const why = this.unavailable.value;
    return why ? html`<problem-note .error=${why}></problem-note>` : html`<p class="soft">Asking how the import stands…</p>`;
  }

  private offerResume(resumable: Resumable, p: SyncProgress) {
    const shown = p.job_id === resumable.job_id;
    const far = shown ? ` at ${percent(p.progress_percent)}` : '';
    /* Another database lies in its place: to resume would fail again. */
    const refused = this.problem.value?.code === 'RESUME_MISMATCH' && this.manager.state.start?.path === resumable.db_path;
    const mismatch = refused || (shown && p.error_code === 'RESUME_MISMATCH');
    return html`<div class="resume">
      <p>${resumable.db_path ? html`A run of <span class="mono">${resumable.db_path}</span>` : 'An import'}
        ended early on ${dateTime(resumable.at)}${far}. What it stored is kept.</p>
      ${this.admin
        ? html`<div class="actions">
            ${mismatch ? this.startButton('Start New Import', true, () => this.start(resumable, p, false)) : nothing}
            ${this.startButton('Resume Import', !mismatch, () => this.start(resumable, p, true))}
            <button type="button" aria-disabled=${String(this.busy)} @click=${this.discard}>Discard</button>
          </div>`
        : nothing}
    </div>`;
  }

  private startButton(label: string, primary: boolean, start: () => void) {
    return html`<button type="button" class=${primary ? 'primary' : ''} aria-disabled=${String(this.busy)} @click=${start}>${label}</button>`;
  }

  private account(told: { job: string; dryRun: boolean }, fresh: boolean) {
    void fetched(() => import('./ImportReceipt.js'));
    return html`<import-receipt
      .api=${this.manager.api} .job=${told.job} ?admin=${this.admin} ?preview=${told.dryRun} ?fresh=${fresh} ?busy=${this.busy}
      @ready=${(event: CustomEvent<string | undefined>) => (this.toldPath = event.detail ?? '')}
      @run=${(event: CustomEvent<string | undefined>) => this.startAt(event.detail, false)}
      @run-dry=${(event: CustomEvent<string | undefined>) => this.startAt(event.detail, true)}
      @closed=${this.closeReceipt}
    ></import-receipt>`;
  }

  private lastImport() {
    const last = this.lastSuccess.value;
    if (!this.loaded.value) return nothing;
    return html`<div class="last soft">
      <p>Last Import: ${last ? `${dateTime(last.end_time)} (${counted(last.imported_records, 'record')})` : 'none yet'}</p>
      ${this.doubledPlays.value > 0 ? html`<p>${doubledWords(this.doubledPlays.value)}</p>` : nothing}
    </div>`;
  }

  private get busy(): boolean {
    return this.doing.value !== undefined;
  }

  private start(resumable: Resumable, p: SyncProgress, resume: boolean) {
    this.path = resumable.db_path ?? '';
    const dryRun = p.job_id === resumable.job_id && p.dry_run === true;
    void this.manager.startImport({
      ...(resume ? { resume: true } : {}),
      ...(resumable.db_path === undefined ? {} : { db_path: resumable.db_path }),
      ...(dryRun ? { dry_run: true } : {}),
    });
  }

  private discard() {
    void this.manager.clearResumable();
  }

  private closeReceipt() {
    this.told = undefined;
    this.toldPath = undefined;
  }

  private onShowReceipt(event: CustomEvent<JobView>) {
    const { job_id: job, dry_run: dryRun } = event.detail;
    this.tell(job, dryRun);
    void this.updateComplete.then(() => this.receipt?.focus());
  }

  private show(job: string | undefined) {
    if (job === undefined) return;
    this.tell(job, importOf(this.manager.state).dry_run === true);
    void this.updateComplete.then(() => this.receipt?.focus());
  }

  private tell(job: string, dryRun: boolean) {
    if (this.told?.job !== job) this.toldPath = undefined;
    this.told = { job, dryRun };
  }

  /* The database of a preview, whatever the form says by now. */
  private startAt(dbPath: string | undefined, dryRun: boolean) {
    this.path = dbPath ?? '';
    void this.manager.startImport({ ...(this.path === '' ? {} : { db_path: this.path }), ...(dryRun ? { dry_run: true } : {}) });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'tautulli-import-section': TautulliImportSection;
  }
}
