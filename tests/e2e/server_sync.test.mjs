// SPDX-License-Identifier: MIT
// server_sync.test.mjs - the continuous sync of media servers as it is met in the browser: each is synced by itself and has a
// card that tells how it stands; a person syncs one to its end, and stops one; a refused token is told with what helps; a viewer looks.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { Service, until } from '../integration/service.mjs';
import { MediaServer } from '../support/media_server.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { viewer } from './sources.mjs';

const DAY_S = 86_400;
const SELDOM = 10_080; // minutes: no schedule comes between what a person does
let service;
let media;
let other;
let admin;
const ids = {};

async function add(name, server) {
  const { body } = await service.patiently('POST /servers', { name, kind: server.kind, address: server.url, token: server.tokens.owner ?? server.tokens.key });
  ids[name] = body.server.id;
  await service.patiently(`POST /servers/${ids[name]}/test`);
  await service.patiently(`PUT /servers/${ids[name]}`, { interval_minutes: SELDOM });
}
const syncOf = async (name) => (await service.fetched(`/servers/${ids[name]}`)).server.sync;
const record = async (name) => (await service.fetched('/sync/status')).server_syncs?.[ids[name]];
const rests = (name) => until(`${name} rests`, async () => (await syncOf(name)).state === 'idle' && (await syncOf(name)).last_checked_at);

before(async () => {
  [service, media, other] = await Promise.all([Service.start({ env: { PLAYBUS_SYNC_MINUTE_MS: '1000' } }), MediaServer.start({ plays: 600 }), MediaServer.start({ kind: 'jellyfin', plays: 0 })]);
  await Promise.all([add('Home', media), add('Cabin', other)]);
  admin = await service.signIn();
  await Promise.all([rests('Home'), rests('Cabin')]);
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
const button = (panel, name, words) => panel.button(words, card(panel, name));

test('each server has a card; one is synced to its end, with its week and its receipt', async (t) => {
  const look = eye(t);
  const panel = await open(t);
  await panel.shows(/^Server Sync: 2 servers connected/);
  for (const name of ['Home', 'Cabin']) {
    await stands(panel, name, 'Up to date');
    for (const fact of ['Last checked', 'Next check']) await card(panel, name).getByText(fact).waitFor();
  }
  const now = Math.floor(Date.now() / 1000);
  for (let day = 0; day < 7; day++) media.play({ viewedAt: now - day * DAY_S - 600 }, 1 + (day * 3) % 5);
  const before = (await record('Home')).job_id;
  await button(panel, 'Home', /^Sync now/).click();
  const { job_id: job, imported_records: imported } = await until('it has ended', async () => {
    const one = await record('Home');
    return one.job_id !== before && one.status === 'completed' && one;
  });
  assert.ok(imported > 5, String(imported));
  await card(panel, 'Home').getByText(`${imported} new plays`).waitFor();
  await card(panel, 'Home').getByText(/^[1-9]\d* plays in 7 days$/).waitFor();
  await button(panel, 'Home', /^Receipt/).click();
  await panel.region('Receipt').getByText('New plays').waitFor();
  await panel.eventually('its heading has the focus', async () => (await panel.focused())?.name === 'Receipt');
  await look(panel, '98-server-sync-receipt', 'Start Import');
  assert.equal(panel.sent(`GET /sync/jobs/${job}`), 1);
});

test('one is watched and stopped, and the other card is as before', async (t) => {
  const panel = await open(t);
  await media.fault('slow', { path: '/status/sessions/history', msPerRow: 100 }); // longer than it is looked at
  media.play({}, 300);
  await button(panel, 'Home', /^Sync now/).click();
  const bar = panel.page.getByRole('progressbar', { name: 'Sync progress of Home' });
  await bar.waitFor();
  await panel.shows(/^Server Sync: 2 servers connected, 1 syncing/);
  await eye(t)(panel, '98b-server-sync-running');
  assert.equal(await button(panel, 'Home', /^Sync now/).getAttribute('aria-disabled'), 'true');
  assert.equal(await panel.page.getByRole('progressbar', { name: 'Sync progress of Cabin' }).count(), 0);
  await button(panel, 'Home', /^Stop/).click();
  await bar.waitFor({ state: 'hidden' });
  assert.equal((await record('Home')).status, 'cancelled');
  await card(panel, 'Home').getByText(/^Stopped/).waitFor();
  await panel.eventually('the focus stays on the card', async () => /^Sync now/.test((await panel.focused())?.name ?? ''));
});

test('a token that is refused stops the schedule, and the card tells since when, and what helps', async (t) => {
  await rests('Home');
  await media.fault('unauthorized', { after: 1 }); // who it is, it tells everybody
  await service.patiently(`PUT /servers/${ids.Home}`, { interval_minutes: 1 });
  await until('it has stopped', async () => (await syncOf('Home')).error);
  const panel = await open(t);
  await stands(panel, 'Home', 'Needs you');
  for (const words of ['The server does not accept the token', /^Give it a new token/]) await card(panel, 'Home').getByText(words).waitFor();
  await card(panel, 'Home').getByText(/^Since /).waitFor();
  await panel.shows(/^Server Sync: 1 of 2 servers connected, 1 needs you/);
  await eye(t)(panel, '98c-server-sync-refused');
});

test('a viewer sees how each stands, and can neither start nor stop', async (t) => {
  const panel = await open(t, await viewer(service, admin, 'vinja'));
  await stands(panel, 'Home', 'Stopped');
  assert.equal(await panel.button(/^(Sync now|Stop)/).count(), 0);
  assert.deepEqual(panel.requests.filter((request) => request.includes('/servers')), []);
  await eye(t)(panel, '98d-server-sync-viewer');
});
