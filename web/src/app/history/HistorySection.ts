// SPDX-License-Identifier: MIT
// HistorySection.ts - <history-section .api .announcer ?admin ?active>: the stored plays: totals, charts that
// filter, search and filters, the endless list, one play. The address says what is shown, so a view can
// be shared and Back works; whatever changes it is asked for, and what was asked before is given up.
import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiClient, ApiError } from '../../lib/api/client.js';
import { HistoryApi } from '../../lib/api/history.js';
import { systemClock } from '../../lib/clock.js';
import { SectionAddress } from '../../lib/SectionAddress.js';
import type { Store } from '../../lib/Store.js';
import { count, counted, date } from '../../lib/format.js';
import type { PlayView, SummaryTotals } from '../../lib/types/schema.js';
import { Retry } from '../ui/Retry.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import type { Announcer } from '../ui/announcer.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards } from '../ui/styles.js';
import './HistoryFilterBar.js';
import type { FilterChange } from './HistoryFilterBar.js';
import { HistoryFigures, type FiguresState } from './HistoryFigures.js';
import './PersonHours.js';
import './PlayDialog.js';
import './PlayList.js';
import { PlayPages, type PlayPagesState } from './PlayPages.js';
import './PlaysByMonth.js';
import { addressOf, daysOfMonth, filtersOf, queryOf, sameFilters, without, type Filters } from './filters.js';
import { historyStyles } from './historyStyles.js';
import { daysWords, hoursWords } from './playWords.js';

const SLOW_MS = 800;

