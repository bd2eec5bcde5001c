// SPDX-License-Identifier: MIT
// JobsList.ts - <jobs-list .operation heading="…" ?admin>: past jobs of an operation, newest first, with how each ended. Asks its owner
// by `show-receipt` and `undo-job` (detail: the job). Fetched again when a run has ended, never per push.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, type ApiError } from '../lib/api/client.js';
import { capital, count, counted, dateTime, duration } from '../lib/format.js';
import { OPERATIONS, type OperationWords } from '../lib/types/operations.js';
import { subjectOf, type JobView } from '../lib/types/sync.js';
import type { OperationController } from './OperationController.js';
import './ProblemNote.js';
import { isUnfit } from './problems.js';
import { Retry } from './ui/Retry.js';
import { StoreWatch } from './ui/StoreWatch.js';
import { base, buttons, cards, tables } from './ui/styles.js';
import { pathName } from './ui/pathName.js';
import { OUTCOME_BADGES, outcomeWord } from './words.js';
import { askToUndo, isUndoable } from './undo.js';

const PAGE_JOBS = 10;

@customElement('jobs-list')
export class JobsList extends LitElement {
  @property({ attribute: false }) operation!: OperationController;
  @property({ type: Boolean }) admin = false;
  /** "Past imports" unless told. */
  @property() heading = '';
  /** Another value: something may have become of jobs since. */
  @property() revision = '';
  /** The undo that runs. */
  @property() undoing = '';
  @state() private jobs: readonly JobView[] | undefined;
  @state() private next: string | null = null;
  @state() private problem: ApiError | undefined;
  /** The newest run that has ended, if none runs. */
  private readonly ended = new StoreWatch(this, () => this.operation, ({ progress: { job_id: job, status, seq } }) => {
    return status === 'running' || job === undefined ? '' : `${job} ${seq}`;
  });
  /** The job that runs; a resumed one is in the list as it was before. */
  private readonly running = new StoreWatch(this, () => this.operation, ({ progress }) =>
    (progress.status === 'running' ? progress.job_id : undefined) ?? '',
  );
  private readonly retry = new Retry(this);
  private fetching = false;
  private askedFor: string | undefined;
  private stale = false; // another revision came and was not asked for yet

  static override styles = [
    base,
    buttons,
    cards,
    tables,
    css`
      .path { max-width: 20rem; overflow-wrap: anywhere; }
      @media (min-width: 75rem) { .path { min-width: 13rem; } }
      td { vertical-align: middle; }
      td.number, td.started { white-space: nowrap; overflow-wrap: normal; }
      td.started .small { white-space: normal; }
      .badges { display: flex; flex-wrap: wrap; gap: 0.25rem; }
      button.more { margin-top: 0.75rem; }
    `,
  ];

  /* At first, and when a run has ended that the list does not tell of yet. */
  override willUpdate(changed: PropertyValues<this>) {
    const ended = this.ended.value;
    const first = this.askedFor === undefined;
    this.stale ||= !first && changed.has('revision');
    if (this.fetching || (!first && !this.stale && (ended === this.askedFor || this.listed(ended)))) return;
    this.askedFor = ended;
    this.stale = false;
    void this.fetch(undefined, []);
  }

  private get words(): OperationWords {
    return OPERATIONS[this.operation.description.operation];
  }

  override render() {
    const { noun } = this.words;
    const { next } = this;
    return html`<section class="card" aria-labelledby="title">
      <header><h2 id="title">${this.heading === '' ? `Past ${noun}s` : this.heading}</h2></header>
      ${this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : nothing}
      ${this.jobs ? this.table(this.jobs) : this.problem ? nothing : html`<p class="soft">Loading…</p>`}
      ${next === null ? nothing : html`<button type="button" class="more small" @click=${() => this.fetch(next, this.jobs ?? [])}>Show older ${noun}s</button>`}
    </section>`;
  }

