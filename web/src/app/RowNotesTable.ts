// SPDX-License-Identifier: MIT
// RowNotesTable.ts - <row-notes-table .api job="…" ?repairs>: the rejected, or the repaired, rows of
// a job, page by page, searched by the server, each with its raw columns. Row values come from a
// foreign file: they are only ever text here.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, type ApiError } from '../lib/api/client.js';
import type { RowNotesQuery, SyncApi } from '../lib/api/sync.js';
import { count, counted } from '../lib/format.js';
import { ERROR_SENTENCES } from '../lib/types/errors.js';
import { REPAIR_SENTENCES } from '../lib/types/rows.js';
import type { ReasonCount, RowNote } from '../lib/types/sync.js';
import './ProblemNote.js';
import { Retry } from './ui/Retry.js';
import { base, buttons, fields, tables } from './ui/styles.js';

const PAGE_ROWS = 10;
const VALUE_SHOWN = 60; // characters
const SEARCH_AFTER_MS = 300;

/* One that a newer version wrote is named as it is. */
function codeWords(code: string): string {
  return ERROR_SENTENCES[code] ?? REPAIR_SENTENCES[code] ?? code;
}

/* The column that is wrong, with its value; of a repaired row it is the only one that is kept. */
function atFault({ code, raw }: RowNote): string | undefined {
  const cells = Object.entries(raw);
  const wanted = code.startsWith('STARTED_') ? 'session_history.started' : code.startsWith('USER_') ? 'session_history.user' : undefined;
  const found = wanted === undefined && cells.length === 1 ? cells[0] : cells.find(([column]) => column === wanted);
  if (found === undefined) return undefined;
  const [column, { type, text }] = found;
  if (text == null) return undefined;
  const shown = text.length > VALUE_SHOWN ? `${text.slice(0, VALUE_SHOWN)}…` : text;
  return `${column.replace(/^.*\./, '')} = ${type === 'text' ? `'${shown}'` : shown}`;
}

@customElement('row-notes-table')
export class RowNotesTable extends LitElement {
  @property({ attribute: false }) api!: SyncApi;
  @property() job = '';
  @property({ type: Boolean }) repairs = false;
  /** Codes that occur, with their counts: what can be filtered by. */
  @property({ attribute: false }) codes: readonly ReasonCount[] = [];
  @state() private q = '';
  @state() private code = '';
  @state() private rows: readonly RowNote[] | undefined;
  @state() private next: string | null = null;
  @state() private cursors: readonly (string | undefined)[] = [undefined];
  @state() private problem: ApiError | undefined;
  @state() private opened: number | string | undefined;
  private readonly retry = new Retry(this);
  private asked = 0;
  private typing: ReturnType<typeof setTimeout> | undefined;

  static override styles = [
    base,
    buttons,
    fields,
    tables,
    css`
      section { display: grid; gap: 0.75rem; grid-template-columns: minmax(0, 1fr); }
      .tools { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: end; }
      .tools label { flex: 1 1 12rem; }
      .tools select { min-width: 10rem; }
      .pages { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; }
      .rows { min-height: var(--rows-height, 0); }
      td { vertical-align: middle; }
      .row { cursor: pointer; }
      @media (min-width: 64rem) { td.reason { white-space: nowrap; } }
      td.record { font-variant-numeric: tabular-nums; white-space: nowrap; }
      .raw {
        display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: 0.15rem 1rem;
        max-height: 20rem; overflow: auto; padding: 0.75rem; border-radius: var(--pb-radius-small);
        background: var(--pb-surface-2); font-size: 0.8125rem;
      }
      .fault { font-family: var(--pb-mono); overflow-wrap: anywhere; }
      .raw dt { color: var(--pb-muted); overflow-wrap: anywhere; }
      .raw dd { font-family: var(--pb-mono); overflow-wrap: anywhere; white-space: pre-wrap; }
      @media (max-width: 40rem) {
        .raw { grid-template-columns: minmax(0, 1fr); }
        table.fold tr.opened td { display: block; }
        table.fold tr.row { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; padding: 0.3rem 0; }
        table.fold tr.row td.row-actions > * { white-space: nowrap; overflow-wrap: normal; }
        table.fold tr.row td.record { display: block; color: var(--pb-muted); font-size: 0.875rem; }
        table.fold td.record::before { content: attr(data-label) ' '; }
        table.fold tr.row td:nth-child(2) { display: block; grid-row: 2; grid-column: 1 / -1; padding-top: 0; }
        table.fold tr.row td:nth-child(2)::before { content: none; }
      }
    `,
  ];

  private get caption(): string {
    return this.repairs ? 'Repaired rows' : 'Rejected rows';
  }

  private get reason(): string {
    return this.repairs ? 'What was done' : 'Reason';
  }

