// SPDX-License-Identifier: MIT
// ImportReceipt.ts - <import-receipt .api job="…" ?admin ?preview ?fresh>: every source row of a job,
// accounted for: what to know of the source, totals by reason, plays per month, what duplicates
// completed and say otherwise, rejected and repaired rows. As a preview of a dry run it says what a
// run would do, and offers it if it is `fresh`, or a new look if it is not.
// Events with the database's path: `ready`, `run`, `run-dry`; and `closed`.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { asApiError, type ApiError } from '../lib/api/client.js';
import type { SyncApi } from '../lib/api/sync.js';
import { ERROR_SENTENCES } from '../lib/types/errors.js';
import { count, counted, dateTime } from '../lib/format.js';
import type { JobGot, ReasonCount, Receipt, SyncProgress } from '../lib/types/sync.js';
import './ProblemNote.js';
import './RowNotesTable.js';
import { completedWords, otherwiseWords } from './changeWords.js';
import './charts/MonthChart.js';
import { Retry } from './ui/Retry.js';
import { base, buttons, cards, tables, warnings } from './ui/styles.js';
import { outcomeWord } from './words.js';

/* What is no error code among the reasons. */
const REASONS: Record<string, string> = {
  new: 'New plays',
  duplicate: 'Duplicates: stored before, or twice in the source',
  updated: '… of these, completed a stored play',
  changed: '… of these, say otherwise now',
  merged: 'Merged with a play that another source told of',
  vanished: 'Gone from the source before they were read',
};

export function isRejection(reason: ReasonCount): boolean {
  return !(reason.key in REASONS);
}

function reasonWords(reason: ReasonCount, dryRun: boolean): string {
  if (reason.key === 'updated' && dryRun) return '… of these, would complete a stored play';
  return REASONS[reason.key] ?? `Rejected: ${ERROR_SENTENCES[reason.key] ?? reason.key}`;
}

@customElement('import-receipt')
export class ImportReceipt extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  @property() job = '';
  @property({ type: Boolean }) admin = false;
  @property({ type: Boolean }) preview = false;
  /** Of the newest run, which has just ended: a run now would do the same. */
  @property({ type: Boolean }) fresh = false;
  /** Something was asked for and has no answer yet. */
  @property({ type: Boolean }) busy = false;
  @state() private got: JobGot | undefined;
  @state() private problem: ApiError | undefined;
  @query('h2') private heading!: HTMLElement;
  private readonly retry = new Retry(this);
  private wantsFocus = false;

  static override styles = [
    base,
    buttons,
    cards,
    tables,
    warnings,
    css`
      .card { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); }
      .card > header { margin: 0; }
      .columns {
        display: grid; gap: 1.25rem 2rem;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); align-items: start;
      }
      td, th { padding-block: 0.4rem; }
      td.number { white-space: nowrap; overflow-wrap: normal; }
      .inset { padding-left: 1.2rem; color: var(--pb-muted); }
      .changes ul { margin-top: 0.4rem; padding-left: 1.2rem; display: grid; gap: 0.25rem; font-variant-numeric: tabular-nums; }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>) {
    if (!changed.has('job')) return;
    this.got = undefined;
    if (this.job !== '') void this.load();
  }

  override updated() {
    if (!this.wantsFocus || !this.heading) return;
    this.wantsFocus = false;
    this.heading.focus();
  }

  /** To the heading, once it is there. */
  override focus() {
    this.wantsFocus = true;
    this.requestUpdate();
  }

  override render() {
    const title = this.preview ? 'Preview' : 'Receipt';
    return html`<section class="card" aria-labelledby="title">
      <header>
        <h2 id="title" tabindex="-1">${title}</h2>
        ${this.got ? this.ended(this.got.job.progress) : nothing}
      </header>
      ${this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : nothing}
      ${this.got ? this.body(this.got) : this.problem ? nothing : html`<p class="soft">Loading…</p>`}
      ${this.got ? nothing : this.actions()}
    </section>`;
  }

  private ended(progress: SyncProgress) {
    return html`<span class="badge">${outcomeWord(progress.status)} ${dateTime(progress.end_time)}</span>`;
  }

  private body(got: JobGot) {
    const { receipt, job } = got;
    const rejections = receipt.by_reason.filter(isRejection);
    return html`
      ${receipt.warnings.length === 0
        ? nothing
        : html`<ul class="warnings" aria-label="Warnings">${receipt.warnings.map((words) => html`<li>${words}</li>`)}</ul>`}
      ${this.preview ? html`<p>${this.previewWords(job.progress)}</p>` : nothing}
      ${job.db_path ? html`<p class="soft small mono">${job.db_path}</p>` : nothing}
      <div class="columns">
        ${this.reasons(receipt.by_reason, job.progress.processed_records)}
        ${receipt.by_month.length === 0
          ? nothing
          : html`<month-chart .lines=${receipt.by_month} imported=${this.preview ? 'Would be imported' : 'Imported'}></month-chart>`}
        ${this.changes(receipt)}
      </div>
      ${this.actions()}
      ${this.admin && rejections.length > 0
        ? html`<row-notes-table .api=${this.api} job=${this.job} .codes=${rejections}></row-notes-table>`
        : nothing}
      ${this.admin && receipt.repairs.length > 0
        ? html`<row-notes-table .api=${this.api} job=${this.job} repairs .codes=${receipt.repairs}></row-notes-table>`
        : nothing}
    `;
  }

  private previewWords(progress: SyncProgress): string {
    if (this.fresh) return 'Nothing was stored. Importing this database now would do exactly this:';
    const far = progress.status === 'completed' ? '' : ', as far as the dry run got';
    return `Nothing was stored. On ${dateTime(progress.end_time)} an import would have done this${far}:`;
  }

  private reasons(reasons: readonly ReasonCount[], rows: number) {
    return html`<table aria-label="Rows by what became of them">
      <thead><tr><th scope="col">Rows</th><th scope="col" class="number">Count</th></tr></thead>
      <tbody>
        ${reasons.map(
          (one) => html`<tr>
            <td class=${one.key === 'updated' || one.key === 'changed' ? 'inset' : ''}>${reasonWords(one, this.preview)}</td>
            <td class="number">${count(one.n)}</td>
          </tr>`,
        )}
        <tr><th scope="row">${counted(rows, 'row')} accounted for</th><td class="number">${count(rows)}</td></tr>
      </tbody>
    </table>`;
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

  private actions() {
    return html`<div class="actions">
      ${this.preview && this.admin && this.got ? this.again() : nothing}
      <button type="button" @click=${() => this.dispatchEvent(new CustomEvent('closed'))}>Close</button>
    </div>`;
  }

  private again() {
    return this.fresh
      ? html`<button type="button" class="primary" aria-disabled=${String(this.busy)} @click=${() => this.ask('run')}>Run this import</button>`
      : html`<button type="button" aria-disabled=${String(this.busy)} @click=${() => this.ask('run-dry')}>Dry run again</button>`;
  }

  private ask(what: 'run' | 'run-dry') {
    if (!this.busy) this.tell(what);
  }

  private tell(what: 'ready' | 'run' | 'run-dry') {
    this.dispatchEvent(new CustomEvent(what, { detail: this.got?.job.db_path }));
  }

  private async load() {
    const job = this.job;
    try {
      const got = await this.api.job(job);
      if (job !== this.job) return;
      this.got = got;
      this.problem = undefined;
      this.retry.answered();
      this.tell('ready');
    } catch (thrown) {
      if (job !== this.job) return;
      this.problem = asApiError(thrown);
      this.retry.failed(this.problem, () => this.load());
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'import-receipt': ImportReceipt;
  }
}