  private table(jobs: readonly JobView[]) {
    const past = jobs.filter((job) => job.progress.status !== 'running' && job.job_id !== this.running.value);
    if (past.length === 0) return html`<p class="empty">Nothing was ${this.words.noun}ed yet. Every run will be listed here with its receipt.</p>`;
    const told = past.some(subjectOf); // viewers are not
    return html`<div class="table-scroll"><table class="fold">
      <thead><tr>
        <th scope="col">Started</th>${told ? html`<th scope="col">${capital(this.words.worksOn)}</th>` : nothing}<th scope="col">Outcome</th>
        <th scope="col" class="number">Imported</th><th scope="col" class="number">Skipped</th><th scope="col" class="number">Rejected</th>
        <th><span class="only-heard">Receipt</span></th>
      </tr></thead>
      <tbody>${past.map((job) => this.row(job, told))}</tbody>
    </table></div>`;
  }

  private row(job: JobView, told: boolean) {
    const p = job.progress;
    const subject = subjectOf(job);
    const { noun, worksOn } = this.words;
    const started = dateTime(p.start_time);
    const by = job.asked_by === undefined ? '' : `by ${job.asked_by}, `;
    const rows = told ? '' : `, ${counted(p.total_records, 'row')}`;
    return html`<tr>
      <td data-label="Started" class="started"><span>
        ${started}<br /><span class="soft small">${by}took ${duration(p.elapsed_seconds)}${rows}</span>
      </span></td>
      ${told ? html`<td data-label=${capital(worksOn)} class="path"><span class="small">${subject ? pathName(subject, 34) : '–'}</span></td>` : nothing}
      <td data-label="Outcome"><span class="badges">
        <span class="badge ${OUTCOME_BADGES[p.status]}">${outcomeWord(p)}</span>
        ${job.dry_run ? html`<span class="badge">Dry run</span>` : nothing}
        ${job.undone_at !== undefined ? html`<span class="badge" title=${dateTime(job.undone_at)}>Undone</span>` : nothing}
        ${job.undone_by === undefined || job.undone_at !== undefined ? nothing : job.undone_by === this.undoing
          ? html`<span class="badge accent">Being undone</span>`
          : html`<span class="badge warn">Undone in part</span>`}
        ${job.resumable && !this.words.perServer && !isUnfit(job.progress.error_code) ? html`<span class="badge">Can be resumed</span>` : nothing}
      </span></td>
      <td data-label="Imported" class="number">${count(p.imported_records)}</td>
      <td data-label="Skipped" class="number">${count(p.skipped_records)}</td>
      <td data-label="Rejected" class="number">${count(p.error_count)}</td>
      <td class="row-actions">
        <button type="button" class="quiet small" aria-label="Show receipt of the ${noun}${subject ? ` of ${subject}` : ''}, started ${started}, ${outcomeWord(p)}"
          @click=${() => this.dispatchEvent(new CustomEvent('show-receipt', { detail: job }))}>Receipt</button>
        ${this.admin && isUndoable(job)
          ? html`<button type="button" class="quiet small" aria-label="Undo the ${noun}${subject ? ` of ${subject}` : ''}, started ${started}"
              @click=${() => askToUndo(this, job)}>Undo</button>`
          : nothing}
      </td>
    </tr>`;
  }

  private listed(ended: string): boolean {
    return ended === '' || this.jobs?.some((job) => `${job.job_id} ${job.progress.seq}` === ended) === true;
  }

  private async fetch(cursor: string | undefined, before: readonly JobView[]) {
    if (this.fetching) return;
    this.fetching = true;
    try {
      const page = await this.operation.api.jobs(this.operation.description.operation, cursor, PAGE_JOBS);
      this.jobs = [...before, ...page.items];
      this.next = page.next;
      this.problem = undefined;
      this.retry.answered();
    } catch (thrown) {
      this.problem = asApiError(thrown);
      this.retry.failed(this.problem, () => this.fetch(cursor, before));
    } finally {
      this.fetching = false;
      this.requestUpdate();
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'jobs-list': JobsList;
  }
}
