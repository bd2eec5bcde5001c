// SPDX-License-Identifier: MIT
// server_sync.test.mjs - the continuous sync of media servers as it is met in the browser: a card each, which tells how its
// server stands; one is synced to its end, one stopped; a refused token is told with what helps; a viewer looks.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Service, until } from '../integration/service.mjs';
import { MediaServer } from '../support/media_server.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { viewer } from './sources.mjs';

const DAY_S = 86_400;
let service;
let media;
let other;
let admin;
const ids = {};

async function add(name, server, more = {}) {
  const { body } = await service.patiently('POST /servers', { name, kind: server.kind, address: server.url, token: server.tokens.owner ?? server.tokens.key, ...more });
  await service.patiently(`POST /servers/${body.server.id}/test`);
  ids[name] = body.server.id;
}
before(async () => {
  [service, media, other] = await Promise.all([Service.start(), MediaServer.start({ plays: 1500 }), MediaServer.start({ kind: 'jellyfin', plays: 0 })]);
  const today = Math.floor(Date.now() / 1000);
  for (let day = 0; day < 7; day++) media.play({ viewedAt: today - day * DAY_S - 600 }, 1 + (day * 3) % 5);
  await add('Home', media);
  await add('Cabin', other);
  admin = await service.signIn();
});
after(() => Promise.all([media.stop(), other.stop()]));
beforeEach(() => media.clear());

async function open(t, as = admin) {
  const who = await person(t, service, { as });
  who.expect(answered(409, 422));
  const panel = await who.tab();
  await panel.page.getByRole('list', { name: 'Servers that are synced' }).waitFor();
  return panel;
}
const card = (panel, name) => panel.page.getByRole('article', { name });
const stands = (panel, name, words) => card(panel, name).locator('.state').getByText(words, { exact: true }).waitFor();
const record = async (name) => (await service.fetched('/sync/status')).server_syncs?.[ids[name]];
const button = (panel, name, words) => panel.button(words, card(panel, name));

test('each server has a card; one is synced to its end, with its week and its receipt', async (t) => {
  const look = eye(t);
  const panel = await open(t);
  await panel.shows(/^Server Sync: 2 servers connected/);
  await button(panel, 'Home', /^Sync now/).click();
  await until('it has ended', async () => (await record('Home'))?.status === 'completed');
  await stands(panel, 'Home', 'Up to date');
  await card(panel, 'Home').getByText(/new plays/).waitFor();
  await card(panel, 'Home').getByText(/^[1-9]\d* plays in 7 days$/).waitFor();
  const { job_id: job, imported_records: imported } = await record('Home');
  assert.ok(imported > 1000, String(imported));
  await look(panel, '98b-server-sync-done');
  await button(panel, 'Home', /^Receipt/).click();
  await panel.region('Receipt').getByText('New plays').waitFor();
  await panel.eventually('its heading has the focus', async () => (await panel.focused())?.name === 'Receipt');
  await look(panel, '98c-server-sync-receipt');
  assert.equal(panel.sent(`GET /sync/jobs/${job}`), 1);
});

test('one is watched and stopped, and the other card is as before', async (t) => {
  const panel = await open(t);
  await media.fault('slow', { path: '/status/sessions/history', msPerRow: 10 });
  await button(panel, 'Home', /^Sync now/).click();
  const bar = panel.page.getByRole('progressbar', { name: 'Sync progress of Home' });
  await bar.waitFor();
  await stands(panel, 'Home', 'Syncing');
  await panel.shows(/^Server Sync: 2 servers connected, 1 syncing/);
  await until('it is at it', async () => (await record('Home')).processed_records > 0);
  await eye(t)(panel, '98d-server-sync-running');
  assert.equal(await button(panel, 'Home', /^Sync now/).getAttribute('aria-disabled'), 'true');
  assert.equal(await panel.page.getByRole('progressbar', { name: 'Sync progress of Cabin' }).count(), 0);
  await button(panel, 'Home', /^Stop/).click();
  await bar.waitFor({ state: 'hidden' });
  assert.equal((await record('Home')).status, 'cancelled');
  await card(panel, 'Home').getByText(/^Stopped/).waitFor();
  await panel.eventually('the focus stays on the card', async () => /^Sync now/.test((await panel.focused())?.name ?? ''));
});

test('a token that is refused is told on the card, with what helps and since when', async (t) => {
  const panel = await open(t);
  await media.fault('unauthorized', { path: '/status' });
  await button(panel, 'Home', /^Sync now/).click();
  await card(panel, 'Home').getByText('The server does not accept the token').waitFor();
  await card(panel, 'Home').getByText(/^Give it a new token/).waitFor();
  await card(panel, 'Home').getByText(/^Since /).waitFor();
  await eye(t)(panel, '98e-server-sync-refused');
});

test('a viewer sees how each stands, and can neither start nor stop', async (t) => {
  const panel = await open(t, await viewer(service, admin, 'vinja'));
  await card(panel, 'Media server 1').waitFor();
  assert.equal(await panel.button(/^(Sync now|Stop)/).count(), 0);
  assert.deepEqual(panel.requests.filter((request) => request.includes('/servers')), []);
  await eye(t)(panel, '98f-server-sync-viewer');
});
