// SPDX-License-Identifier: MIT
// HistoryFigures.ts - the totals of what is shown, and what the charts draw: plays by month whatever
// dates are chosen, hours by person whoever is chosen, so that a chart offers what it filters by. Also
// what the filters can be chosen from.
import { asApiError, type ApiError } from '../../lib/api/client.js';
import type { HistoryApi } from '../../lib/api/history.js';
import type { Clock } from '../../lib/clock.js';
import { Latest } from '../../lib/Latest.js';
import { Store } from '../../lib/Store.js';
import type { SummaryLine, SummaryTotals } from '../../lib/types/schema.js';
import { queryOf, without, type Filters } from './filters.js';

export interface Choices {
  readonly server: readonly SummaryLine[];
  readonly person: readonly SummaryLine[];
  readonly library: readonly SummaryLine[];
  readonly type: readonly SummaryLine[];
}

export interface FiguresState {
  readonly totals: SummaryTotals | undefined;
  /** Of the chosen dates, and of all. */
  readonly months: readonly SummaryLine[];
  readonly allMonths: readonly SummaryLine[];
  readonly persons: readonly SummaryLine[];
  /** So many plays are not counted yet: it is asked again until none is. */
  readonly waiting: number;
  readonly choices: Choices;
  readonly asking: boolean;
  readonly problem: ApiError | undefined;
}

const AGAIN_MS = 1_500;
const NO_CHOICES: Choices = { server: [], person: [], library: [], type: [] };

export class HistoryFigures extends Store<FiguresState> {
  private readonly latest = new Latest();
  private readonly choosing = new Latest();
  private undoAgain: (() => void) | undefined;

  constructor(
    private readonly api: () => HistoryApi,
    private readonly clock: Clock,
  ) {
    super({ totals: undefined, months: [], allMonths: [], persons: [], waiting: 0, choices: NO_CHOICES, asking: false, problem: undefined });
  }

  async ask(filters: Filters): Promise<void> {
    this.undoAgain?.();
    const signal = this.latest.begin();
    const dated = filters.from !== undefined || filters.to !== undefined;
    this.change({ asking: true, problem: undefined });
    const shown = this.api().summary('month', queryOf(filters), signal);
    const all = dated ? this.api().summary('month', queryOf(without(filters, 'from', 'to')), signal) : shown;
    const persons = this.api().summary('person', queryOf(without(filters, 'person')), signal);
    try {
      const [{ items: months, totals, waiting = 0 }, { items: allMonths }, { items: byPerson }] = await Promise.all([shown, all, persons]);
      if (signal.aborted) return;
      this.change({ totals, months, allMonths, persons: byPerson, waiting, asking: false });
      if (waiting > 0) this.undoAgain = this.clock.after(AGAIN_MS, () => void this.ask(filters));
    } catch (thrown) {
      if (!signal.aborted) this.change({ asking: false, problem: asApiError(thrown) });
    }
  }

  /** A list to choose from, no more: without it the page works. */
  async askChoices(): Promise<void> {
    const signal = this.choosing.begin();
    const by = (what: 'server' | 'person' | 'library' | 'media_type') =>
      this.api().summary(what, {}, signal).then(({ items }) => items, () => []);
    const [server, person, library, type] = await Promise.all([by('server'), by('person'), by('library'), by('media_type')]);
    if (!signal.aborted) this.change({ choices: { server, person, library, type } });
  }

  cancel(): void {
    this.undoAgain?.();
    this.latest.cancel();
    this.choosing.cancel();
    if (this.state.asking) this.change({ asking: false });
  }
}
