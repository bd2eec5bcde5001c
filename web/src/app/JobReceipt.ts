// SPDX-License-Identifier: MIT
// JobReceipt.ts - <job-receipt .api job="…" .progress ?admin ?preview ?fresh>: every source row
// of a job, accounted for: how it ended and its figures, in the slot `next` what to do now, then totals
// by reason, month, user and library, what duplicates completed and say otherwise, rejected and
// repaired rows. Of a dry run it says what a run would do. `fresh`: its end was just seen; it comes
// into view. Events: `ready` (detail: the job), `undo-job` and `closed`.
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { asApiError, type ApiError } from '../lib/api/client.js';
import type { SyncApi } from '../lib/api/sync.js';
import { count, counted, dateTime, duration } from '../lib/format.js';
import { uploadName } from '../lib/paths.js';
import { ERROR_REMEDIES } from '../lib/types/errors.js';
import { OPERATIONS } from '../lib/types/operations.js';
import { subjectOf, type JobGot, type JobView, type ReasonCount, type Receipt, type SyncProgress } from '../lib/types/sync.js';
import './ErrorLogComponent.js';
import './ProblemNote.js';
import './ReceiptLines.js';
import './RowNotesTable.js';
import { completedWords, otherwiseWords } from './changeWords.js';
import './charts/MonthChart.js';
import { isPart, isRejection, leadWords, notReached, reasonWords, wholeReasons } from './receiptWords.js';
import { receiptStyles } from './receiptStyles.js';
import { sentence } from './problems.js';
import { askToUndo, isUndoable } from './undo.js';
import { Retry } from './ui/Retry.js';
import { withCommand } from './ui/command.js';
import { breakable, isPath } from './ui/pathName.js';
import { base, buttons, cards, tables, warnings } from './ui/styles.js';
import { OUTCOME_BADGES, outcomeWord, skippedWords } from './words.js';

