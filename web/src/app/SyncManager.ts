// SPDX-License-Identifier: MIT
// SyncManager.ts - what the panel knows of running and past syncs, as one immutable state, and what a
// person can do about them. The server is always right: every record comes from it, `seq` orders
// records whichever way they came, and what is kept over a reload is shown only until it answers.
import { ApiError, asApiError } from '../lib/api/client.js';
import type { SyncApi } from '../lib/api/sync.js';
import type { Clock } from '../lib/clock.js';
import type { Connection, Feed, FeedListener } from '../lib/feed/ProgressFeed.js';
import { progressOf } from '../lib/feed/messages.js';
import type { KeyStore } from '../lib/SafeSessionStorage.js';
import type { Tabs } from '../lib/TabChannel.js';
import { OPERATIONS } from '../lib/types/operations.js';
import {
  idleProgress,
  type ImportStatus,
  type LastSuccess,
  type Resumable,
  type SyncProgress,
  type TautulliImportRequest,
} from '../lib/types/sync.js';

/** What a person asked for and what has no answer yet; one at a time. */
export type Doing = 'start' | 'stop' | 'clear';

/** A start that was asked for here. */
export interface Start {
  /** The database; absent: the configured one. */
  readonly path: string | undefined;
  /** What it became, if it was not refused. */
  readonly job: string | undefined;
}

export interface SyncState {
  /** The server has told how the import stands; before that it may be what a reload kept. */
  readonly loaded: boolean;
  /** Why it has not told yet, where it answers at all; asked again by itself. */
  readonly unavailable: ApiError | undefined;
  readonly connection: Connection;
  /** Of the gateway, once it said hello. */
  readonly version: string | undefined;
  /** By operation, for server_sync by operation/server_id; absent: never ran. */
  readonly operations: Readonly<Record<string, SyncProgress>>;
  readonly resumable: Resumable | undefined;
  readonly lastSuccess: LastSuccess | undefined;
  /** Plays that an earlier version stored twice. */
  readonly doubledPlays: number;
  readonly doing: Doing | undefined;
  /** The last one. */
  readonly start: Start | undefined;
  /** What went wrong with what was asked for last; gone with the next try. */
  readonly problem: ApiError | undefined;
}

export interface SyncManagerParts {
  api: SyncApi;
  feed: Feed;
  storage: KeyStore;
  clock: Clock;
  tabs: Tabs;
}

interface Kept {
  at: number;
  operations: SyncProgress[];
}

const KEPT_KEY = 'playbus.sync';
const KEPT_FOR_MS = 5 * 60_000;
const KEEP_EVERY_MS = 5_000;
const ASK_AGAIN_MS = 3_000;
const NEVER_RAN = idleProgress('tautulli_import');

function keyOf(progress: SyncProgress): string {
  return progress.server_id !== undefined && OPERATIONS[progress.operation].perServer
    ? `${progress.operation}/${progress.server_id}`
    : progress.operation;
}

function isRunning(progress: SyncProgress): boolean {
  return progress.status === 'running';
}

/** Where the Tautulli import stands. */
export function importOf(state: SyncState): SyncProgress {
  return state.operations.tautulli_import ?? NEVER_RAN;
}

/* A command may have been done although its answer was lost: it is not repeated behind a person's back. */
function unanswered(): ApiError {
  return new ApiError({
    kind: 'refused',
    code: 'UNANSWERED',
    message: 'The connection was lost before an answer came',
    remedy: 'See here how the import stands now, then try again if needed',
  });
}

export class SyncManager {
  readonly api: SyncApi;
  private readonly parts: SyncManagerParts;
  private readonly listeners = new Set<(state: SyncState) => void>();
  private current: SyncState;
  private news = 0;
  private keptAt = 0;
  private forgotten = 0; // times: what was asked before is of another person
  private fetching: Promise<void> | undefined;
  private undo: (() => void)[] = [];
  private undoRetry: (() => void) | undefined;

  constructor(parts: SyncManagerParts) {
    this.parts = parts;
    this.api = parts.api;
    this.current = {
      loaded: false,
      unavailable: undefined,
      connection: 'closed',
      version: undefined,
      operations: this.restored(),
      resumable: undefined,
      lastSuccess: undefined,
      doubledPlays: 0,
      doing: undefined,
      start: undefined,
      problem: undefined,
    };
  }

  get state(): SyncState {
    return this.current;
  }

