// SPDX-License-Identifier: MIT
// <audit-section>: the audit log, newest first, with filters, pages, exports and one entry in full.
// The filters in force are those of the last Apply: typing changes nothing that is shown or exported.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { asApiError, type ApiClient, type ApiError, type Query } from '../../lib/api/client.js';
import { counted } from '../../lib/format.js';
import type { AuditEvent, AuditListed } from '../../lib/types/schema.js';
import { Retry } from '../ui/Retry.js';
import type { Announcer } from '../ui/announcer.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards, fields, tables } from '../ui/styles.js';
import { tableHead } from '../ui/tableHead.js';
import { when } from '../ui/when.js';
import './AuditEntryDialog.js';
import './AuditFilters.js';
import type { Filters } from './AuditFilters.js';
import './AuditKeeping.js';
import type { AuditVerification } from './AuditVerification.js';
import './AuditVerification.js';
import { outcomeBadge, phaseName } from './words.js';

const PAGE = 50;

@customElement('audit-section')
export class AuditSection extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) active = false;
  @state() private filters: Filters = {};
  /** Cursors of the pages before this one and of this one; '' is the newest page. */
  @state() private trail: readonly string[] = [''];
  @state() private page: AuditListed | undefined;
  @state() private loading = false;
  @state() private problem: ApiError | undefined;
  @state() private shown: AuditEvent | undefined;
  private readonly retry = new Retry(this);
  private asked = 0;

  static override styles = [base, buttons, fields, cards, tables, problems, css`
    .pages { margin-top: 0.9rem; justify-content: flex-end; }
    td time { white-space: nowrap; }
    .target { max-width: 18rem; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
    @media (max-width: 40rem) { td time { white-space: normal; } }
  `];

  override willUpdate(changed: PropertyValues) {
    if (changed.has('active') && this.active) {
      void this.load();
    }
  }

  override render() {
    return html`
      <div class="stack">
        <audit-verification .api=${this.api} .announcer=${this.announcer} .active=${this.active}></audit-verification>
        <section class="card" aria-labelledby="entries">
          <header>
            <h2 id="entries">Entries</h2>
            <div class="actions">
              <a class="button small" download href=${this.exportUrl('csv')}>Download CSV</a>
              <a class="button small" download href=${this.exportUrl('jsonl')}>Download JSONL</a>
            </div>
          </header>
          <audit-filters @apply=${this.onApply}></audit-filters>
          ${problem(this.problem)}
          ${this.page ? this.table(this.page) : nothing}
        </section>
        <audit-keeping .api=${this.api} .announcer=${this.announcer} @kept=${this.onKept}></audit-keeping>
      </div>
      <audit-entry-dialog .entry=${this.shown} @closed=${() => (this.shown = undefined)}></audit-entry-dialog>
    `;
  }

  private table(page: AuditListed) {
    const items = page.items;
    const filtered = Object.keys(this.filters).length > 0;
    return html`
      ${items.length === 0
        ? html`<p class="empty">${filtered ? 'No entry matches these filters.' : 'Nothing has been recorded yet.'}</p>`
        : html`<div class="table-scroll"><table class="fold" aria-label="Audit log" aria-busy=${this.loading}>
            ${tableHead(['Time', 'Who', 'Action', 'About', 'Outcome'], 'Details')}
            <tbody>${repeat(items, (entry) => entry.n, (entry) => this.row(entry))}</tbody>
          </table></div>`}
      <div class="actions pages">
        <button class="small" @click=${this.onNewest}>Newest</button>
        <button class="small" aria-disabled=${this.trail.length === 1} @click=${this.onNewer}>Newer</button>
        <button class="small" aria-disabled=${!page.next} @click=${this.onOlder}>Older</button>
      </div>
    `;
  }

  private row(entry: AuditEvent) {
    return html`<tr>
      <td data-label="Time">${when(entry.at, '–', true)}</td>
      <td data-label="Who">${entry.actor ?? html`<span class="soft">Unknown</span>`}</td>
      <td data-label="Action"><span>${entry.action}<br><span class="soft small">${phaseName(entry.phase)}</span></span></td>
      <td data-label="About" class="any-break"><span class="target" title=${entry.target ?? ''}>${entry.target ?? '–'}</span></td>
      <td data-label="Outcome"><span>${outcomeBadge(entry)}</span></td>
      <td class="row-actions"><button class="quiet small" @click=${() => (this.shown = entry)}
        >Details<span class="only-heard"> of entry ${entry.n}</span></button></td>
    </tr>`;
  }

  private exportUrl(format: 'csv' | 'jsonl'): string {
    return this.api.url('/audit/export', { format, ...this.filters });
  }

  private onApply(event: CustomEvent<Filters>) {
    this.filters = event.detail;
    this.trail = [''];
    void this.load(true);
  }

  private onOlder() {
    if (this.page?.next && !this.loading) {
      this.trail = [...this.trail, this.page.next];
      void this.load(true);
    }
  }

  private onNewer() {
    if (this.trail.length > 1 && !this.loading) {
      this.trail = this.trail.slice(0, -1);
      void this.load(true);
    }
  }

  private onNewest() {
    this.trail = [''];
    void this.load(true);
  }

  /* Another key signs, or entries are gone from the list. */
  private onKept() {
    this.trail = [''];
    void this.load();
    void this.renderRoot.querySelector<AuditVerification>('audit-verification')?.ask();
  }

  /** A search may pass whole pages without a find: it goes on to the next one that has any, or the end. */
  private async fetchPage(cursor: string): Promise<AuditListed> {
    let page: AuditListed;
    let next: string | undefined = cursor;
    do {
      const query: Query = next ? { cursor: next } : {};
      page = await this.api.get<AuditListed>('/audit/events', { limit: PAGE, ...this.filters, ...query });
      next = page.next ?? undefined;
    } while (page.items.length === 0 && next !== undefined && this.active);
    return page;
  }

  /** Of several answers only that of the last question counts. */
  private async load(tell = false) {
    const asked = ++this.asked;
    const cursor = this.trail[this.trail.length - 1];
    this.loading = true;
    try {
      const page = await this.fetchPage(cursor ?? '');
      if (asked === this.asked) {
        this.page = page;
        this.problem = undefined;
        this.retry.answered();
        if (tell) {
          this.announcer.polite(counted(page.items.length, 'entry', 'entries'));
        }
      }
    } catch (thrown) {
      if (asked === this.asked) {
        this.problem = asApiError(thrown);
        this.retry.failed(this.problem, () => this.active && this.load(tell));
      }
    } finally {
      if (asked === this.asked) {
        this.loading = false;
      }
    }
  }
}
