// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBrowser, FakeClock, FakeFeed, MemoryStore, running, settled } from '../test/fakes.js';
import { FakeGateway, refusal } from '../test/gateway.js';
import { idleProgress } from '../lib/types/sync.js';
import { managerOf, operationOf } from '../test/manager.js';
import type { SyncManager } from './SyncManager.js';

let gateway: FakeGateway;
let feed: FakeFeed;
let clock: FakeClock;
let storage: MemoryStore;
let browser: FakeBrowser;

beforeEach(() => {
  gateway = new FakeGateway();
  feed = new FakeFeed();
  clock = new FakeClock();
  storage = new MemoryStore();
  browser = new FakeBrowser();
});

function makeManager(own = feed): SyncManager {
  return managerOf(gateway, { feed: own, storage, clock, tabs: browser.tab() });
}

async function started(): Promise<SyncManager> {
  const manager = makeManager();
  manager.start();
  await settled();
  return manager;
}

function tells(part: object): void {
  gateway.on('GET /import/status', { body: { success: true, stats: idleProgress('tautulli_import'), ...part } });
}

describe('state', () => {
  it('goes from idle over running to completed as the server tells it', async () => {
    const manager = await started();
    expect(operationOf(manager).state.progress.status).toBe('idle');
    feed.push(running({ seq: 1 }));
    expect(operationOf(manager).state.progress).toMatchObject({ status: 'running', processed_records: 33_750 });
    feed.push(running({ seq: 2, status: 'completed', progress_percent: 100 }));
    expect(operationOf(manager).state.progress).toMatchObject({ status: 'completed', progress_percent: 100 });
  });

  it('drops an older record that comes late, from the socket or from REST', async () => {
    const manager = await started();
    feed.push(running({ seq: 20, processed_records: 900 }));
    feed.push(running({ seq: 19, processed_records: 800 }));
    tells({ stats: running({ seq: 18, processed_records: 700 }) });
    await operationOf(manager).refetch();
    feed.listener?.status([running({ seq: 17, processed_records: 600 })], 0);
    expect(operationOf(manager).state.progress).toMatchObject({ seq: 20, processed_records: 900 });
  });

  it('believes that an operation never ran only if nothing was heard since the question', async () => {
    const manager = await started();
    const asked = feed.listener?.mark() ?? 0;
    feed.push(running({ seq: 1 }));
    feed.listener?.status([], asked);
    expect(operationOf(manager).state.progress.status).toBe('running');
    feed.listener?.status([], feed.listener.mark());
    expect(operationOf(manager).state.progress.status).toBe('idle');
  });

  it('keeps servers apart, and is never changed in place', async () => {
    const manager = await started();
    const before = manager.records.state;
    feed.push(running({ operation: 'server_sync', server_id: 'a', seq: 5 }));
    feed.push(running({ operation: 'server_sync', server_id: 'b', seq: 4 }));
    expect(Object.keys(manager.records.state)).toEqual(['server_sync/a', 'server_sync/b']);
    expect(before).toEqual({});
  });

  it('asks what can be resumed when a run has ended, and once after each reconnect', async () => {
    const manager = await started();
    feed.push(running({ seq: 1 }));
    tells({ stats: running({ seq: 2, status: 'cancelled' }), resumable: { job_id: 'job-1', at: '2026-01-01T00:00:00Z' } });
    feed.push(running({ seq: 2, status: 'cancelled' }));
    await settled();
    expect(operationOf(manager).state.standing?.resumable?.job_id).toBe('job-1');
    const before = gateway.asked('GET /import/status').length;
    feed.listener?.reconnected();
    await settled();
    expect(gateway.asked('GET /import/status')).toHaveLength(before + 1);
  });

  it('an answer to the person before brings nothing back after it was forgotten', async () => {
    const manager = await started();
    let answer: (value: { status: number; body: object }) => void = () => undefined;
    gateway.on('GET /import/status', () => new Promise((resolve) => (answer = resolve)));
    void operationOf(manager).refetch();
    await settled();
    manager.stop();
    manager.forget();
    answer({ status: 200, body: { stats: running({ seq: 9 }) } });
    await settled();
    expect(operationOf(manager).state.standing).toBeUndefined();
    expect(manager.records.state).toEqual({});
    tells({ stats: running({ seq: 3, job_id: 'other' }) });
    manager.start();
    await settled();
    expect(operationOf(manager).state.progress.job_id).toBe('other');
  });

  it('a listener hears nothing more after its undo', async () => {
    const manager = await started();
    let changes = 0;
    const undo = operationOf(manager).subscribe(() => (changes += 1));
    feed.push(running({ seq: 1 }));
    const heard = changes;
    undo();
    feed.push(running({ seq: 2 }));
    expect(changes).toBe(heard);
  });
});

