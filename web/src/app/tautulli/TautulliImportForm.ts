// SPDX-License-Identifier: MIT
// TautulliImportForm.ts - <tautulli-import-form>: which database, how, and go. Asks the server what a
// database holds before anything is imported. It stays in the page, hidden, while an import runs: an
// upload goes on. One that is refused for what it is has gone from the server, and is told by its name;
// one that was imported has gone, too.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { asApiError, notRepeated, type ApiError } from '../../lib/api/client.js';
import { counted } from '../../lib/format.js';
import { isAddress, uploadName } from '../../lib/paths.js';
import { OPERATIONS } from '../../lib/types/operations.js';
import { subjectOf, type Candidate, type JobView, type Operation, type Resumable, type TautulliImportRequest, type Validation } from '../../lib/types/sync.js';
import type { OperationController } from '../OperationController.js';
import type { Again, OperationForm, SourceOperation } from '../OperationDescription.js';
import './DatabasePathField.js';
import type { DatabasePathField, Upload } from './DatabasePathField.js';
import type { DatabaseUpload } from './DatabaseUpload.js';
import './DatabaseUpload.js';
import './ImportOptions.js';
import '../ProblemNote.js';
import type { TautulliAddress } from './TautulliAddress.js';
import './TautulliAddress.js';
import './UploadsLeft.js';
import { holdsNoPlays } from './ValidationReport.js';
import { Candidates } from './candidates.js';
import { isUnfit, recoveryOf, remedyOf, sentence } from '../problems.js';
import type { Announcer } from '../ui/announcer.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { base, buttons, fields } from '../ui/styles.js';

