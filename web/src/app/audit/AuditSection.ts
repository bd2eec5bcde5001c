// SPDX-License-Identifier: MIT
// <audit-section>: the audit log in words, newest first, an act a line, with filters, pages, exports
// and each act with the entries the log keeps of it.
// The filters in force are those of the last Apply: typing changes nothing that is shown or exported.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ApiClient, Query } from '../../lib/api/client.js';
import { counted } from '../../lib/format.js';
import type { AuditAct, AuditActsListed, UsersListed } from '../../lib/types/schema.js';
import { Loaded } from '../ui/Loaded.js';
import type { Announcer } from '../ui/announcer.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards, fields, tables } from '../ui/styles.js';
import { tableHead } from '../ui/tableHead.js';
import { when } from '../ui/when.js';
import './AuditActDialog.js';
import './AuditFilters.js';
import type { AuditFilters, Filters } from './AuditFilters.js';
import './AuditKeeping.js';
import type { AuditVerification } from './AuditVerification.js';
import './AuditVerification.js';
import { resultOf, textOf, who } from './words.js';

const PAGE = 50;

@customElement('audit-section')
export class AuditSection extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) active = false;
  @state() private filters: Filters = {};
  /** Cursors of the pages before this one and of this one; '' is the newest page. */
  @state() private trail: readonly string[] = [''];
  @state() private shown: AuditAct | undefined;
  /** Who may be chosen in the filters. */
  @state() private people: readonly string[] = [];
  private telling = false; // how many there are, when they are there
  private readonly page = new Loaded<AuditActsListed>(this, {
    ask: (signal) => this.fetchPage(this.trail[this.trail.length - 1] ?? '', signal),
    active: () => this.active,
    answered: ({ items }) => {
      this.meet(items.map(({ actor }) => actor));
      if (this.telling) this.announcer.polite(counted(items.length, 'act'));
    },
  });

  static override styles = [base, buttons, fields, cards, tables, problems, css`
    .pages { margin-top: 0.9rem; justify-content: flex-end; }
    .nothing { color: var(--pb-muted); padding: 1.25rem 0; display: grid; gap: 0.75rem; justify-items: center; }
    td time { white-space: nowrap; }
    .text { overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
    .details { overflow-wrap: anywhere; }
    .from { display: block; overflow-wrap: anywhere; }
    td.who { min-width: 8.5rem; max-width: 12rem; overflow-wrap: anywhere; }
    td.what { min-width: 14rem; }
    td.result { min-width: 9rem; }
    .reason { font-size: 0.875rem; }
    @media (max-width: 48rem) {
      /* A card an act: what and the outcome first, then when, who and from where on one line. */
      .table-scroll { margin-inline: 0; padding-inline: 0; overflow-x: visible; }
      table, tbody { display: block; }
      thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
      tbody tr { display: flex; flex-wrap: wrap; gap: 0.3rem 0.75rem; align-items: baseline; padding: 0.8rem 0; position: relative; }
      tbody tr:last-child td { padding: 0; }
      tbody td { display: block; padding: 0; color: var(--pb-muted); font-size: 0.8438rem; }
      tbody td.who { min-width: 0; max-width: none; }
      tbody td .from { display: inline; margin-left: 0.5rem; }
      tbody td.what { order: -2; flex: 1 0 100%; min-width: 0; color: var(--pb-text); font-size: 0.9375rem; font-weight: 560; }
      tbody td.what > * { margin-right: 5rem; }
      tbody td.what .details { font-weight: 400; }
      tbody td.result { order: -1; flex: 1 0 100%; min-width: 0; color: var(--pb-text); }
      tbody tr td.row-actions { position: absolute; top: 0.45rem; right: -0.65rem; }
    }
  `];

  override willUpdate(changed: PropertyValues) {
    if (changed.has('active') && this.active) {
      void this.load();
      void this.loadPeople();
    }
  }

  override render() {
    return html`
      <div class="stack">
        <audit-verification .api=${this.api} .announcer=${this.announcer} .active=${this.active}></audit-verification>
        <section class="card" aria-labelledby="entries">
          <header>
            <h2 id="entries">What was done</h2>
            <div class="actions">
              <a class="button small" download href=${this.exportUrl('csv')}>Download CSV</a>
              <a class="button small" download href=${this.exportUrl('jsonl')}>Download JSONL</a>
            </div>
          </header>
          <audit-filters .people=${this.people} @apply=${this.onApply}></audit-filters>
          ${problem(this.page.problem)}
          ${this.page.value ? this.table(this.page.value) : nothing}
        </section>
        <audit-keeping ?hidden=${!this.page.value && !this.page.problem} .api=${this.api} .announcer=${this.announcer} @kept=${this.onKept}></audit-keeping>
      </div>
      <audit-act-dialog .act=${this.shown} @closed=${() => (this.shown = undefined)}></audit-act-dialog>
    `;
  }

  private table(page: AuditActsListed) {
    return html`
      ${page.items.length === 0
        ? this.nothing()
        : html`<div class="table-scroll"><table aria-label="Audit log" aria-busy=${this.page.loading}>
            ${tableHead(['Time', 'Who, from', 'What', 'Outcome'], 'Details')}
            <tbody>${repeat(page.items, (act) => act.n, (act) => this.row(act))}</tbody>
          </table></div>`}
      <div class="actions pages">
        <button class="small" @click=${this.onNewest}>Newest</button>
        <button class="small" aria-disabled=${this.trail.length === 1} @click=${this.onNewer}>Newer</button>
        <button class="small" aria-disabled=${!page.next} @click=${this.onOlder}>Older</button>
      </div>
    `;
  }

  private nothing() {
    return Object.keys(this.filters).length === 0
      ? html`<p class="empty">Nothing has been recorded yet.</p>`
      : html`<div class="nothing"><p>Nothing matches these filters.</p>
          <button class="small" @click=${this.onClear}>Clear filters</button></div>`;
  }

  private row(act: AuditAct) {
    return html`<tr>
      <td>${when(act.at, '–', true)}</td>
      <td class="who">${who(act)}${act.address === undefined ? nothing : html` <span class="soft small from">${act.address}</span>`}</td>
      <td class="what"><span class="text" title=${act.text}>${textOf(act)}</span>${act.details === undefined
        ? nothing
        : html`<span class="soft small details">${act.details}</span>`}</td>
      <td class="result">${resultOf(act)}</td>
      <td class="row-actions"><button class="quiet small" @click=${() => (this.shown = act)}
        >Details<span class="only-heard"> of entry ${act.n}</span></button></td>
    </tr>`;
  }

  private exportUrl(format: 'csv' | 'jsonl'): string {
    return this.api.url('/audit/export', { format, ...this.filters });
  }

  private onClear() {
    this.renderRoot.querySelector<AuditFilters>('audit-filters')?.clear();
  }

  private onApply(event: CustomEvent<Filters>) {
    this.filters = event.detail;
    this.trail = [''];
    void this.load(true);
  }

  private onOlder() {
    if (this.page.value?.next && !this.page.loading) {
      this.trail = [...this.trail, this.page.value.next];
      void this.load(true);
    }
  }

  private onNewer() {
    if (this.trail.length > 1 && !this.page.loading) {
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
  private async fetchPage(cursor: string, signal: AbortSignal): Promise<AuditActsListed> {
    let page: AuditActsListed;
    let next: string | undefined = cursor;
    do {
      const query: Query = next ? { cursor: next } : {};
      page = await this.api.get<AuditActsListed>('/audit/acts', { limit: PAGE, ...this.filters, ...query }, { signal });
      next = page.next ?? undefined;
    } while (page.items.length === 0 && next !== undefined && this.active);
    return page;
  }

  /* A list to choose from, no more: without it a name can be typed. */
  private async loadPeople() {
    const known = await this.api.get<UsersListed>('/users').catch(() => undefined);
    this.meet(known?.items.map(({ name }) => name) ?? []);
  }

  private meet(names: readonly (string | undefined)[]) {
    const all = new Set([...this.people, ...names.filter((name) => name !== undefined)]);
    if (all.size > this.people.length) {
      this.people = [...all].sort((a, b) => a.localeCompare(b));
    }
  }

  private load(tell = false): Promise<void> {
    this.telling = tell;
    return this.page.load();
  }
}
