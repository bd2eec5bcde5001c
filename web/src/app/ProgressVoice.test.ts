// SPDX-License-Identifier: MIT
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, FakeFeed, running, settled } from '../test/fakes.js';
import { FakeGateway, refusal } from '../test/gateway.js';
import { managerOf, operationOf } from '../test/manager.js';
import { voiceProgress } from './ProgressVoice.js';
import type { SyncManager } from './SyncManager.js';

let said: string[];
let clock: FakeClock;
let feed: FakeFeed;
let gateway: FakeGateway;
let manager: SyncManager;

beforeEach(async () => {
  said = [];
  clock = new FakeClock();
  feed = new FakeFeed();
  gateway = new FakeGateway();
  manager = managerOf(gateway, { feed, clock });
  voiceProgress(manager, { polite: (text) => said.push(text), assertive: (text) => said.push(`! ${text}`) }, clock);
  manager.start();
  await settled();
});

describe('what a screen reader hears', () => {
  it('start and end at once, progress in between at most every 5 s', async () => {
    for (let second = 0; second < 21; second += 1) {
      feed.push(running({ seq: second, processed_records: second }));
      await clock.pass(1_000);
    }
    feed.push(running({ seq: 99, status: 'completed', progress_percent: 100 }));
    expect(said).toHaveLength(1 + 4 + 1);
    expect(said[0]).toBe('Import started');
    expect(said[1]).toBe('Import 67.5%, 5 of 50,000 records');
    expect(said.at(-1)).toBe('Import completed: 33,500 imported, 200 skipped, 50 rejected');
  });

  it('what is to be known of the source, once', async () => {
    const message = 'The -wal of this database is missing';
    feed.push(running({ seq: 1, phase: 'planning' }));
    feed.push(running({ seq: 2, message }));
    await clock.pass(1_000);
    feed.push(running({ seq: 3, message }));
    await clock.pass(5_000);
    feed.push(running({ seq: 4, message }));
    expect(said).toEqual(['Import started', message, 'Import 67.5%, 33,750 of 50,000 records']);
  });

  it('nothing of what had ended before the page was opened', () => {
    feed.push(running({ seq: 1, status: 'completed' }));
    expect(said).toEqual([]);
  });

  it('errors at once and urgently', async () => {
    feed.push(running({ seq: 1 }));
    feed.push(running({ seq: 2, status: 'error', error: 'The disk is full' }));
    gateway.on('POST /import/tautulli', refusal(403, 'ACCESS_DENIED', { error: 'Access denied to database file' }));
    await operationOf(manager).start({}, undefined);
    expect(said.slice(1)).toEqual(['! Import failed: The disk is full', '! Access denied to database file']);
  });

  it('once that the connection is lost, and once that it is back', () => {
    feed.connection('live');
    feed.connection('connecting');
    feed.connection('lost');
    feed.connection('live');
    expect(said).toEqual(['! Connection lost. Retrying...', 'Connected again']);
  });
});
