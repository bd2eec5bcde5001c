// SPDX-License-Identifier: MIT
// ImportForm.ts - <import-form>: which database, how, and go. Asks the server what a database holds
// before anything is imported. It stays in the page, hidden, while an import runs: an upload goes on.
// Events, the path as detail: `path-changed`, and `path-uploaded` for one that is gone once imported.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { asApiError, notRepeated, type ApiError } from '../lib/api/client.js';
import { counted } from '../lib/format.js';
import type { Candidate, Validation } from '../lib/types/sync.js';
import { likelyFirst, type DatabasePathField } from './DatabasePathField.js';
import type { DatabaseUpload } from './DatabaseUpload.js';
import './DatabaseUpload.js';
import './ProblemNote.js';
import type { SyncManager } from './SyncManager.js';
import { SyncWatch } from './SyncWatch.js';
import './ValidationReport.js';
import { recoveryOf, remedyOf, sentence } from './problems.js';
import type { Announcer } from './ui/announcer.js';
import { base, buttons, fields } from './ui/styles.js';

const CANDIDATES_FOR_MS = 10_000;

@customElement('import-form')
export class ImportForm extends LitElement {
  @property({ attribute: false }) manager!: SyncManager;
  @property({ attribute: false }) announcer!: Announcer;
  @property() path = '';
  /** An import runs. */
  @property({ type: Boolean }) running = false;
  /** Something beside the form is what a person most likely wants now. */
  @property({ type: Boolean }) aside = false;
  @state() private resume = false;
  @state() private dryRun = false;
  @state() private candidates: readonly Candidate[] = [];
  @state() private uploading = false;
  @state() private validating: AbortController | undefined;
  @state() private checked: { path: string; report: Validation } | undefined;
  @state() private checkProblem: ApiError | undefined;
  @query('database-path-field') private field!: DatabasePathField;
  @query('database-upload') private upload!: DatabaseUpload | null;
  private candidatesAt = -Infinity;
  private readonly sync = new SyncWatch(this, (state) => state.doing);
  private readonly problem = new SyncWatch(this, (state) => state.problem);
  private readonly resumable = new SyncWatch(this, (state) => state.resumable);