describe('a part that is away', () => {
  it('is named, and asked again until it is back', async () => {
    gateway.on('GET /import/status', refusal(503, 'ACTOR_AWAY', { error: 'A part of Playbus is not running' }));
    const manager = await started();
    expect(operationOf(manager).state).toMatchObject({ standing: undefined, unavailable: { message: 'A part of Playbus is not running' } });
    tells({});
    await clock.pass(3_000);
    await settled();
    expect(operationOf(manager).state).toMatchObject({ standing: { success: true }, unavailable: undefined });
  });
});

describe('what a person asks for', () => {
  it('is sent once, however often it is asked before the answer', async () => {
    let answer: (value: { status: number; body: object }) => void = () => undefined;
    gateway.on('POST /import/tautulli', () => new Promise((resolve) => (answer = resolve)));
    const manager = await started();
    const first = operationOf(manager).start({ db_path: '/a' }, '/a');
    expect(await operationOf(manager).start({ db_path: '/a' }, '/a')).toBe(false);
    expect(await operationOf(manager).stop('/import')).toBe(false);
    expect(operationOf(manager).state.doing).toBe('start');
    answer({ status: 202, body: { success: true, job_id: 'job-1', stats: running() } });
    expect(await first).toBe(true);
    expect(gateway.asked('POST /import/tautulli')).toHaveLength(1);
    expect(operationOf(manager).state.progress.status).toBe('running');
    expect(operationOf(manager).state.doing).toBeUndefined();
  });

  it('if another import is in the way, its progress is shown with the conflict', async () => {
    gateway.on('POST /import/tautulli', refusal(409, 'IMPORT_RUNNING', { error: 'Another import is already running', stats: running({ job_id: 'other' }) }));
    const manager = await started();
    expect(await operationOf(manager).start({}, undefined)).toBe(false);
    expect(operationOf(manager).state.problem?.message).toBe('Another import is already running');
    expect(operationOf(manager).state.progress).toMatchObject({ status: 'running', job_id: 'other' });
    feed.push(running({ job_id: 'other', seq: 99, status: 'completed' }));
    expect(operationOf(manager).state.problem).toBeUndefined();
  });

  it('if the answer is lost it is not repeated, and the state is fetched when somebody answers again', async () => {
    gateway.on('POST /import/tautulli', { fails: 'down' }).on('GET /import/status', { fails: 'down' });
    const manager = await started();
    await operationOf(manager).start({}, undefined);
    await settled();
    expect(operationOf(manager).state.problem?.message).toBe('Connection lost. Retrying...');
    tells({});
    feed.connection('lost');
    feed.connection('polling');
    await settled();
    expect(operationOf(manager).state.problem?.code).toBe('UNANSWERED');
    expect(gateway.asked('POST /import/tautulli')).toHaveLength(1);
  });

  it('a new try forgets the problem of the last one', async () => {
    gateway.on('POST /import/tautulli', refusal(404, 'FILE_NOT_FOUND'));
    const manager = await started();
    await operationOf(manager).start({}, undefined);
    expect(operationOf(manager).state.problem?.code).toBe('FILE_NOT_FOUND');
    gateway.on('POST /import/tautulli', { status: 202, body: { stats: running() } });
    await operationOf(manager).start({}, undefined);
    expect(operationOf(manager).state.problem).toBeUndefined();
  });

  it('signing out is no problem of the import: the dialog over the page says it', async () => {
    gateway.on('DELETE /import', refusal(401, 'NOT_SIGNED_IN'));
    const manager = await started();
    expect(await operationOf(manager).stop('/import')).toBe(false);
    expect(operationOf(manager).state.problem).toBeUndefined();
  });
});

