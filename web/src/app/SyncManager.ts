// SPDX-License-Identifier: MIT
// SyncManager.ts - follows the server while somebody is signed in: brings what it tells to the records
// and to the controller of each operation, and knows whether it is heard at all.
import type { SyncApi } from '../lib/api/sync.js';
import type { Clock } from '../lib/clock.js';
import type { Connection, Feed, FeedListener } from '../lib/feed/ProgressFeed.js';
import type { KeyStore } from '../lib/SafeSessionStorage.js';
import { Store } from '../lib/Store.js';
import type { Tabs } from '../lib/TabChannel.js';
import { OperationController, type ControllerParts } from './OperationController.js';
import type { OperationDescription } from './OperationDescription.js';
import { ProgressRecords } from './ProgressRecords.js';
import { allServers, serverSync } from './serverSync/serverSync.js';

export interface SyncState {
  readonly connection: Connection;
  /** Of the gateway, once it said hello. */
  readonly version: string | undefined;
}

export interface SyncManagerParts {
  /** What the panel tells of, in its order. */
  operations: readonly OperationDescription[];
  api: SyncApi;
  feed: Feed;
  storage: KeyStore;
  clock: Clock;
  tabs: Tabs;
}

export class SyncManager extends Store<SyncState> {
  readonly records: ProgressRecords;
  readonly operations: readonly OperationController[];
  /** Of the syncs of all servers; how one stands its own controller tells. */
  readonly allServers: OperationController;
  private undo: (() => void)[] = [];
  private readonly serverSyncs = new Map<string, OperationController>();
  private readonly each: ControllerParts;

  constructor(private readonly parts: SyncManagerParts) {
    super({ connection: 'closed', version: undefined });
    const { api, clock, storage, tabs } = parts;
    this.records = new ProgressRecords(storage, clock);
    this.each = { api, clock, records: this.records, changed: () => tabs.send('refetch') };
    this.allServers = new OperationController(allServers, this.each);
    this.operations = parts.operations.map((description) => new OperationController(description, this.each));
  }

  get api(): SyncApi {
    return this.parts.api;
  }

  /** Of the sync of that server; the same one each time. */
  serverSync(server: string): OperationController {
    const known = this.serverSyncs.get(server) ?? new OperationController(serverSync(server), this.each);
    this.serverSyncs.set(server, known);
    return known;
  }

  /** Follows the server from now on. Signed in. */
  start(): void {
    if (this.undo.length > 0) return;
    for (const operation of this.operations) operation.follow();
    this.undo = [
      this.parts.feed.open(this.feedListener()),
      this.parts.tabs.listen((word) => {
        if (word === 'refetch') this.refetch();
      }),
    ];
  }

  /** Ends every timer and socket; the page stays as it is. Signed out. */
  stop(): void {
    for (const undo of this.undo.splice(0)) undo();
    for (const operation of this.operations) operation.unfollow();
  }

  /** Forgets everything, also what a reload would bring back: another person may sign in. */
  forget(): void {
    this.records.forget();
    for (const operation of [...this.operations, ...this.serverSyncs.values()]) operation.forget();
  }

  private refetch(): void {
    for (const operation of this.operations) void operation.refetch();
  }

  private feedListener(): FeedListener {
    return {
      progress: (progress) => this.records.take(progress),
      status: (all, asked) => this.records.takeAll(all, asked),
      connection: (connection) => this.connected(connection),
      version: (version) => this.change({ version }),
      reconnected: () => this.refetch(),
      mark: () => this.records.mark(),
    };
  }

  private connected(connection: Connection): void {
    this.change({ connection });
    if (connection !== 'live' && connection !== 'polling') return;
    for (const operation of this.operations) operation.answered();
  }
}