  /** Calls back after each change; returns the undo. */
  subscribe(listener: (state: SyncState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Follows the server from now on. Signed in. */
  start(): void {
    if (this.undo.length > 0) return;
    void this.refetch();
    this.undo = [
      this.parts.feed.open(this.feedListener()),
      this.parts.tabs.listen((word) => {
        if (word === 'refetch') void this.refetch();
      }),
    ];
  }

  /** Ends every timer and socket; the page stays as it is. Signed out. */
  stop(): void {
    for (const undo of this.undo.splice(0)) undo();
    this.undoRetry?.();
  }

  /** Forgets everything, also what a reload would bring back: another person may sign in. */
  forget(): void {
    this.parts.storage.remove(KEPT_KEY);
    this.forgotten += 1;
    this.fetching = undefined;
    this.change({
      loaded: false, operations: {}, resumable: undefined, lastSuccess: undefined, doubledPlays: 0, start: undefined, problem: undefined,
    });
  }

  /** Starts or resumes an import; true if it runs. */
  startImport(request: TautulliImportRequest): Promise<boolean> {
    const path = request.db_path;
    return this.act('start', async () => {
      this.change({ start: { path, job: undefined } });
      const { stats } = await this.api.startImport(request);
      this.change({ start: { path, job: stats.job_id } });
      return stats;
    });
  }

  /** True once it has stopped. */
  stopImport(): Promise<boolean> {
    return this.act('stop', async () => (await this.api.stopImport()).stats);
  }

  /** What could be resumed no longer can. */
  clearResumable(): Promise<boolean> {
    return this.act('clear', async () => (await this.api.clearImport()).stats);
  }

  dismissProblem(): void {
    if (this.current.problem !== undefined) this.change({ problem: undefined });
  }

  /** Asks how the import stands; several askers at once share one answer. */
  refetch(): Promise<void> {
    if (this.fetching !== undefined) return this.fetching;
    const mine = this.fetchStatus().finally(() => {
      if (this.fetching === mine) this.fetching = undefined;
    });
    this.fetching = mine;
    return mine;
  }

  private async act(doing: Doing, ask: () => Promise<SyncProgress>): Promise<boolean> {
    if (this.current.doing !== undefined) return false;
    this.change({ doing, problem: undefined });
    try {
      this.take(await ask());
      this.parts.tabs.send('refetch');
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
    if (error.stats !== undefined) this.take(error.stats);
    if (error.code !== 'NOT_SIGNED_IN') this.change({ problem: error });
  }

  private async fetchStatus(): Promise<void> {
    const [asked, forgotten] = [this.news, this.forgotten];
    try {
      const status = await this.api.importStatus();
      if (forgotten === this.forgotten) this.takeImportStatus(status, asked);
    } catch (thrown) {
      if (forgotten === this.forgotten) this.notTold(asApiError(thrown));
    }
  }

  /* That nobody answers is told by the feed, which says when to ask again. */
  private notTold(error: ApiError): void {
    const stopped = this.undo.length === 0;
    if (stopped || this.current.loaded || error.kind !== 'refused' || error.code === 'NOT_SIGNED_IN') return;
    this.change({ unavailable: error });
    this.undoRetry?.();
    this.undoRetry = this.parts.clock.after(ASK_AGAIN_MS, () => void this.refetch());
  }

  private takeImportStatus(status: ImportStatus, asked: number): void {
    const record = progressOf(status.stats, 'tautulli_import');
    if (record?.status === 'idle') this.forgetUnheard('tautulli_import', asked);
    else if (record !== undefined) this.take(record, false);
    const lost = this.current.problem?.kind === 'network';
    this.change({
      loaded: true,
      unavailable: undefined,
      resumable: status.resumable,
      lastSuccess: status.last_success,
      doubledPlays: status.doubled_plays ?? 0,
      ...(lost ? { problem: unanswered() } : {}),
    });
  }

  private feedListener(): FeedListener {
    return {
      progress: (progress) => this.take(progress),
      status: (all, asked) => this.takeAll(all, asked),
      connection: (connection) => this.connected(connection),
      version: (version) => this.change({ version }),
      reconnected: () => void this.refetch(),
      mark: () => this.news,
    };
  }

  private connected(connection: Connection): void {
    this.change({ connection });
    const back = connection === 'live' || connection === 'polling';
    if (back && (!this.current.loaded || this.current.problem?.kind === 'network')) void this.refetch();
  }

  private takeAll(all: SyncProgress[], asked: number): void {
    for (const progress of all) this.take(progress);
    const told = new Set(all.map(keyOf));
    for (const key of Object.keys(this.current.operations)) {
      if (!told.has(key)) this.forgetUnheard(key, asked);
    }
  }

  /* The answer says it never ran: believed, unless something was heard since the question. */
  private forgetUnheard(key: string, asked: number): void {
    if (asked !== this.news || !(key in this.current.operations)) return;
    const { [key]: gone, ...operations } = this.current.operations;
    if (gone !== undefined) this.changeOperations(operations);
  }

  /* An older record that comes late changes nothing, whichever way it came. */
  private take(progress: SyncProgress, refetchAtEnd = true): void {
    const key = keyOf(progress);
    const before = this.current.operations[key];
    if (before !== undefined && progress.seq <= before.seq) return;
    this.news += 1;
    if (before?.status !== progress.status) this.dismissProblem();
    this.changeOperations({ ...this.current.operations, [key]: progress });
    const ended = before !== undefined && isRunning(before) && !isRunning(progress);
    if (ended && refetchAtEnd) void this.refetch();
  }

  private changeOperations(operations: Readonly<Record<string, SyncProgress>>): void {
    const before = this.current.operations;
    this.change({ operations });
    this.keep(before);
  }

  private change(part: Partial<SyncState>): void {
    this.current = { ...this.current, ...part };
    for (const listener of [...this.listeners]) listener(this.current);
  }

  /* ---- what a reload brings back ---- */

  private keep(before: SyncState['operations']): void {
    const running = Object.values(this.current.operations).filter(isRunning);
    const now = this.parts.clock.now();
    const sameJobs = running.length === Object.values(before).filter(isRunning).length;
    if (running.length === 0) {
      if (!sameJobs) this.parts.storage.remove(KEPT_KEY);
    } else if (!sameJobs || now - this.keptAt >= KEEP_EVERY_MS) {
      this.keptAt = now;
      this.parts.storage.set(KEPT_KEY, { at: now, operations: running } satisfies Kept);
    }
  }

  private restored(): Record<string, SyncProgress> {
    const kept = this.parts.storage.get(KEPT_KEY) as Partial<Kept> | undefined;
    const age = this.parts.clock.now() - (typeof kept?.at === 'number' ? kept.at : 0);
    if (age < 0 || age > KEPT_FOR_MS || !Array.isArray(kept?.operations)) {
      this.parts.storage.remove(KEPT_KEY);
      return {};
    }
    const records = kept.operations
      .map((one) => progressOf(one, one?.operation))
      .filter((one): one is SyncProgress => one !== undefined && isRunning(one));
    return Object.fromEntries(records.map((one) => [keyOf(one), one]));
  }
}
