// SPDX-License-Identifier: MIT
// HistoryFigures.ts - the totals of what is shown, and what the charts draw: plays by month whatever
// dates are chosen, hours by person whoever is chosen, so that a chart offers what it filters by. Also
// what the filters can be chosen from.
import { asApiError, type ApiError } from '../../lib/api/client.js';
import type { HistoryApi } from '../../lib/api/history.js';
import type { Clock } from '../../lib/clock.js';
import { Backoff } from '../../lib/feed/Backoff.js';
import { Latest } from '../../lib/Latest.js';
import { Store } from '../../lib/Store.js';
import type { SummaryBy, SummaryLine, SummaryTotals } from '../../lib/types/schema.js';
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
  /** Another question was asked for: what is here is of the one before. */
  readonly old: boolean;
  readonly problem: ApiError | undefined;
}

const NO_CHOICES: Choices = { server: [], person: [], library: [], type: [] };

export class HistoryFigures extends Store<FiguresState> {
  private readonly latest = new Latest();
  private readonly backoff: Backoff; // between questions while plays wait to be counted
  private undoAgain: (() => void) | undefined;
  private choicesWanted = false;

  constructor(
    private readonly api: () => HistoryApi,
    private readonly clock: Clock,
  ) {
    super({ totals: undefined, months: [], allMonths: [], persons: [], waiting: 0, choices: NO_CHOICES, asking: false, old: false, problem: undefined });
    this.backoff = new Backoff(() => clock.random());
  }

  /** `anew`: also what can be chosen from. */
  async ask(filters: Filters, anew = false): Promise<void> {
    this.choicesWanted ||= anew;
    this.backoff.reset();
    this.change({ old: true });
    await this.load(filters);
  }

  cancel(): void {
    this.undoAgain?.();
    this.latest.cancel();
    if (this.state.asking) this.change({ asking: false });
  }

  /* One question after the other: the gateway answers one long question of a caller at a time. */
  private async load(filters: Filters): Promise<void> {
    this.undoAgain?.();
    const signal = this.latest.begin();
    const by = async (what: SummaryBy, chosen: Filters) => {
      const answer = await this.api().summary(what, queryOf(chosen), signal);
      signal.throwIfAborted();
      return answer;
    };
    this.change({ asking: true, problem: undefined });
    try {
      const dated = filters.from !== undefined || filters.to !== undefined;
      const { items: months, totals, waiting = 0 } = await by('month', filters);
      const { items: allMonths } = dated ? await by('month', without(filters, 'from', 'to')) : { items: months };
      const ofOthers = without(filters, 'person');
      const { items: persons } = await by('person', ofOthers);
      this.change({ totals, months, allMonths, persons, waiting, old: false });
      if (this.choicesWanted) {
        const person = Object.keys(ofOthers).length === 0 ? persons : (await by('person', {})).items;
        const library = (await by('library', {})).items;
        const type = (await by('media_type', {})).items;
        const server = (await by('server', {})).items;
        this.choicesWanted = false;
        this.change({ choices: { person, library, type, server } });
      }
      this.change({ asking: false });
      if (waiting > 0) this.undoAgain = this.clock.after(this.backoff.next(), () => void this.load(filters));
    } catch (thrown) {
      if (!signal.aborted) this.change({ asking: false, problem: asApiError(thrown) });
    }
  }
}
