// SPDX-License-Identifier: MIT
// plex.test.mjs - the sync of a Plex server's own history: every row of the asked time arrives once, whatever the
// server, the network and the processes do meanwhile; and who else may ask for what opens a server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MediaServer } from '../support/media_server.mjs';
import { bin, makeSource, Service, sql, until } from './service.mjs';

const running = new Set();
after(() => Promise.all([...running].map((media) => media.stop())));

async function startMedia(options) {
  const media = await MediaServer.start(options);
  running.add(media);
  return media;
}

/** A service with one tested server, and that server. */
async function place(options) {
  const media = await startMedia(options);
  const service = await Service.start();
  const { body } = await service.patiently('POST /servers', { name: 'home', address: media.url, token: media.tokens.owner });
  const tested = await service.patiently(`POST /servers/${body.server.id}/test`);
  assert.equal(tested.status, 200, JSON.stringify(tested.body));
  return { media, service, id: body.server.id };
}

async function stopAll({ media, service }) {
  await service.stop();
  await media.stop();
  running.delete(media);
}

const days = 3650;
const start = (service, fields = {}) => service.patiently('POST /sync/plex/historical', { days_back: days, ...fields });
const standing = (service) => service.fetched('/sync/plex/historical');

async function begin(service, fields) {
  const { status, body } = await start(service, fields);
  assert.equal(status, 202, JSON.stringify(body));
  return body.job_id;
}

const ended = (service, deadlineMs = 120_000) => until('the end of the sync', async () => {
  const { stats } = await standing(service);
  return stats.status !== 'running' && stats;
}, deadlineMs);

async function sync(service, fields) {
  await begin(service, fields);
  return ended(service);
}

const numberOf = (row) => Number(row.historyKey.split('/').at(-1));

/** The numbers of the rows that the history has of the server; one that is there twice stands twice. */
async function stored(service) {
  const plays = await service.exported();
  return plays.flatMap((play) => play.sources).filter(({ source }) => source === 'plex').map(({ native_id: id }) => Number(id)).sort((a, b) => a - b);
}

const wanted = (media, chosen = () => true) => media.history.rows.filter(chosen).map(numberOf).sort((a, b) => a - b);

async function assertExact({ service, media }, chosen) {
  assert.deepEqual(await stored(service), wanted(media, chosen));
}

describe('a sync of some thousand rows', () => {
  let here;
  before(async () => { here = await place({ plays: 4000, days: 1000 }); });
  after(() => stopAll(here));

  test('brings each row once, and again nothing', async () => {
    const { service, media } = here;
    const stats = await sync(service);
    assert.equal(stats.status, 'completed', JSON.stringify(stats));
    assert.deepEqual([stats.total_records, stats.processed_records, stats.error_count, stats.duplicate_records], [4000, 4000, 0, 0]);
    await assertExact(here);
    const again = await sync(service);
    assert.deepEqual([again.status, again.processed_records, again.duplicate_records, again.imported_records], ['completed', 4000, 4000, 0]);
    await assertExact(here);
    assert.ok(media.asked.every((one) => one.tokenIn !== 'query'), 'the token stands in no address');
  });
});