  static override styles = [
    base,
    buttons,
    fields,
    css`
      :host { display: grid; gap: 1.1rem; grid-template-columns: minmax(0, 1fr); }
      form { gap: 1.1rem; }
      fieldset { display: grid; gap: 0.5rem; border: 0; padding: 0; margin: 0; min-width: 0; }
      legend { font-weight: 560; padding: 0; margin-bottom: 0.4rem; }
      label.check[data-off] { color: var(--pb-muted); cursor: default; }
      label.check .hint { display: block; }
    `,
  ];

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.validating?.abort();
  }

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('running') && this.running) this.forgetChoices();
    const resumable = this.resumable.value;
    if (resumable?.db_path && resumable.db_path !== this.path.trim()) this.resume = false;
  }

  private get trouble(): ApiError | undefined {
    return this.checkProblem ?? this.problem.value;
  }

  override render() {
    const trouble = this.trouble;
    const atPath = trouble !== undefined && recoveryOf(trouble) === 'path';
    return html`
      <form novalidate @submit=${this.onSubmit}>
        <database-path-field
          .path=${this.path} .candidates=${this.candidates} ?disabled=${this.uploading}
          .wrong=${atPath ? `${sentence(trouble.message)} ${sentence(remedyOf(trouble))}` : ''}
          @path-changed=${this.onPath} @wanted=${this.fetchCandidates}
        ></database-path-field>
        <database-upload .api=${this.manager.api} .path=${this.path} ?refused=${atPath}
          @uploading=${this.onUploading} @uploaded=${this.onUploaded} @cancelled=${this.onUploadCancelled}></database-upload>
        ${this.options()}
        ${trouble !== undefined && !atPath ? html`<problem-note .error=${trouble}></problem-note>` : nothing}
        <div class="actions">
          <button type="button" aria-disabled=${String(this.busy)} aria-busy=${String(this.validating !== undefined)} @click=${this.onValidate}>
            Validate Database
          </button>
          <button type="submit" class=${this.aside ? '' : 'primary'} aria-disabled=${String(this.busy)} aria-describedby="why">Start Import</button>
          <span class="soft small" id="why">${this.why}</span>
        </div>
      </form>
      ${this.checked ? html`<validation-report .report=${this.checked.report} .path=${this.checked.path}></validation-report>` : nothing}
    `;
  }

  /* Why nothing can be started. */
  private get why(): string {
    if (this.uploading) return 'An import can be started once the upload has ended';
    return this.validating ? 'Reading the database…' : '';
  }

  private options() {
    const resumable = this.resumable.value;
    return html`<fieldset>
      <legend>Options</legend>
      <label class="check" ?data-off=${!resumable}>
        <input type="checkbox" .checked=${this.resume && resumable !== undefined} ?disabled=${!resumable || this.uploading} @change=${this.onResume} />
        <span>Resume from last position
          ${resumable && !this.resume && !this.dryRun
            ? html`<span class="hint">A fresh start of that database gives up what could be resumed.</span>`
            : nothing}</span>
      </label>
      <label class="check">
        <input type="checkbox" .checked=${this.dryRun} @change=${this.onDryRun} />
        <span>Dry run (validate without importing)</span>
      </label>
    </fieldset>`;
  }

  private get busy(): boolean {
    return this.sync.value !== undefined || this.validating !== undefined || this.uploading;
  }

  private onPath(event: CustomEvent<string>) {
    this.setPath(event.detail);
  }

  private setPath(path: string) {
    this.path = path;
    this.upload?.forget();
    this.checked = undefined;
    this.validating?.abort(); // what it would say is of another path
    this.forgetTrouble();
    this.dispatchEvent(new CustomEvent('path-changed', { detail: path }));
  }

  private forgetTrouble() {
    this.checkProblem = undefined;
    if (!this.running) this.manager.dismissProblem(); // else it is of the run
  }

  /* They were for the run that has begun. */
  private forgetChoices() {
    this.resume = false;
    this.dryRun = false;
    this.checked = undefined;
    this.checkProblem = undefined;
    this.validating?.abort();
    this.upload?.forget();
  }

  private onUploading(event: CustomEvent<boolean>) {
    this.uploading = event.detail;
  }

  private onUploadCancelled() {
    this.announcer.polite('The upload was cancelled');
  }

  private onUploaded(event: CustomEvent<string>) {
    this.setPath(event.detail);
    this.dispatchEvent(new CustomEvent('path-uploaded', { detail: event.detail }));
    this.candidatesAt = -Infinity;
    this.announcer.polite('The database was uploaded');
    void this.validate(); // what is no database is told at once
  }

  private onResume(event: Event) {
    this.resume = (event.target as HTMLInputElement).checked;
    const path = this.resumable.value?.db_path;
    if (this.resume && path !== undefined && path !== this.path) this.setPath(path);
  }

  private onDryRun(event: Event) {
    this.dryRun = (event.target as HTMLInputElement).checked;
  }

  private async fetchCandidates() {
    const now = performance.now();
    if (now - this.candidatesAt < CANDIDATES_FOR_MS) return;
    this.candidatesAt = now;
    try {
      this.candidates = likelyFirst((await this.manager.api.candidates()).items);
    } catch {
      this.candidatesAt = -Infinity; // a path can still be typed
    }
  }

  private async onValidate() {
    await this.validate();
    this.focusPathIfWrong();
  }

  private async validate() {
    if (this.busy) return;
    this.forgetTrouble();
    this.checked = undefined;
    const asking = new AbortController();
    this.validating = asking;
    const path = this.path.trim();
    try {
      const report = await this.manager.api.validate(path, asking.signal);
      this.checked = { path, report };
      this.announcer.polite(`Database check: ${report.complete ? '' : 'at least '}${counted(report.total_records, 'play')}, ${counted(report.warnings.length, 'warning')}`);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.kind !== 'aborted') this.refused(notRepeated(error));
    } finally {
      if (this.validating === asking) this.validating = undefined;
    }
  }

  private refused(error: ApiError) {
    this.checkProblem = error;
    this.announcer.assertive(error.message);
  }

  private async onSubmit(event: Event) {
    event.preventDefault();
    if (this.busy) return;
    this.checkProblem = undefined;
    const started = await this.manager.startImport({
      ...(this.path.trim() === '' ? {} : { db_path: this.path.trim() }),
      ...(this.resume && this.resumable.value ? { resume: true } : {}),
      ...(this.dryRun ? { dry_run: true } : {}),
    });
    if (!started) this.focusPathIfWrong();
  }

  private focusPathIfWrong() {
    if (this.trouble !== undefined && recoveryOf(this.trouble) === 'path') this.field.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'import-form': ImportForm;
  }
}
