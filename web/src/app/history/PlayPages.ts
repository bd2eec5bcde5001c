// SPDX-License-Identifier: MIT
// PlayPages.ts - the endless list of plays, page by page. Only pages near what is looked at keep
// their plays; of the others it is known how much room they take and how to ask for them again, so
// what is held does not grow with how far a person scrolls.
import { asApiError, type ApiError } from '../../lib/api/client.js';
import type { HistoryApi, PlaysQuery } from '../../lib/api/history.js';
import { Latest } from '../../lib/Latest.js';
import { Store } from '../../lib/Store.js';
import type { PlayView } from '../../lib/types/schema.js';

export const PAGE_PLAYS = 50;
const KEPT_AROUND = 6; // pages on either side of those that are seen

export interface PlayPage {
  readonly cursor: string | undefined;
  /** Absent while they are let go. */
  readonly plays: readonly PlayView[] | undefined;
  readonly rows: number;
  /** How many days begin in it. */
  readonly days: number;
  /** The day its last play is of. */
  readonly lastDay: string;
  readonly lastId: string | undefined;
}

export interface PlayPagesState {
  readonly pages: readonly PlayPage[];
  /** Where the next page begins; null: the list is whole. */
  readonly next: string | null;
  /** 'all': another list was asked for, what is here is of the one before; 'again': a page that was let go. */
  readonly asking: 'all' | 'more' | 'again' | undefined;
  /** How far back a search has looked that has found nothing yet. */
  readonly lookedBackTo: string | undefined;
  readonly problem: ApiError | undefined;
  /** Something was answered once. */
  readonly known: boolean;
}

/** The day a play began on, where the person is who looks. */
export function dayOf(play: PlayView): string {
  const at = new Date(play.started_at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function pageOf(cursor: string | undefined, plays: readonly PlayView[], dayBefore: string): PlayPage {
  let days = 0;
  let lastDay = dayBefore;
  for (const play of plays) {
    const day = dayOf(play);
    if (day !== lastDay) days += 1;
    lastDay = day;
  }
  return { cursor, plays, rows: plays.length, days, lastDay, lastId: plays.at(-1)?.id };
}

export class PlayPages extends Store<PlayPagesState> {
  private readonly latest = new Latest(); // one question at a time
  private query: PlaysQuery = {};
  private repeat = (): Promise<void> => Promise.resolve(); // of what failed last

  constructor(private readonly api: () => HistoryApi) {
    super({ pages: [], next: null, asking: undefined, lookedBackTo: undefined, problem: undefined, known: false });
  }

  /** Another list, or the same one anew. */
  async ask(query: PlaysQuery): Promise<void> {
    this.query = query;
    this.change({ lookedBackTo: undefined });
    await this.load('all', undefined);
  }

  /** The page that follows, unless something is asked for already. */
  async more(): Promise<void> {
    const { asking, next } = this.state;
    if (asking === undefined && next !== null) await this.load('more', next);
  }

  /** What failed last, once more. */
  async retry(): Promise<void> {
    const { asking, problem } = this.state;
    if (asking === undefined && problem !== undefined) await this.repeat();
  }

  /** Pages `first` to `last` are looked at: what is missing there comes again, one by one; what is far away goes. */
  look(first: number, last: number): void {
    const { pages, asking, problem } = this.state;
    // The first page has no cursor: by now it may be another one.
    const kept = (i: number): boolean => i === 0 || (i >= first - KEPT_AROUND && i <= last + KEPT_AROUND);
    if (pages.some(({ plays }, i) => plays !== undefined && !kept(i))) {
      this.change({ pages: pages.map((page, i) => (kept(i) ? page : { ...page, plays: undefined })) });
    }
    const missing = pages.findIndex(({ plays }, i) => i >= first && i <= last && plays === undefined);
    if (missing >= 0 && asking === undefined && problem === undefined) void this.fetchAgain(missing);
  }

  cancel(): void {
    this.latest.cancel();
    if (this.state.asking !== undefined) this.change({ asking: undefined });
  }

  /* A search may pass whole pages without a find: it goes on to the next one that has any, or the end. */
  private async load(asking: 'all' | 'more', from: string | undefined): Promise<void> {
    const signal = this.latest.begin();
    let cursor = from;
    this.change({ asking, problem: undefined });
    try {
      for (;;) {
        const page = await this.api().plays(this.query, PAGE_PLAYS, cursor, signal);
        if (signal.aborted) return;
        if (page.items.length > 0 || page.next === null) {
          const before = asking === 'all' ? [] : this.state.pages;
          const made = page.items.length > 0 ? [pageOf(cursor, page.items, before.at(-1)?.lastDay ?? '')] : [];
          this.change({ pages: [...before, ...made], next: page.next, asking: undefined, lookedBackTo: undefined, known: true });
          return;
        }
        cursor = page.next;
        this.change({ lookedBackTo: page.looked_at });
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (asking === 'all') this.change({ pages: [], next: null }); // they are of another question
      this.failed(thrown, () => this.load(asking, cursor));
    }
  }

  /* Plays may have come or gone since: where the page does not end as it did, nothing after it would fit. */
  private async fetchAgain(i: number): Promise<void> {
    const page = this.state.pages[i];
    if (page === undefined) return;
    const signal = this.latest.begin();
    this.change({ asking: 'again', problem: undefined });
    try {
      const { items } = await this.api().plays(this.query, page.rows, page.cursor, signal);
      if (signal.aborted) return;
      if (items.length !== page.rows || items.at(-1)?.id !== page.lastId) return await this.load('all', undefined);
      const made = pageOf(page.cursor, items, this.state.pages[i - 1]?.lastDay ?? '');
      this.change({ pages: this.state.pages.map((one, k) => (k === i ? made : one)), asking: undefined });
    } catch (thrown) {
      if (!signal.aborted) this.failed(thrown, () => this.fetchAgain(i));
    }
  }

  private failed(thrown: unknown, repeat: () => Promise<void>): void {
    this.repeat = repeat;
    this.change({ asking: undefined, problem: asApiError(thrown) });
  }
}

/** Heights in px. */
export interface Measures {
  readonly row: number;
  readonly day: number;
}

export function heightOf({ rows, days }: Pick<PlayPage, 'rows' | 'days'>, { row, day }: Measures): number {
  return rows * row + days * day;
}

/** Which pages reach into `top` to `bottom`, px below the beginning of the list; at least one, if there is any. */
export function pagesWithin(pages: readonly PlayPage[], measures: Measures, top: number, bottom: number): [number, number] {
  let first = 0;
  let last = 0;
  let at = 0;
  pages.forEach((page, i) => {
    if (at <= top) first = i;
    if (at <= bottom) last = i;
    at += heightOf(page, measures);
  });
  return [first, Math.max(first, last)];
}