describe('a reload', () => {
  it('brings a running import back before the server has answered', async () => {
    await started();
    feed.push(running());
    const after = makeManager(new FakeFeed());
    expect(operationOf(after).state.standing).toBeUndefined();
    expect(operationOf(after).state.progress).toMatchObject({ status: 'running', processed_records: 33_750 });
  });

  it('brings nothing back that is older than 5 minutes, and throws it away', async () => {
    await started();
    feed.push(running());
    await clock.pass(5 * 60_000 + 1);
    expect(operationOf(makeManager()).state.progress.status).toBe('idle');
    expect(storage.kept.size).toBe(0);
  });

  it('brings nothing back of an import that has ended, or that the server never heard of', async () => {
    const manager = await started();
    feed.push(running({ seq: 1 }));
    feed.push(running({ seq: 2, status: 'error' }));
    expect(storage.kept.size).toBe(0);
    feed.push(running({ seq: 3, job_id: 'job-2' }));
    expect(storage.kept.size).toBe(1);
    feed.listener?.status([], feed.listener.mark());
    expect(operationOf(manager).state.progress.status).toBe('idle');
    expect(storage.kept.size).toBe(0);
  });

  it('is not confused by what lies in the storage', () => {
    for (const odd of ['text', [], { at: 'x' }, { at: clock.now(), operations: [null, 3, { status: 'running' }, { status: 'odd', operation: 'tautulli_import' }] }]) {
      storage.set('playbus.sync', odd);
      expect(operationOf(makeManager()).state.progress.status).toBe('idle');
    }
  });

  it('writes at most every 5 s', async () => {
    await started();
    let writes = 0;
    const set = storage.set.bind(storage);
    storage.set = (key, value) => {
      writes += 1;
      set(key, value);
    };
    for (let seq = 1; seq <= 20; seq += 1) {
      feed.push(running({ seq }));
      await clock.pass(1_000);
    }
    expect(writes).toBe(4);
  });
});

describe('two tabs', () => {
  it('a start in one lets the other ask the server, and no record travels between them', async () => {
    gateway.on('POST /import/tautulli', { status: 202, body: { stats: running({ seq: 1 }) } });
    const one = await started();
    const other = makeManager(new FakeFeed());
    other.start();
    await settled();
    tells({ stats: running({ seq: 1 }) });
    await operationOf(one).start({}, undefined);
    await settled();
    expect(operationOf(other).state.progress.status).toBe('running');
  });

  it('a tab that was closed follows nothing', async () => {
    const manager = await started();
    manager.stop();
    const before = gateway.calls.length;
    browser.tab().send('refetch');
    await settled();
    expect(gateway.calls).toHaveLength(before);
    expect(feed.listener).toBeUndefined();
  });

  it('a refusal that arrives after the end is not asked about again, nor told to who signs in next', async () => {
    let answer: (refused: object) => void = () => undefined;
    gateway.on('GET /import/status', () => new Promise((resolve) => (answer = resolve)));
    const manager = await started();
    manager.stop();
    manager.forget();
    answer(refusal(503, 'ACTOR_AWAY'));
    await settled();
    expect(clock.waiting).toBe(0);
    expect(operationOf(manager).state.unavailable).toBeUndefined();
  });
});
