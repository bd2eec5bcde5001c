// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';
import { networkError } from '../api/client.js';
import { FakeClock, FakeSocket, running, settled } from '../../test/fakes.js';
import type { SyncProgress, SyncStatusResponse } from '../types/sync.js';
import { ProgressFeed, type Connection } from './ProgressFeed.js';

let clock: FakeClock;
let sockets: FakeSocket[];
let polls: number;
let answer: () => Promise<SyncStatusResponse>;
let heard: SyncProgress[];
let told: SyncProgress[][];
let states: Connection[];
let versions: string[];
let reconnects: number;
let endings: number;
let wake: () => void;

function open(): () => void {
  const feed = new ProgressFeed({
    clock,
    connect: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    poll: () => {
      polls += 1;
      return answer();
    },
    signedOut: () => (endings += 1),
    wakeups: (then) => {
      wake = then;
      return () => undefined;
    },
  });
  return feed.open({
    progress: (one) => heard.push(one),
    status: (all) => told.push(all),
    connection: (state) => states.push(state),
    version: (version) => versions.push(version),
    reconnected: () => (reconnects += 1),
    mark: () => 0,
  });
}

function newest(): FakeSocket {
  return sockets.at(-1) as FakeSocket;
}

beforeEach(() => {
  clock = new FakeClock();
  sockets = [];
  polls = 0;
  reconnects = 0;
  endings = 0;
  heard = [];
  told = [];
  states = [];
  versions = [];
  answer = async () => ({ tautulli_import: running() });
});

describe('the feed', () => {
  it('asks at once and every 3 s until the socket is open, and not after', async () => {
    open();
    await clock.pass(6_500);
    expect(polls).toBe(3);
    newest().opens();
    await clock.pass(20_000);
    expect(polls).toBe(3);
    expect(states).toEqual(['connecting', 'polling', 'live']);
  });

  it('reads the status of a push from either place, and a push of the design document alone', () => {
    open();
    const { status, ...rest } = running();
    newest().says({ type: 'sync_progress', data: { operation: 'tautulli_import', status, progress: rest, correlation_id: 'x' } });
    newest().says({ type: 'sync_progress', data: { operation: 'tautulli_import', progress: running() } });
    newest().says({
      type: 'sync_progress',
      data: {
        operation: 'tautulli_import', status: 'error', error: 'Disk is full', correlation_id: 'y',
        progress: { total_records: 2, processed_records: 1, imported_records: 1, skipped_records: 0, error_count: 0, progress_percent: 50, records_per_second: 1, elapsed_seconds: 1, estimated_remaining_seconds: 1 },
      },
    });
    expect(heard.map((one) => one.status)).toEqual(['running', 'running', 'error']);
    expect(heard[2]).toMatchObject({ error: 'Disk is full', total_records: 2, duplicate_records: 0 });
  });

  it('ignores what it does not understand', () => {
    open();
    for (const odd of ['not json', '[]', '"x"', { type: 'news' }, { type: 'sync_progress' }, { type: 'sync_progress', data: { operation: 'evil', status: 'running' } }, { type: 'sync_progress', data: { operation: 'tautulli_import', status: 'odd' } }]) {
      newest().says(odd);
    }
    expect(heard).toEqual([]);
  });

  it('polls every 3 s from the moment the socket breaks, and asks once to refetch when it is back', async () => {
    open();
    newest().opens();
    await settled();
    polls = 0;
    clock.chance = 1;
    newest().breaks();
    await clock.pass(0);
    expect(polls).toBe(1);
    await clock.pass(999);
    expect(sockets).toHaveLength(1);
    await clock.pass(1);
    expect(sockets).toHaveLength(2);
    newest().opens();
    expect(reconnects).toBe(1);
    expect(states.at(-1)).toBe('live');
  });

  it('asks for nothing when the session has ended, until it was told of that and goes on all the same', async () => {
    const end = open();
    newest().opens();
    await settled();
    polls = 0;
    newest().breaks(4401);
    await clock.pass(2_900);
    expect([endings, polls, sockets.length]).toEqual([1, 0, 1]);
    await clock.pass(200);
    expect([endings, polls, sockets.length]).toEqual([1, 1, 2]);
    end();
  });

  it('tries for ever, with waits that grow to 30 s and differ by chance', async () => {
    open();
    const waits: number[] = [];
    for (let i = 0; i < 40; i += 1) {
      clock.chance = i % 2;
      const before = clock.now();
      const tries = sockets.length;
      newest().breaks();
      while (sockets.length === tries) await clock.pass(250);
      waits.push(clock.now() - before);
    }
    expect(waits.slice(0, 3)).toEqual([500, 2_000, 2_000]);
    expect(Math.max(...waits)).toBe(30_000);
    expect(Math.min(...waits.slice(10))).toBe(15_000);
  });

  it('says that the connection is lost only when nobody answers polls either', async () => {
    answer = async () => {
      throw networkError();
    };
    open();
    await clock.pass(0);
    expect(states).toEqual(['connecting', 'lost']);
    answer = async () => ({});
    await clock.pass(3_000);
    expect(states.at(-1)).toBe('polling');
  });

  it('notices a socket that is dead without knowing it', async () => {
    open();
    newest().opens();
    await clock.pass(25_000);
    expect(newest().sent).toEqual(['{"type":"ping"}']);
    newest().says({ type: 'pong' });
    await clock.pass(25_000);
    const dead = newest();
    await clock.pass(10_000);
    expect(dead.closed).toBe(true);
    expect(states).toContain('connecting');
  });

  it('does not wait any longer when the network is back', async () => {
    open();
    for (let i = 0; i < 8; i += 1) {
      newest().breaks();
      await clock.pass(30_000);
    }
    newest().breaks();
    const before = sockets.length;
    wake();
    expect(sockets).toHaveLength(before + 1);
  });

  it('tells the version that the gateway says hello with', () => {
    open();
    newest().says({ type: 'hello', version: '2.0' });
    expect(versions).toEqual(['2.0']);
  });

  it('leaves no timer and no socket behind', async () => {
    const end = open();
    newest().opens();
    await settled();
    end();
    expect(newest().closed).toBe(true);
    expect(clock.waiting).toBe(0);
    expect(states.at(-1)).toBe('closed');
    await clock.pass(60_000);
    expect(sockets).toHaveLength(1);
  });
});
