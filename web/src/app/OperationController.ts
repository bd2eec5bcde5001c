// SPDX-License-Identifier: MIT
// OperationController.ts - where one operation stands, as one immutable state, and what a person can
// do about it: start, stop, resume, give up what could be resumed; past jobs and receipts are asked
// for through `api`. The server is always right: every record comes from it.
import { ApiError, abortedError, asApiError } from '../lib/api/client.js';
import type { SyncApi } from '../lib/api/sync.js';
import type { Clock } from '../lib/clock.js';
import { progressOf } from '../lib/feed/messages.js';
import { Store } from '../lib/Store.js';
import { OPERATIONS } from '../lib/types/operations.js';
import { idleProgress, type OperationStanding, type SyncProgress } from '../lib/types/sync.js';
import { isOwn, type OperationDescription, type SourceOperation } from './OperationDescription.js';
import { isRunning, recordKey, type ProgressRecords } from './ProgressRecords.js';

/** What a person asked for and what has no answer yet; one at a time. */
export type Doing = 'start' | 'stop' | 'clear';

/** A start that was asked for here. */
export interface Start {
  /** What the run is to be of; absent: what is configured. */
  readonly of: string | undefined;
  /** What it became, if it was not refused. */
  readonly job: string | undefined;
}

export interface OperationState {
  readonly progress: SyncProgress;
  /** What else the server tells of one that has routes; until it has told, `progress` may be what a reload kept. */
  readonly standing: OperationStanding | undefined;
  /** Why it has not told yet, where it answers at all; asked again by itself. */
  readonly unavailable: ApiError | undefined;
  readonly doing: Doing | undefined;
  /** The last one. */
  readonly start: Start | undefined;
  /** What went wrong with what was asked for last; gone with the next try. */
  readonly problem: ApiError | undefined;
}

export interface ControllerParts {
  api: SyncApi;
  records: ProgressRecords;
  clock: Clock;
  /** Lets other tabs ask, too. */
  changed: () => void;
}

const ASK_AGAIN_MS = 3_000;
const NOTHING_TOLD = { standing: undefined, unavailable: undefined, start: undefined, problem: undefined };

export class OperationController<D extends OperationDescription = OperationDescription> extends Store<OperationState> {
  readonly api: SyncApi;
  private readonly neverRan: SyncProgress;
  private following = false;
  private forgotten = 0; // times: what was asked before is of another person
  private fetching: Promise<void> | undefined;
  private undoRetry: (() => void) | undefined;

  constructor(
    readonly description: D,
    private readonly parts: ControllerParts,
  ) {
    const { operation } = description;
    const key = recordKey(operation, isOwn(description) ? description.server : undefined);
    const neverRan = idleProgress(operation);
    super({ ...NOTHING_TOLD, progress: parts.records.state[key] ?? neverRan, doing: undefined });
    this.api = parts.api;
    this.neverRan = neverRan;
    parts.records.subscribe((records) => this.heard(records[key]));
  }

  /** Asks, and goes on asking until there is an answer. */
  follow(): void {
    this.following = true;
    void this.refetch();
  }

  unfollow(): void {
    this.following = false;
    this.undoRetry?.();
  }

  /** Another person may sign in. */
  forget(): void {
    this.forgotten += 1;
    this.fetching = undefined;
    this.change(NOTHING_TOLD);
  }

  /** Starts or resumes a run of `of`; true if it runs. */
  start(this: OperationController<SourceOperation>, request: object, of: string | undefined): Promise<boolean> {
    return this.begin(this.description.routes.start, request, of);
  }

  /** The same for what is begun where its subject is. */
  begin(path: string, request: object, of: string | undefined): Promise<boolean> {
    return this.act('start', async () => {
      this.change({ start: { of, job: undefined } });
      const { stats, correlation_id: job } = await this.api.start(path, request);
      this.change({ start: { of, job: stats?.job_id ?? job } });
      return stats;
    });
  }

