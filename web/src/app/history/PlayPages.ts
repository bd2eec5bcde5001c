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
}

export interface PlayPagesState {
  readonly pages: readonly PlayPage[];
  /** Where the next page begins; null: the list is whole. */
  readonly next: string | null;
  /** 'all': another list was asked for, what is here is of the one before. */
  readonly asking: 'all' | 'more' | undefined;
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
  return { cursor, plays, rows: plays.length, days, lastDay };
}

export class PlayPages extends Store<PlayPagesState> {
  private readonly list = new Latest(); // of another list, and of its next page
  private readonly again = new Set<number>(); // pages that are asked for once more
  private query: PlaysQuery = {};
  private version = 0;

  constructor(private readonly api: () => HistoryApi) {
    super({ pages: [], next: null, asking: undefined, lookedBackTo: undefined, problem: undefined, known: false });
  }

  /** Another list, or the same one anew. */
  async ask(query: PlaysQuery): Promise<void> {
    this.query = query;
    this.version += 1;
    this.again.clear();
    this.change({ asking: 'all', lookedBackTo: undefined, problem: undefined });
    await this.load([], undefined);
  }

  /** The page that follows, unless something is asked for already. */
  async more(): Promise<void> {
    const { asking, next, pages, known } = this.state;
    if (asking !== undefined || (known && next === null)) return;
    this.change({ asking: 'more', problem: undefined });
    await this.load(pages, next ?? undefined);
  }

  /** What failed last, once more. */
  async retry(): Promise<void> {
    if (this.state.asking !== undefined) return;
    await (this.state.pages.length === 0 ? this.ask(this.query) : this.more());
  }

  /** Pages `first` to `last` are looked at: what is missing there comes again, what is far away goes. */
  look(first: number, last: number): void {
    const { pages } = this.state;
    const near = (i: number): boolean => i >= first - KEPT_AROUND && i <= last + KEPT_AROUND;
    if (pages.some(({ plays }, i) => plays !== undefined && !near(i))) {
      this.change({ pages: pages.map((page, i) => (near(i) ? page : { ...page, plays: undefined })) });
    }
    for (let i = Math.max(0, first); i <= Math.min(last, pages.length - 1); i += 1) {
      if (pages[i]?.plays === undefined) void this.fetchAgain(i);
    }
  }

  cancel(): void {
    this.list.cancel();
    if (this.state.asking !== undefined) this.change({ asking: undefined });
  }

  /* A search may pass whole pages without a find: it goes on to the next one that has any, or the end. */
  private async load(before: readonly PlayPage[], from: string | undefined): Promise<void> {
    const signal = this.list.begin();
    let cursor = from;
    try {
      for (;;) {
        const page = await this.api().plays(this.query, PAGE_PLAYS, cursor, signal);
        if (signal.aborted) return;
        if (page.items.length > 0 || page.next === null) {
          const made = page.items.length > 0 ? [pageOf(cursor, page.items, before.at(-1)?.lastDay ?? '')] : [];
          this.change({ pages: [...before, ...made], next: page.next, asking: undefined, lookedBackTo: undefined, known: true });
          return;
        }
        cursor = page.next;
        this.change({ lookedBackTo: page.looked_at });
      }
    } catch (thrown) {
      if (!signal.aborted) this.change({ asking: undefined, problem: asApiError(thrown) });
    }
  }

  private async fetchAgain(i: number): Promise<void> {
    const page = this.state.pages[i];
    if (page === undefined || this.again.has(i)) return;
    this.again.add(i);
    const version = this.version;
    try {
      const { items } = await this.api().plays(this.query, Math.max(1, page.rows), page.cursor, new AbortController().signal);
      if (version !== this.version) return;
      const made = pageOf(page.cursor, items, this.state.pages[i - 1]?.lastDay ?? '');
      this.change({ pages: this.state.pages.map((one, k) => (k === i ? made : one)) });
    } catch {
      // It is asked for again as long as it is looked at.
    } finally {
      if (version === this.version) this.again.delete(i);
    }
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