@customElement('history-section')
export class HistorySection extends LitElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ attribute: false }) address = new SectionAddress('history', window);
  @property({ type: Boolean }) admin = false;
  @property({ type: Boolean }) active = false;
  @state() private filters: Filters = {};
  @state() private play = '';
  /** What was asked for takes long enough to say so. */
  @state() private slow = false;
  private asked: Filters | undefined;
  private openedHere = false;
  private undo: (() => void)[] = [];
  private history!: HistoryApi; // of `api`
  private readonly pages = new PlayPages(() => this.history);
  private readonly figures = new HistoryFigures(() => this.history, systemClock);
  private readonly list = new StoreWatch(this, () => this.pages, (state) => state);
  private readonly sums = new StoreWatch(this, () => this.figures, (state) => state);
  private readonly retryList = new Retry(this);
  private readonly retrySums = new Retry(this);

  static override styles = [base, buttons, cards, problems, historyStyles];

  override connectedCallback() {
    super.connectedCallback();
    this.undo = [
      this.address.listen(() => this.onAddress()),
      this.retrying(this.pages, this.retryList, () => this.pages.retry()),
      this.retrying(this.figures, this.retrySums, () => this.figures.ask(this.filters)),
    ];
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    for (const undo of this.undo.splice(0)) undo();
    this.pages.cancel();
    this.figures.cancel();
  }

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('api')) this.history = new HistoryApi(this.api);
    if (!changed.has('active')) return;
    if (this.active) {
      this.onAddress(true);
      void this.ask(true);
    } else {
      this.pages.cancel();
      this.figures.cancel();
    }
  }

  override render() {
    const { pages, known, next, asking, problem: listProblem } = this.list.value;
    const { totals, choices, problem: sumsProblem } = this.sums.value;
    const filtered = Object.keys(this.filters).length > 0;
    const nothingStored = known && pages.length === 0 && next === null && !filtered && asking === undefined && !listProblem;
    if (nothingStored) return this.empty();
    return html`
      <div class="stack">
        <section class="card" aria-label="Search and totals">
          <history-filter-bar .filters=${this.filters} .choices=${choices} @filter=${this.onFilter}></history-filter-bar>
          ${problem(sumsProblem)}
          ${totals ? this.totals(totals) : html`<p class="soft waiting">${sumsProblem ? '' : 'Counting…'}</p>`}
        </section>
        <section class="card charts" aria-labelledby="charts">
          <h2 id="charts" class="only-heard">Charts</h2>
          <plays-by-month .all=${this.sums.value.allMonths} .shown=${this.sums.value.months}
            ?waiting=${totals === undefined} ?dated=${this.filters.from !== undefined || this.filters.to !== undefined} @choose=${this.onMonth}></plays-by-month>
          <person-hours .lines=${this.sums.value.persons} chosen=${this.filters.person ?? ''} @choose=${this.onPerson}></person-hours>
        </section>
        <section class="card" aria-labelledby="plays">
          <header><h2 id="plays">Plays</h2>${this.downloads()}</header>
          ${problem(listProblem)}
          <p class="status soft small" role="status">${this.listStatus()}</p>
          ${known && pages.length === 0 && asking === undefined && !listProblem ? this.nothingFound() : nothing}
          <play-list .pages=${this.pages} .hrefOf=${this.hrefOf} ?admin=${this.admin} .active=${this.active}></play-list>
          ${this.end(pages.length > 0, asking)}
        </section>
      </div>
      <play-dialog .api=${this.history} play=${this.active ? this.play : ''} ?admin=${this.admin} @closed=${this.onClosed}></play-dialog>`;
  }

  private empty() {
    return html`<section class="card nothing" aria-labelledby="nothing">
      <h2 id="nothing">No plays yet</h2>
      <p>${this.admin ? 'Import a Tautulli database, and everything that was played is here.' : 'Nothing was imported yet. An administrator can do that.'}</p>
      ${this.admin ? html`<a class="button" href="#data-sync">Go to Data Sync</a>` : nothing}
    </section>`;
  }

  private totals(totals: SummaryTotals) {
    const days = daysWords(totals);
    const { waiting } = this.sums.value;
    const one = (name: string, value: string, more = '') => html`<div><dt>${name}</dt><dd>${value}</dd>${more === '' ? nothing : html`<dd class="more">${more}</dd>`}</div>`;
    return html`<dl class="totals ${this.sums.value.old ? 'old' : ''}">
      ${one(totals.plays === 1 ? 'Play' : 'Plays', count(totals.plays))}
      ${one('Hours', hoursWords(totals.watched_hours), days)}
      ${one(totals.people === 1 ? 'Person' : 'People', count(totals.people))}
    </dl>
    ${waiting > 0 ? html`<p class="soft small" role="status">Some plays are still to be counted…</p>` : nothing}`;
  }

  private downloads() {
    const api = this.history;
    const query = queryOf(this.filters);
    return html`<div class="actions">
      <a class="button small" download href=${api.file('csv', query)}>Download CSV</a>
      <a class="button small" download href=${api.file('jsonl', query)}>Download JSONL</a>
    </div>`;
  }

  /* What a long answer waits for. */
  private listStatus(): string {
    const { asking, lookedBackTo, known } = this.list.value;
    if (asking !== 'all' || (known && !this.slow)) return asking === 'all' && !known ? 'Asking for the plays…' : '';
    const far = lookedBackTo === undefined ? '' : `: nothing so far back to ${date(lookedBackTo)}`;
    return this.filters.q === undefined ? 'Asking for these plays…' : `Searching${far}…`;
  }

  private nothingFound() {
    return html`<div class="nothing"><p>Nothing matches.</p>
      <button type="button" class="small" @click=${() => this.go({}, false)}>Clear search and filters</button></div>`;
  }

  private end(some: boolean, asking: PlayPagesState['asking']) {
    const { next, lookedBackTo } = this.list.value;
    if (asking === 'more') return html`<p class="soft end">Older plays…${lookedBackTo === undefined ? '' : ` nothing back to ${date(lookedBackTo)}`}</p>`;
    if (next !== null) return html`<p class="end"><button type="button" class="small" @click=${() => this.pages.more()}>Show older plays</button></p>`;
    return some ? html`<p class="soft small end">That is all.</p>` : nothing;
  }

  private readonly hrefOf = (play: PlayView) => this.address.href(addressOf(this.filters, play.id));

  /* `arriving`: from another section. */
  private onAddress(arriving = false) {
    const { query } = this.address;
    const [filters, play] = [filtersOf(query), query.get('play') ?? ''];
    const opened = this.active && !arriving && this.play === '';
    this.openedHere = play !== '' && !arriving && (this.openedHere || opened);
    this.play = play;
    if (!sameFilters(filters, this.filters)) this.filters = filters;
    if (this.active && this.asked && !sameFilters(this.filters, this.asked)) void this.ask(false);
  }

  /* The plays first, then the figures: the gateway answers one long question of a caller at a time. */
  private async ask(arriving: boolean) {
    const filters = this.filters;
    this.asked = filters;
    this.slow = false;
    const undoSlow = systemClock.after(SLOW_MS, () => (this.slow = this.asked === filters));
    await this.pages.ask(queryOf(filters));
    undoSlow();
    if (!this.active || this.asked !== filters) return;
    await this.figures.ask(filters, arriving);
    const { totals, problem: wrong } = this.figures.state;
    if (!arriving && totals && !wrong && this.asked === filters) this.announcer.polite(`${counted(totals.plays, 'play')} found`);
  }

  /* Returns the undo. */
  private retrying<S extends PlayPagesState | FiguresState>(store: Store<S>, retry: Retry, again: () => Promise<void>): () => void {
    let told: ApiError | undefined;
    return store.subscribe(({ problem: wrong, asking }) => {
      if (wrong && wrong !== told) retry.failed(wrong, () => this.active && again());
      else if (!wrong && !asking) retry.answered();
      told = wrong;
    });
  }

  private go(filters: Filters, typing: boolean) {
    const query = addressOf(filters);
    if (typing) this.address.amend(query);
    else this.address.go(query);
  }

  private onFilter(event: CustomEvent<FilterChange>) {
    this.go(event.detail.filters, event.detail.typing);
  }

  /* The month that is chosen already: all dates again. */
  private onMonth(event: CustomEvent<number>) {
    const { from, to } = daysOfMonth(event.detail);
    const chosen = this.filters.from === from && this.filters.to === to;
    this.go(chosen ? without(this.filters, 'from', 'to') : { ...this.filters, from, to }, false);
  }

  private onPerson(event: CustomEvent<string | undefined>) {
    this.go(event.detail === undefined ? without(this.filters, 'person') : { ...this.filters, person: event.detail }, false);
  }

  /* Back to where the person was, where that is this list. */
  private onClosed() {
    if (this.openedHere) window.history.back();
    else this.address.amend(addressOf(this.filters));
    this.openedHere = false;
    this.play = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'history-section': HistorySection;
  }
}