@customElement('tautulli-import-form')
export class TautulliImportForm extends LitElement implements OperationForm {
  @property({ attribute: false }) operation!: OperationController<SourceOperation>;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) running = false;
  @property({ type: Boolean }) aside = false;
  @property({ attribute: false }) other: Operation | undefined;
  @state() private path = '';
  /** A Tautulli is meant, by its address, and no file. */
  @state() private byAddress = false;
  @state() private resume = false;
  @state() private dryRun = false;
  @state() private candidates: readonly Candidate[] = [];
  @state() private uploading = false;
  @state() private uploaded: Upload | undefined;
  @state() private validating: AbortController | undefined;
  @state() private checked: { path: string; report: Validation } | undefined;
  @state() private checkProblem: ApiError | undefined;
  /** The last upload, refused and removed. */
  @state() private gone: { name: string; error: ApiError } | undefined;
  @query('database-path-field') private field!: DatabasePathField;
  @query('tautulli-address') private address!: TautulliAddress | null;
  @query('database-upload') private upload!: DatabaseUpload;
  private readonly found = new Candidates();
  private readonly doing = new StoreWatch(this, () => this.operation, (state) => state.doing);
  /** The last upload was imported: the server has removed it. */
  private readonly imported = new StoreWatch(this, () => this.operation, ({ progress: p, start }) =>
    p.status === 'completed' && p.dry_run !== true && start?.job === p.job_id && start?.of === this.path && this.path === this.uploaded?.path);
  private readonly problem = new StoreWatch(this, () => this.operation, (state) => state.problem);
  private readonly resumable = new StoreWatch(this, () => this.operation, (state) => state.standing?.resumable);

  static override styles = [
    base,
    buttons,
    fields,
    css`
      form { gap: 1.1rem; }
      fieldset { display: flex; flex-wrap: wrap; gap: 0.4rem 1.25rem; border: 0; padding: 0; margin: 0; min-width: 0; }
      legend { font-weight: 560; padding: 0; margin-bottom: 0.4rem; }
    `,
  ];

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.validating?.abort();
  }

  override firstUpdated() {
    if (!this.running) void this.fetchCandidates(); // what was uploaded and left is told unasked
  }

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('running') && this.running) this.forgetChoices();
    if (changed.has('running')) this.forgetCandidates();
    if (this.imported.value) {
      this.path = '';
      this.uploaded = undefined;
    }
    const resumable = this.resumable.value;
    if (resumable?.db_path && resumable.db_path !== this.path.trim()) this.resume = false; // another path was typed
  }

  /* An upload, under way or not yet imported. */
  get inHand(): boolean {
    return this.uploading || (this.uploaded !== undefined && this.path === this.uploaded.path && !this.imported.value);
  }

  again(run: JobView | Resumable, how: Again) {
    this.setPath(subjectOf(run) ?? '');
    this.byAddress = isAddress(this.path);
    void this.start(this.path, how);
  }

  anew() {
    this.byAddress = false;
    this.setPath('');
    void this.updateComplete.then(() => this.source.focus());
  }

  private get trouble(): ApiError | undefined {
    return this.checkProblem ?? this.problem.value;
  }

  /* What the path is, if it is an upload: also one of another page. */
  private get chosen(): Upload | undefined {
    if (this.uploaded?.path === this.path) return this.uploaded;
    const name = uploadName(this.path);
    return name === undefined ? undefined : { path: this.path, name };
  }

  /* Another database is never put in the place of one that was typed. */
  private get isResumable(): boolean {
    const resumable = this.resumable.value;
    const path = this.path.trim();
    return resumable !== undefined && (path === '' || !resumable.db_path || path === resumable.db_path);
  }

  /* What can be resumed is given up where that is offered. */
  private get left(): readonly Candidate[] {
    const kept = [this.path, this.resumable.value?.db_path];
    return this.candidates.filter(({ path }) => uploadName(path) !== undefined && !kept.includes(path));
  }

  override render() {
    const { trouble, chosen, checked } = this;
    const empty = checked !== undefined && holdsNoPlays(checked.report);
    const atPath = trouble !== undefined && recoveryOf(trouble) === 'path' && !this.byAddress;
    const damaged = checked?.report.damaged === true;
    return html`
      <form novalidate @submit=${this.onSubmit}>
        <fieldset><legend>What is imported</legend>
          ${this.where(false, 'A database file')}${this.where(true, 'A Tautulli, from its address')}</fieldset>
        ${this.byAddress ? html`<tautulli-address .api=${this.operation.api} .path=${this.path} ?disabled=${this.busy}
          @path-changed=${(event: CustomEvent<string>) => this.setPath(event.detail)}
          @added=${(event: CustomEvent<string>) => this.announcer.polite(`${event.detail} was added`)}
          @refused=${(event: CustomEvent<string>) => this.announcer.assertive(event.detail)}></tautulli-address>` : nothing}
        <database-path-field ?hidden=${this.byAddress}
          .path=${this.byAddress ? '' : this.path} .upload=${chosen} .candidates=${this.candidates} ?disabled=${this.uploading} ?checking=${this.validating !== undefined}
          .wrong=${atPath ? `${sentence(trouble.message)} ${sentence(remedyOf(trouble))}` : ''}
          @path-changed=${(event: CustomEvent<string>) => this.setPath(event.detail)} @wanted=${this.fetchCandidates}
        ></database-path-field>
        <database-upload ?hidden=${chosen !== undefined || this.byAddress} .api=${this.operation.api}
          @uploading=${this.onUploading} @uploaded=${this.onUploaded} @cancelled=${() => this.announcer.polite('The upload was cancelled')}></database-upload>
        <uploads-left ?hidden=${this.left.length === 0 || this.byAddress} .uploads=${this.left} ?disabled=${this.busy}
          @chosen=${(event: CustomEvent<Candidate>) => this.takeUp(event.detail)} @unwanted=${(event: CustomEvent<Candidate>) => this.discard(event.detail)}></uploads-left>
        ${this.gone ? html`<problem-note .error=${this.gone.error} subject=${this.gone.name}><p>It was removed from the server again.</p></problem-note>` : nothing}
        <import-options ?resume=${this.resume} ?dry-run=${this.dryRun} ?resumable=${this.isResumable} ?disabled=${this.uploading}
          @resume-changed=${this.onResume} @dry-run-changed=${(event: CustomEvent<boolean>) => (this.dryRun = event.detail)}></import-options>
        ${trouble !== undefined && !atPath ? html`<problem-note .error=${trouble}></problem-note>` : nothing}
        ${checked ? html`<validation-report .report=${checked.report} .path=${chosen?.name ?? checked.path}></validation-report>` : nothing}
        <div class="actions">${this.actions(damaged || atPath || empty, damaged)}</div>
      </form>
    `;
  }

  private where(byAddress: boolean, words: string) {
    return html`<label class="check"><input type="radio" name="where" .checked=${this.byAddress === byAddress} ?disabled=${this.uploading}
      @change=${() => this.chooseWhere(byAddress)}><span>${words}</span></label>`;
  }

  private chooseWhere(byAddress: boolean) {
    this.byAddress = byAddress;
    this.setPath('');
  }

  private get source(): { focus(): void } {
    return this.address ?? this.field;
  }

  /* The primary one is what most likely helps: where the database will not do, another one. */
  private actions(another: boolean, damaged: boolean) {
    const kind = (primary: boolean): string => (primary && !this.aside ? 'primary' : '');
    return html`
      ${another ? html`<button type="button" class=${kind(true)} @click=${() => this.field.chooseAnother()}>Choose another database</button>` : nothing}
      <button type="button" aria-disabled=${String(this.busy || this.choiceMissing)} aria-busy=${String(this.validating !== undefined)} @click=${this.onValidate}>
        Validate Database
      </button>
      <button type="submit" class=${kind(!another)} aria-disabled=${String(this.busy || this.choiceMissing || this.other !== undefined)} aria-describedby="why">
        ${this.dryRun ? 'Start Dry Run' : damaged ? 'Import what can be read' : 'Start Import'}
      </button>
      <span class="soft small" id="why">${this.why}</span>`;
  }

  /* Why nothing can be started. */
  private get why(): string {
    if (this.other) return `Cannot run while the ${OPERATIONS[this.other].title} ${OPERATIONS[this.other].noun} is active`;
    if (this.uploading) return 'An import can be started once the upload has ended';
    if (this.validating) return this.byAddress ? 'Asking Tautulli…' : 'Reading the database…';
    return this.choiceMissing ? 'Choose a Tautulli first' : '';
  }

  /* Without a path the configured database is meant; without an address nothing is. */
  private get choiceMissing(): boolean {
    return this.byAddress && this.path === '';
  }

  private get busy(): boolean {
    return this.doing.value !== undefined || this.validating !== undefined || this.uploading;
  }

  private setPath(path: string) {
    this.path = path;
    this.upload.forget();
    this.checked = undefined;
    this.validating?.abort(); // what it would say is of another path
    this.forgetTrouble();
    this.tellInHand();
  }

  private tellInHand() {
    this.dispatchEvent(new CustomEvent('in-hand'));
  }

  private forgetTrouble() {
    this.checkProblem = undefined;
    this.gone = undefined;
    if (!this.running) this.operation.dismissProblem(); // else it is of the run
  }

  /* An upload goes with its import; they are asked for when the field gets the focus. */
  private forgetCandidates() {
    this.found.forget();
    this.candidates = [];
  }

  /* They were for the run that has begun. */
  private forgetChoices() {
    this.resume = false;
    this.dryRun = false;
    this.checked = undefined;
    this.checkProblem = undefined;
    this.gone = undefined;
    this.validating?.abort();
    this.upload?.forget();
  }

  private onUploading(event: CustomEvent<boolean>) {
    this.uploading = event.detail;
    if (this.uploading) this.forgetTrouble();
    this.tellInHand();
  }

  private onUploaded(event: CustomEvent<Upload>) {
    this.uploaded = event.detail;
    this.setPath(event.detail.path);
    this.found.forget();
    this.announcer.polite('The upload has ended; the database is being checked');
    void this.validate(); // what is no database is told at once
  }

  private onResume(event: CustomEvent<boolean>) {
    this.resume = event.detail;
    const path = this.resumable.value?.db_path;
    if (this.resume && path !== undefined && path !== this.path) {
      this.byAddress = isAddress(path);
      this.setPath(path);
    }
  }

  private async fetchCandidates() {
    this.candidates = (await this.found.ask(this.operation.api)) ?? this.candidates;
  }

  private takeUp({ path }: Candidate) {
    this.setPath(path);
    void this.validate();
    this.field.focus();
  }

  /* One that is gone already is what was wanted. */
  private async discard({ path }: Candidate) {
    try {
      await this.operation.api.removeUpload(path);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.code !== 'FILE_NOT_FOUND') {
        this.refused(notRepeated(error));
        return;
      }
    }
    this.found.forget();
    this.candidates = this.candidates.filter((one) => one.path !== path);
    this.announcer.polite(`${uploadName(path) ?? path} was removed from the server`);
    this.field.focus(); // the button has gone
  }

  private async onValidate() {
    await this.validate();
    this.focusPathIfWrong();
  }

  private async validate() {
    if (this.busy || this.choiceMissing) return;
    this.forgetTrouble();
    this.checked = undefined;
    const asking = new AbortController();
    this.validating = asking;
    const path = this.path.trim();
    try {
      const report = await this.operation.api.validate(path, asking.signal);
      this.checked = { path, report };
      const what = report.damaged === true ? 'This database is damaged. At least ' : report.complete || isAddress(path) ? '' : 'at least ';
      this.announcer.polite(`Database check: ${what}${counted(report.total_records, 'play')}, ${counted(report.warnings.length, 'warning')}`);
    } catch (thrown) {
      const error = asApiError(thrown);
      if (error.kind !== 'aborted') this.refused(notRepeated(error));
    } finally {
      if (this.validating === asking) this.validating = undefined;
    }
  }

  private refused(error: ApiError) {
    this.announcer.assertive(error.message);
    if (!this.uploadIsGone(error)) this.checkProblem = error;
  }

  /* One that will not do was removed by the server: it is no path any more, only a name. */
  private uploadIsGone(error: ApiError): boolean {
    const { chosen } = this;
    if (!chosen || !isUnfit(error.code)) return false;
    this.found.forget();
    this.setPath('');
    this.gone = { name: chosen.name, error };
    return true;
  }

  private async onSubmit(event: Event) {
    event.preventDefault();
    if (this.busy || this.choiceMissing || this.other) return;
    this.checkProblem = undefined;
    const started = await this.start(this.path.trim(), { resume: this.resume && this.resumable.value !== undefined, dryRun: this.dryRun });
    const refusal = this.problem.value;
    if (!started && !(refusal && this.uploadIsGone(refusal))) this.focusPathIfWrong();
  }

  private start(path: string, { resume, dryRun }: Again): Promise<boolean> {
    const request: TautulliImportRequest = {
      ...(resume ? { resume } : {}),
      ...(path === '' ? {} : { db_path: path }),
      ...(dryRun ? { dry_run: dryRun } : {}),
    };
    return this.operation.start(request, request.db_path);
  }

  private focusPathIfWrong() {
    if (this.trouble !== undefined && recoveryOf(this.trouble) === 'path') this.source.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'tautulli-import-form': TautulliImportForm;
  }
}
