// SPDX-License-Identifier: MIT
// plex_sync.mjs - for tests of the Plex sync: a service that knows one test server, syncs of it, and what must be
// stored after them. The servers that were started go when the file ends.
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { MediaServer } from '../support/media_server.mjs';
import { Service, until } from './service.mjs';

const running = new Set();
after(() => Promise.all([...running].map((media) => media.stop())));

export async function startMedia(options) {
  const media = await MediaServer.start(options);
  running.add(media);
  return media;
}

/** Adds a server to the registry, and tests it; its id there. */
export async function register(service, media) {
  const { body } = await service.patiently('POST /servers', { name: 'home', address: media.url, token: media.tokens.owner });
  const tested = await service.patiently(`POST /servers/${body.server.id}/test`);
  assert.equal(tested.status, 200, JSON.stringify(tested.body));
  return body.server.id;
}

/** A service with one tested server, and that server. */
export async function place(options) {
  const media = await startMedia(options);
  const service = await Service.start();
  return { media, service, id: await register(service, media) };
}

export async function stopAll({ media, service }) {
  await service.stop();
  await media.stop();
  running.delete(media);
}

const days = 3650;
export const start = (service, fields = {}) => service.patiently('POST /sync/plex/historical', { days_back: days, ...fields });
export const standing = (service) => service.fetched('/sync/plex/historical');

export async function begin(service, fields) {
  const { status, body } = await start(service, fields);
  assert.equal(status, 202, JSON.stringify(body));
  return body.job_id;
}

export const ended = (service, deadlineMs = 120_000) => until('the end of the sync', async () => {
  const { stats } = await standing(service);
  return stats.status !== 'running' && stats;
}, deadlineMs);

export async function sync(service, fields) {
  await begin(service, fields);
  return ended(service);
}

export const numberOf = (row) => Number(row.historyKey.split('/').at(-1));

/** The numbers of the rows that the history has of the server; one that is there twice stands twice. */
export async function stored(service) {
  const plays = await service.exported();
  return plays.flatMap((play) => play.sources).filter(({ source }) => source === 'plex').map(({ native_id: id }) => Number(id)).sort((a, b) => a - b);
}

export const wanted = (media, chosen = () => true) => media.history.rows.filter(chosen).map(numberOf).sort((a, b) => a - b);

export async function assertExact({ service, media }, chosen) {
  assert.deepEqual(await stored(service), wanted(media, chosen));
}

/** Begins a sync that takes its time, and waits until some of it is stored. */
export async function beginSlowly({ service, media }, rows = 1) {
  await media.fault('slow', { path: '/status/sessions/history', msPerRow: 1 });
  const job = await begin(service);
  await until('some rows are stored', async () => (await standing(service)).stats.processed_records >= rows);
  return job;
}