  private get query(): RowNotesQuery {
    return {
      job: this.job,
      ...(this.repairs ? { repairs: true } : {}),
      ...(this.q === '' ? {} : { q: this.q }),
      ...(this.code === '' ? {} : { code: this.code }),
    };
  }

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('job')) this.restart();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.typing);
  }

  override render() {
    return html`
      <section aria-labelledby="title">
        <h3 id="title">${this.caption}</h3>
        <div class="tools">
          <label class="field"><span>Search</span>
            <input type="search" aria-label="Search ${this.caption.toLowerCase()}" .value=${this.q} @input=${this.onSearch} />
          </label>
          ${this.codes.length > 1 ? this.codeFilter() : nothing}
          <a class="button" href=${this.api.rowNotesFile(this.query)}
            download="playbus-${this.repairs ? 'repairs' : 'errors'}.csv">Download CSV</a>
        </div>
        ${this.problem ? html`<problem-note .error=${this.problem}></problem-note>` : nothing}
        <div class="rows">${this.rows ? this.table(this.rows) : this.problem ? nothing : html`<p class="soft">Loading…</p>`}</div>
        ${this.cursors.length > 1 || this.next !== null ? this.pages() : nothing}
      </section>
    `;
  }

  private codeFilter() {
    return html`<label class="field"><span>${this.reason}</span>
      <select @change=${this.onCode}>
        <option value="">${this.repairs ? 'All repairs' : 'All reasons'}</option>
        ${this.codes.map((one) => html`<option value=${one.key}>${codeWords(one.key)} (${count(one.n)})</option>`)}
      </select>
    </label>`;
  }

  private table(rows: readonly RowNote[]) {
    const all = this.q === '' && this.code === '';
    if (rows.length === 0 && all && this.total > 0) return html`<p class="soft">They are counted only: of so many rows, these are not kept any more.</p>`;
    if (rows.length === 0) return html`<p class="soft">${all ? 'None.' : 'No row matches.'}</p>`;
    return html`<table class="fold" aria-label=${this.caption}>
      <thead><tr>
        <th scope="col">Record</th><th scope="col">${this.reason}</th><th><span class="only-heard">Raw row</span></th>
      </tr></thead>
      <tbody>${rows.map((row) => this.row(row))}</tbody>
    </table>`;
  }

  private row(row: RowNote) {
    const open = this.opened === row.record_id;
    const verb = open ? 'Hide' : 'Show';
    const fault = atFault(row);
    return html`
      <tr class="row" @click=${() => this.toggle(row.record_id)}>
        <td class="record" data-label="Record">${row.record_id}</td>
        <td class=${this.repairs ? '' : 'reason'} data-label=${this.reason}><span><span title=${row.code}>${row.message}</span>${fault === undefined ? nothing : html`<br /><span class="soft small fault">${fault}</span>`}</span></td>
        <td class="row-actions">
          <button class="quiet small" type="button" aria-expanded=${String(open)}
            aria-label="${verb} row of record ${row.record_id}">${verb} row</button>
        </td>
      </tr>
      ${open ? html`<tr class="opened"><td colspan="3">${this.raw(row)}</td></tr>` : nothing}
    `;
  }

  /* The button is in the row: its click, by mouse or keyboard, arrives here too. */
  private toggle(record: number | string) {
    if (window.getSelection()?.toString()) return; // a person copies
    this.opened = this.opened === record ? undefined : record;
  }

  private raw(row: RowNote) {
    return html`<dl class="raw" tabindex="0" aria-label="Columns of record ${row.record_id}">
      ${Object.entries(row.raw).map(
        ([column, cell]) => html`<dt>${column}</dt>
          <dd>${cell.type === 'null' ? html`<span class="soft">NULL</span>` : (cell.text ?? `base64: ${cell.base64 ?? ''}`)}</dd>`,
      )}
    </dl>`;
  }

  /* As counted when the job ran. */
  private get total(): number {
    return this.codes.reduce((sum, one) => sum + (this.code === '' || one.key === this.code ? one.n : 0), 0);
  }

  private pages() {
    const page = this.cursors.length;
    return html`<div class="pages">
      <button type="button" class="small" aria-disabled=${String(page === 1)} @click=${this.back}>Previous</button>
      <span class="soft small">Page ${count(page)}${this.q === '' ? html`, ${counted(this.total, 'row')} in all` : nothing}</span>
      <button type="button" class="small" aria-disabled=${String(this.next === null)} @click=${this.forward}>Next</button>
    </div>`;
  }

  private onSearch(event: Event) {
    const value = (event.target as HTMLInputElement).value;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => {
      this.q = value.trim();
      this.restart();
    }, SEARCH_AFTER_MS);
  }

  private onCode(event: Event) {
    this.code = (event.target as HTMLSelectElement).value;
    this.restart();
  }

  private restart() {
    this.cursors = [undefined];
    void this.load();
  }

  private forward() {
    if (this.next === null) return;
    this.cursors = [...this.cursors, this.next];
    void this.load();
  }

  private back() {
    if (this.cursors.length === 1) return;
    this.cursors = this.cursors.slice(0, -1);
    void this.load();
  }

  /* The rows that are shown stay until the new ones are here; an answer to an older question is dropped. */
  private async load() {
    const mine = ++this.asked;
    const cursor = this.cursors.at(-1);
    try {
      const page = await this.api.rowNotes({ ...this.query, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) });
      if (mine !== this.asked) return;
      this.rows = page.items;
      this.next = page.next;
      this.problem = undefined;
      this.opened = undefined;
      this.retry.answered();
    } catch (thrown) {
      if (mine !== this.asked) return;
      this.problem = asApiError(thrown);
      this.retry.failed(this.problem, () => this.load());
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'row-notes-table': RowNotesTable;
  }
}
