// SPDX-License-Identifier: MIT
// sync_states.test.mjs - every state that the card of a synced media server has, all of them on one page, each made by what a
// server really does: looked at on a desk and on a phone, by axe; and a silent sync is stopped on its card.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Service, until } from '../integration/service.mjs';
import { MediaServer } from '../support/media_server.mjs';
import { person } from './browser.mjs';
import { eye } from './eye.mjs';

const SELDOM = 10_080; // minutes: a server is looked at once
const HOUR = 3_600_000;
const HISTORY = '/status/sessions/history';
/** A plugin that is too old for its server, and a play that the log tells of. */
function failing({ watching }) {
  const now = Date.now();
  watching.plugin.version = 17;
  watching.play({ item: watching.of('movie')[0], from: now - 5 * HOUR, until: now - 4 * HOUR });
}

const states = [
  { name: 'Attic', state: 'stopped', words: 'Only when asked', says: /never yet/, more: { scheduled: false } },
  { name: 'Barn', state: 'idle', words: 'Up to date', says: /Newest play/ },
  { name: 'Cabin', kind: 'jellyfin', version: '12.0.0', state: 'partial', words: 'Partial', says: /[Uu]pdate the plugin/, media: failing },
  { name: 'Den', state: 'running', words: 'Checking', says: /^Stop/, media: (media) => media.fault('slow', { path: HISTORY, msPerAnswer: 50_000 }) },
  { name: 'Garage', state: 'waiting', words: 'Trying again', says: /Next check/, media: (media) => media.fault('refused') },
  { name: 'Hall', state: 'idle', words: 'Syncing', says: /records\/sec/ },
  { name: 'Home', state: 'stopped', words: 'Needs you', says: /does not accept the token/, media: (media) => media.fault('unauthorized', { after: 1 }) },
  { name: 'Hut', state: 'stopped', words: 'Needs you', says: /another/i, tested: true, media: (media) => media.fault('wrongIdentity', { machineIdentifier: 'f'.repeat(40) }) },
  { name: 'Shed', state: 'stopped', words: 'Switched off', says: /Newest play/, then: { enabled: false } },
];
const medias = [];
let service;
after(() => Promise.all(medias.map((one) => one.stop())));

const syncOf = async (id) => (await service.fetched(`/servers/${id}`)).server.sync;

/** Registers it switched off, makes wrong what is to be wrong, and lets it be looked at once. */
async function bring(one, seed) {
  const media = await MediaServer.start({ kind: one.kind ?? 'plex', version: one.version, seed, plays: one.kind ? 0 : 40 });
  medias.push(media);
  const { body } = await service.patiently('POST /servers', { name: one.name, kind: one.kind ?? 'plex', address: media.url, enabled: false, token: media.tokens.owner ?? media.tokens.key });
  const { id } = body.server;
  if (one.tested) assert.equal((await service.patiently(`POST /servers/${id}/test`)).status, 200);
  await one.media?.(media);
  await service.patiently(`PUT /servers/${id}`, { enabled: true, interval_minutes: SELDOM, ...one.more });
  if (one.then) await until(`${one.name} was looked at`, async () => (await syncOf(id)).last_checked_at);
  if (one.then) await service.patiently(`PUT /servers/${id}`, one.then);
  await until(`${one.name} is ${one.state}`, async () => {
    const sync = await syncOf(id);
    return sync.state === one.state && (sync.state !== 'idle' || sync.last_checked_at);
  });
  return { ...one, id, server: media };
}

test('each state is told in its words, looks well at every width, and a silent sync is stopped', async (t) => {
  service = await Service.start({ env: { PLAYBUS_SYNC_MINUTE_MS: '1000' } });
  const all = await Promise.all(states.map((one, i) => bring(one, 40 + i)));
  const by = (name) => all.find((one) => one.name === name);
  const { server: hall } = by('Hall');
  await hall.fault('slow', { path: HISTORY, msPerAnswer: 50_000, after: 2 });
  hall.play({}, 900);
  await service.patiently(`POST /servers/${by('Hall').id}/sync`);
  await until('it has brought something', async () => (await service.fetched('/sync/status')).server_syncs?.[by('Hall').id]?.processed_records > 40);
  const panel = await (await person(t, service, { as: await service.signIn() })).tab();
  const card = (name) => panel.page.getByRole('article', { name, exact: true });
  for (const { name, words, says } of all) {
    await card(name).locator('.state').getByText(words, { exact: true }).waitFor();
    await card(name).getByText(says).first().waitFor();
  }
  const counted = await card('Den').getByText('in 7 days').count(); // its first look may be over on a busy machine
  assert.ok(counted === 0 || (await syncOf(by('Den').id)).last_checked_at, 'nobody has looked for any');
  assert.equal(await panel.button(/^Sync now/, card('Den')).getAttribute('aria-disabled'), 'true');
  await eye(t, 'desktop-light', 'phone-dark')(panel, '98e-server-sync-states');
  await panel.button(/^Stop/, card('Den')).click();
  await card('Den').getByText(/^Stopped/).waitFor();
  await card('Den').getByText('Checking').waitFor({ state: 'hidden' }); // told by another answer than the end
  assert.equal((await service.fetched('/sync/status')).server_syncs[by('Den').id].status, 'cancelled');
});