@customElement('job-receipt')
export class JobReceipt extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  @property() job = '';
  /** Where the job stands, until it was asked for. */
  @property({ attribute: false }) progress: SyncProgress | undefined;
  @property({ type: Boolean }) admin = false;
  @property({ type: Boolean }) preview = false;
  @property({ type: Boolean }) fresh = false;
  /** Another value: something may have become of the job since. */
  @property() revision = '';
  @state() private got: JobGot | undefined;
  @state() private problem: ApiError | undefined;
  @query('h2') private heading!: HTMLElement;
  private readonly retry = new Retry(this);
  private wantsFocus = false;

  static override styles = [base, buttons, cards, tables, warnings, receiptStyles];

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('job')) this.got = undefined;
    else if (!changed.has('revision')) return;
    if (this.job !== '') void this.load();
  }

  override updated(changed: PropertyValues<this>) {
    if (this.fresh && changed.has('job')) this.comeIntoView();
    if (!this.wantsFocus) return;
    this.wantsFocus = false;
    this.heading.focus();
  }

  /** To the heading, once it is there. */
  override focus() {
    this.wantsFocus = true;
    this.requestUpdate();
  }

  /* Who looks at something else further down is brought back; where it is in view nothing moves. */
  private comeIntoView() {
    const { top } = this.heading.getBoundingClientRect();
    if (top < 0 || top > window.innerHeight / 2) this.heading.scrollIntoView({ block: 'start' });
  }

  override render() {
    const { got } = this;
    const p = got?.job.progress ?? this.progress;
    return html`<section class="card" aria-labelledby="title">
      <header>
        <h2 id="title" tabindex="-1">${this.preview ? 'Preview' : p && OPERATIONS[p.operation].byHistory ? `Receipt of the ${OPERATIONS[p.operation].noun}` : 'Receipt'}</h2>
        ${p ? html`<span class="badge ${OUTCOME_BADGES[p.status]}">${outcomeWord(p)}${p.end_time === undefined ? '' : ` ${dateTime(p.end_time)}`}</span>` : nothing}
        <span class="buttons">
          ${this.admin && got && isUndoable(got.job)
            ? html`<button type="button" class="quiet small" @click=${() => askToUndo(this, got.job)}>Undo</button>`
            : nothing}
          <button type="button" class="quiet small" @click=${() => this.dispatchEvent(new CustomEvent('closed'))}>Close</button>
        </span>
      </header>
      ${got ? this.warnings(got.receipt) : nothing}
      ${p ? this.outcome(p) : nothing}
      ${got ? this.origin(got.job) : nothing}
      <slot name="next"></slot>
      ${this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : nothing}
      ${got ? this.details(got) : this.problem ? nothing : html`<p class="soft">Loading…</p>`}
    </section>`;
  }

  private warnings({ warnings }: Receipt) {
    return warnings.length === 0
      ? nothing
      : html`<ul class="warnings" aria-label="Warnings">${warnings.map((words) => html`<li>${words}</li>`)}</ul>`;
  }

  /* How it ended, and in how much. */
  private outcome(p: SyncProgress) {
    const lead = leadWords(p, this.fresh);
    const remedy = p.remedy ?? ERROR_REMEDIES[p.error_code ?? ''];
    const left = notReached(p);
    return html`
      ${p.status === 'error' && p.error
        ? html`<div class="failed"><p><strong>${p.error}</strong></p>${remedy === undefined ? nothing : html`<p><strong>What to do:</strong> ${withCommand(sentence(remedy))}</p>`}</div>`
        : nothing}
      ${lead === '' ? nothing : html`<p>${lead}</p>`}
      ${OPERATIONS[p.operation].byHistory ? nothing : html`<dl class="totals">
        ${this.total(this.preview ? 'Would import' : 'Imported', p.imported_records)}
        ${this.total('Skipped', p.skipped_records, skippedWords(p))}
        ${this.total('Rejected', p.error_count)}
        ${left > 0 ? this.total('Not reached', left) : nothing}
      </dl>`}`;
  }

  private total(name: string, n: number, more = '') {
    return html`<div class=${n === 0 ? 'none' : ''}><dt>${name}</dt><dd>${count(n)}</dd>${more === '' ? nothing : html`<dd class="more">${more}</dd>`}</div>`;
  }

  private origin(job: JobView) {
    const { asked_by: by, progress: p } = job;
    const subject = subjectOf(job);
    const given = subject ? uploadName(subject) : undefined;
    return html`<p class="soft small origin">
      ${subject ? html`<span class=${isPath(subject) ? 'mono' : ''}>${breakable(given ?? subject)}</span>${given === undefined ? '' : ' (uploaded)'}<br />` : nothing}
      Started ${by === undefined ? '' : `by ${by}, `}${dateTime(p.start_time)}; took ${duration(p.elapsed_seconds)}
      ${job.undone_at === undefined ? nothing : html`<br />Undone ${dateTime(job.undone_at)}`}
    </p>`;
  }

  private details({ receipt, job }: JobGot) {
    const rejections = receipt.by_reason.filter(isRejection);
    const errors = job.progress.errors ?? [];
    return html`
      <div class="columns">
        ${this.reasons(wholeReasons(receipt))}
        ${receipt.by_month.length === 0
          ? nothing
          : html`<month-chart .lines=${receipt.by_month} imported=${this.preview ? 'Would be imported' : 'Imported'}></month-chart>`}
        ${this.lines('By user', 'user', 'users', receipt.by_user)}
        ${this.lines('By library', 'library', 'libraries', receipt.by_library)}
        ${this.changes(receipt)}
      </div>
      ${this.admin ? [this.notes(rejections, false), this.notes(receipt.repairs, true)] : nothing}
      ${!this.admin && errors.length > 0 ? html`<error-log .errors=${errors} .total=${job.progress.error_count}></error-log>` : nothing}
    `;
  }

  private reasons(reasons: readonly ReasonCount[]) {
    if (reasons.length === 0) return nothing;
    const rows = reasons.filter((one) => !isPart(one)).reduce((sum, { n }) => sum + n, 0);
    return html`<table class="reasons" aria-label="Rows by what became of them">
      <thead><tr><th scope="col">Rows</th><th scope="col" class="number">Count</th></tr></thead>
      <tbody>
        ${reasons.map((one) => html`<tr>
          <td class=${isPart(one) ? 'inset' : ''}>${reasonWords(one, this.preview)}</td>
          <td class="number">${count(one.n)}</td>
        </tr>`)}
        <tr><th scope="row">${counted(rows, 'row')} accounted for</th><td class="number">${count(rows)}</td></tr>
      </tbody>
    </table>`;
  }

  private lines(heading: string, singular: string, plural: string, lines: Receipt['by_user'] | undefined) {
    return lines === undefined || lines.length === 0
      ? nothing
      : html`<receipt-lines heading=${heading} singular=${singular} plural=${plural} ?preview=${this.preview} .lines=${lines}></receipt-lines>`;
  }

  /* Of the duplicates: nothing here is a row of its own. */
  private changes({ completed, changed }: Receipt) {
    const otherwise = `Said otherwise now; what is stored ${this.preview ? 'would stay' : 'stays'}`;
    return [
      this.told(this.preview ? 'Would be completed' : 'Completed', completed.map((one) => completedWords(one, this.preview))),
      this.told(otherwise, changed.map(otherwiseWords)),
    ];
  }

  private told(title: string, lines: readonly string[]) {
    if (lines.length === 0) return nothing;
    return html`<div class="changes"><h3>${title}</h3><ul>${lines.map((words) => html`<li>${words}</li>`)}</ul></div>`;
  }

  private notes(codes: readonly ReasonCount[], repairs: boolean) {
    return codes.length === 0 ? nothing : html`<row-notes-table .api=${this.api} job=${this.job} ?repairs=${repairs} .codes=${codes}></row-notes-table>`;
  }

  private async load() {
    const job = this.job;
    try {
      const got = await this.api.job(job);
      if (job !== this.job) return;
      this.got = got;
      this.problem = undefined;
      this.retry.answered();
      this.dispatchEvent(new CustomEvent('ready', { detail: got.job }));
    } catch (thrown) {
      if (job !== this.job) return;
      this.problem = asApiError(thrown);
      this.retry.failed(this.problem, () => this.load());
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'job-receipt': JobReceipt;
  }
}
