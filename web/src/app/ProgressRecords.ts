// SPDX-License-Identifier: MIT
// ProgressRecords.ts - the newest record of each operation. `seq` orders records whichever way they
// came; those of running ones are kept over a reload, for five minutes at most.
import type { Clock } from '../lib/clock.js';
import { progressOf } from '../lib/feed/messages.js';
import type { KeyStore } from '../lib/SafeSessionStorage.js';
import { Store } from '../lib/Store.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { Operation, SyncProgress } from '../lib/types/sync.js';

/** By operation, for one that is per server by operation/server_id; absent: never ran. */
export type Records = Readonly<Record<string, SyncProgress>>;

interface Kept {
  at: number;
  operations: SyncProgress[];
}

const KEPT_KEY = 'playbus.sync';
const KEPT_FOR_MS = 5 * 60_000;
const KEEP_EVERY_MS = 5_000;

/** Where the records have the newest one of an operation, or of it and that server. */
export function recordKey(operation: Operation, server: string | undefined): string {
  return server !== undefined && OPERATIONS[operation].perServer ? `${operation}/${server}` : operation;
}

function keyOf({ operation, server_id: server }: SyncProgress): string {
  return recordKey(operation, server);
}

export function isRunning(progress: SyncProgress): boolean {
  return progress.status === 'running';
}

export class ProgressRecords extends Store<Records> {
  private news = 0;
  private keptAt = 0;

  constructor(
    private readonly storage: KeyStore,
    private readonly clock: Clock,
  ) {
    super({});
    this.replace(this.restored());
  }

  /** A number that rises with each record taken. */
  mark(): number {
    return this.news;
  }

  /** An older record that comes late changes nothing. */
  take(progress: SyncProgress): void {
    const key = keyOf(progress);
    const before = this.state[key];
    if (before !== undefined && progress.seq <= before.seq) return;
    this.news += 1;
    this.keeping({ ...this.state, [key]: progress });
  }

  /** Everything that ever ran. `asked` is what mark() said at the question. */
  takeAll(all: readonly SyncProgress[], asked: number): void {
    for (const progress of all) this.take(progress);
    const told = new Set(all.map(keyOf));
    for (const key of Object.keys(this.state)) {
      if (!told.has(key)) this.neverRan(key, asked);
    }
  }

  /** So says an answer: believed, unless something was heard since the question. */
  neverRan(key: string, asked: number): void {
    if (asked !== this.news || !(key in this.state)) return;
    const { [key]: gone, ...rest } = this.state;
    if (gone !== undefined) this.keeping(rest);
  }

  /** Also what a reload would bring back. */
  forget(): void {
    this.storage.remove(KEPT_KEY);
    this.replace({});
  }

  private keeping(records: Records): void {
    const before = Object.values(this.state).filter(isRunning).length;
    const running = Object.values(records).filter(isRunning);
    const now = this.clock.now();
    this.replace(records);
    if (running.length === 0) {
      if (before > 0) this.storage.remove(KEPT_KEY);
    } else if (running.length !== before || now - this.keptAt >= KEEP_EVERY_MS) {
      this.keptAt = now;
      this.storage.set(KEPT_KEY, { at: now, operations: running } satisfies Kept);
    }
  }

  private restored(): Records {
    const kept = this.storage.get(KEPT_KEY) as Partial<Kept> | undefined;
    const age = this.clock.now() - (typeof kept?.at === 'number' ? kept.at : 0);
    if (age < 0 || age > KEPT_FOR_MS || !Array.isArray(kept?.operations)) {
      this.storage.remove(KEPT_KEY);
      return {};
    }
    const records = kept.operations
      .map((one) => progressOf(one, one?.operation))
      .filter((one): one is SyncProgress => one !== undefined && isRunning(one));
    return Object.fromEntries(records.map((one) => [keyOf(one), one]));
  }
}
