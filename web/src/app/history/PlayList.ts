// SPDX-License-Identifier: MIT
// PlayList.ts - <play-list .pages .hrefOf ?admin ?active>: the endless list, newest first, by days. Rows have one
// height, so only those around the window are in the page, with room kept for the others. Each row is a
// link to its play. Near the end it asks for more pages, and tells which ones it shows.
import { LitElement, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { PlayView } from '../../lib/types/schema.js';
import { StoreWatch } from '../ui/StoreWatch.js';
import { base, buttons, cards } from '../ui/styles.js';
import { dayOf, heightOf, pagesWithin, type Measures, type PlayPage, type PlayPages } from './PlayPages.js';
import { typeIcon } from './historyIcons.js';
import { playListStyles } from './playListStyles.js';
import { lengthWords, partOf, percentWords, personOf, sourcesWords, titleOf, typeName } from './playWords.js';

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayName = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

/** "Today", "Yesterday", else the date with the day of the week. */
export function dayWords(day: string, now: Date): string {
  const at = new Date(`${day}T00:00`);
  const ago = Math.round((new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime() - at.getTime()) / 86_400_000);
  if (ago === 0 || ago === 1) return ago === 0 ? 'Today' : 'Yesterday';
  return dayName.format(at);
}

@customElement('play-list')
export class PlayList extends LitElement {
  @property({ attribute: false }) pages!: PlayPages;
  /** Where the link of a play leads. */
  @property({ attribute: false }) hrefOf!: (play: PlayView) => string;
  @property({ type: Boolean }) admin = false;
  @property({ type: Boolean }) active = false;
  /** First and last page that are in the document. */
  @state() private shown: readonly [number, number] = [0, 1];
  private measures: Measures = { row: 0, day: 0 };
  private readonly watched = new StoreWatch(this, () => this.pages, (state) => state);
  private frame = 0;

  static override styles = [base, buttons, cards, playListStyles];

  override connectedCallback() {
    super.connectedCallback();
    window.addEventListener('scroll', this.onScroll, { passive: true });
    window.addEventListener('resize', this.onScroll, { passive: true });
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    window.removeEventListener('scroll', this.onScroll);
    window.removeEventListener('resize', this.onScroll);
    cancelAnimationFrame(this.frame);
  }

  override updated() {
    this.onScroll();
  }

  override render() {
    const { pages, asking } = this.watched.value;
    const first = Math.min(this.shown[0], Math.max(0, pages.length - 1));
    const last = Math.min(this.shown[1], pages.length - 1);
    const indices = pages.map((_, i) => i).slice(first, last + 1);
    return html`<div class="plays ${asking === 'all' ? 'old' : ''}" aria-busy=${String(asking !== undefined)}>
      ${this.room(pages.slice(0, first))}
      ${repeat(indices, (i) => i, (i) => this.page(pages[i] as PlayPage, pages[i - 1]))}
      ${this.room(pages.slice(last + 1))}
    </div>`;
  }

  /* The height of pages that are not here. Set by script: the page's policy forbids it in markup. */
  private room(pages: readonly PlayPage[]) {
    const rows = pages.reduce((sum, page) => sum + page.rows, 0);
    const days = pages.reduce((sum, page) => sum + page.days, 0);
    return html`<div class="room" .style=${`height: calc(${rows} * var(--row) + ${days} * var(--day))`}></div>`;
  }

  private page(page: PlayPage, before: PlayPage | undefined) {
    if (page.plays === undefined) return this.room([page]);
    const groups: { day: string; begins: boolean; plays: PlayView[] }[] = [];
    let day = before?.lastDay ?? '';
    for (const play of page.plays) {
      const own = dayOf(play);
      const group = own === day ? groups.at(-1) : undefined;
      if (group) group.plays.push(play);
      else groups.push({ day: own, begins: own !== day, plays: [play] });
      day = own;
    }
    const now = new Date();
    return groups.map(({ day: own, begins, plays }) => html`
      ${begins ? html`<h3 class="day">${dayWords(own, now)}</h3>` : nothing}
      <ul>${plays.map((play) => this.row(play))}</ul>`);
  }

  private row(play: PlayView) {
    const kinds = new Set(play.sources.map(({ source }) => source));
    const [part, length, percent] = [partOf(play), lengthWords(play.played_s), percentWords(play)];
    const more = play.sources.length > 1 ? (kinds.size > 1 ? sourcesWords(play.sources) : `${play.sources.length} rows`) : '';
    return html`<li class="play">
      <span class="icon" title=${typeName(play)}>${typeIcon(play)}<span class="only-heard">${typeName(play)}: </span></span>
      <span class="what"><a href=${this.hrefOf(play)}>${titleOf(play)}</a>${part === '' ? nothing : html`<span class="part">${part}</span>`}</span>
      <span class="who">${personOf(play)}</span>
      <span class="when"><time datetime=${play.started_at}>${time.format(new Date(play.started_at))}</time></span>
      <span class="length number">${length}</span>
      <span class="far number">${percent}${play.watched ? html`<span class="tick" title="Watched">✓<span class="only-heard"> watched</span></span>` : nothing}</span>
      ${this.admin ? html`<span class="player">${play.player ?? play.platform ?? ''}</span>` : nothing}
      <span class="sources">${more === '' ? nothing : html`<span class="badge" title="Told by ${sourcesWords(play.sources)}">${more}</span>`}</span>
    </li>`;
  }

  private readonly onScroll = () => {
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.follow();
    });
  };

  /* What is in the window and a window's height around it. */
  private follow() {
    if (!this.active || !this.isConnected) return;
    const { pages, next, asking, known, problem } = this.watched.value;
    const measures = this.measure();
    const top = -this.getBoundingClientRect().top;
    const room = window.innerHeight;
    const [first, last] = measures.row === 0 ? [0, pages.length - 1] : pagesWithin(pages, measures, top - room, top + 2 * room);
    if (first !== this.shown[0] || last !== this.shown[1]) this.shown = [first, last];
    this.pages.look(first, last);
    const whole = pages.reduce((sum, page) => sum + heightOf(page, measures), 0);
    const wanted = known && next !== null && asking === undefined && problem === undefined;
    if (wanted && measures.row > 0 && top + 2 * room > whole) void this.pages.more();
  }

  private measure(): Measures {
    const row = this.renderRoot.querySelector<HTMLElement>('.play')?.offsetHeight;
    const day = this.renderRoot.querySelector<HTMLElement>('.day')?.offsetHeight;
    this.measures = { row: row ?? this.measures.row, day: day ?? this.measures.day };
    return this.measures;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'play-list': PlayList;
  }
}