  /** The same for a form: throws why it did not begin; quietly if something else is on its way. */
  async begun(path: string, request: object): Promise<void> {
    if (!(await this.begin(path, request, undefined))) throw this.state.problem ?? abortedError();
  }

  /** True once it has stopped. */
  stop(path: string): Promise<boolean> {
    return this.act('stop', async () => (await this.api.stop(path)).stats);
  }

  /** What could be resumed no longer can. */
  clear(this: OperationController<SourceOperation>): Promise<boolean> {
    const { clear } = this.description.routes;
    return clear === undefined ? Promise.resolve(false) : this.act('clear', async () => (await this.api.clear(clear)).stats);
  }

  dismissProblem(): void {
    if (this.state.problem !== undefined) this.change({ problem: undefined });
  }

  /** Somebody answers again. */
  answered(): void {
    if (this.state.standing === undefined || this.state.problem?.kind === 'network') void this.refetch();
  }

  /** Asks where it stands, unless its records tell all there is; several askers at once share one answer. */
  refetch(): Promise<void> {
    const { description } = this;
    if (isOwn(description)) return Promise.resolve();
    if (this.fetching !== undefined) return this.fetching;
    const mine = this.fetchStanding(description).finally(() => {
      if (this.fetching === mine) this.fetching = undefined;
    });
    this.fetching = mine;
    return mine;
  }

  private async act(doing: Doing, ask: () => Promise<SyncProgress | undefined>): Promise<boolean> {
    if (this.state.doing !== undefined) return false;
    this.change({ doing, problem: undefined });
    try {
      const stats = await ask();
      if (stats !== undefined) this.parts.records.take(stats);
      this.parts.changed();
      return true;
    } catch (thrown) {
      this.failed(asApiError(thrown));
      return false;
    } finally {
      this.change({ doing: undefined });
      void this.refetch();
    }
  }

  /* A conflict is answered with the job in the way: it is shown as if we had just heard of it. */
  private failed(error: ApiError): void {
    if (error.stats !== undefined) this.parts.records.take(error.stats);
    if (error.code !== 'NOT_SIGNED_IN') this.change({ problem: error });
  }

  private async fetchStanding({ routes }: SourceOperation): Promise<void> {
    const [asked, forgotten] = [this.parts.records.mark(), this.forgotten];
    try {
      const standing = await this.api.standing(routes);
      if (forgotten === this.forgotten) this.take(standing, asked);
    } catch (thrown) {
      if (forgotten === this.forgotten) this.notTold(asApiError(thrown));
    }
  }

  /* That nobody answers is told by the feed, which says when to ask again. */
  private notTold(error: ApiError): void {
    if (!this.following || this.state.standing || error.kind !== 'refused' || error.code === 'NOT_SIGNED_IN') return;
    this.change({ unavailable: error });
    this.undoRetry?.();
    this.undoRetry = this.parts.clock.after(ASK_AGAIN_MS, () => void this.refetch());
  }

  private take(standing: OperationStanding, asked: number): void {
    const { operation } = this.description;
    const record = progressOf(standing.stats, operation);
    if (record?.status === 'idle') this.parts.records.neverRan(operation, asked);
    else if (record !== undefined) this.parts.records.take(record);
    const lost = this.state.problem?.kind === 'network';
    this.change({ standing, unavailable: undefined, ...(lost ? { problem: this.unanswered() } : {}) });
  }

  /* A command may have been done although its answer was lost: it is not repeated behind a person's back. */
  private unanswered(): ApiError {
    return new ApiError({
      kind: 'refused',
      code: 'UNANSWERED',
      message: 'The connection was lost before an answer came',
      remedy: `See here how the ${OPERATIONS[this.description.operation].noun} stands now, then try again if needed`,
    });
  }

  private heard(record: SyncProgress | undefined): void {
    const before = this.state.progress;
    const progress = record ?? this.neverRan;
    if (progress === before) return;
    const moved = record !== undefined && record.status !== before.status;
    this.change({ progress, ...(moved ? { problem: undefined } : {}) });
    if (isRunning(before) && record !== undefined && !isRunning(record)) void this.refetch();
  }
}
