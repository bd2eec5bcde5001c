// SPDX-License-Identifier: MIT
// watched.test.mjs - plays that are seen while they are played, and that no history keeps: they outlive whoever watched.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startMedia } from './registry.mjs';
import { syncNow } from './server_sync.mjs';
import { Service, until } from './service.mjs';

const minute = 60_000;

describe('what is being played', { concurrency: true }, () => {
  let service;
  let killed; // of the test that kills its watcher: the others must not miss a look for that
  before(async () => { [service, killed] = await Promise.all([1, 2].map(() => Service.start({ env: { PLAYBUS_SYNC_SESSIONS_S: '1' } }))); });
  after(() => Promise.all([service.stop(), killed.stop()]));

  async function place(options, at = service) {
    const media = await startMedia({ plays: 0, oddities: false, ...options });
    const token = media.tokens.owner ?? media.tokens.key;
    const { body } = await at.patiently('POST /servers', { name: `media ${media.port}`, kind: media.kind, address: media.url, token });
    assert.equal((await at.patiently(`POST /servers/${body.server.id}/test`)).status, 200);
    return { service: at, media, id: body.server.id };
  }
  const isSessions = ({ path }) => path === '/status/sessions' || path === '/Sessions';
  async function look({ media }, times) {
    const from = media.asked.filter(isSessions).length;
    await until(`${times} looks`, () => media.asked.filter(isSessions).length >= from + times, 30_000);
  }
  const playsOf = async ({ service: at, media }) => (await at.exported()).filter(({ server_id: id }) => id === media.machineIdentifier);
  const natives = ({ sources }) => sources.map(({ native_id: id }) => id.split(':')[0]);

  test('the watcher is killed amid a play on Plex, when others were just left, and before their sync', async () => {
    const [plex, home] = await Promise.all([place({ seed: 31 }, killed), place({ kind: 'emby', version: '4.8.11.0', seed: 32 }, killed)]);
    const both = (times) => Promise.all([look(plex, times), look(home, times)]);
    const { sessions, place: { library } } = plex.media;
    home.media.watching.plugin.installed = false;
    await both(1);
    const [going, seen, again] = library.films;
    const amid = sessions.begin({ item: going, deviceID: 2, position: 5 * minute });
    const watched = sessions.begin({ item: seen, accountID: plex.media.place.accounts[2].id, transcodes: true });
    const begun = home.media.watching.begin({ item: home.media.watching.of('movie')[0], device: 'Phone' });
    home.media.watching.progress(begun, { at: begun.at + 1, position: 40 * minute });
    sessions.begin({ item: library.trailers[0] });
    sessions.begin({ item: again, accountID: 0 });
    await both(2); // the first one is answered, and kept
    sessions.stop(watched);
    home.media.watching.stop(begun, { position: 40 * minute });
    home.media.watching.dataOf(begun.user.Id, begun.item.id).LastPlayedDate = undefined; // no record tells of it but what was seen
    await both(2);
    process.kill(killed.pid('server-sync'), 'SIGKILL');
    await both(1);
    amid.position = 12 * minute;
    await both(1);
    sessions.stop(amid);
    await both(5);
    process.kill(killed.pid('server-sync'), 'SIGKILL');
    const plays = await until('both are brought', async () => { // by the first sync, or once a busy machine has seen that one was left
      const stats = await syncNow(plex);
      assert.deepEqual([stats.status, stats.error_count], ['completed', 0], JSON.stringify(stats));
      const brought = await playsOf(plex);
      return brought.length === 2 && brought;
    });
    const [one] = plays.filter(({ rating_key: key }) => key === String(going.ratingKey));
    assert.deepEqual([one.time_quality, one.view_offset_ms, one.watched, one.player, one.machine_id, one.user_id, one.title, one.transcode_decision],
      ['exact', 12 * minute, false, amid.device.name, amid.device.clientIdentifier, '1', going.title, 'direct play']);
    assert.ok(Math.abs(Date.parse(one.started_at) - amid.at) < 4000 && Math.abs(Date.parse(one.stopped_at) - amid.until) < 4000, JSON.stringify(one));
    const [other] = plays.filter(({ rating_key: key }) => key === String(seen.ratingKey));
    assert.deepEqual([other.transcode_decision, other.user, natives(other)], ['transcode', plex.media.place.accounts[2].name, ['session']]);
    assert.equal((await syncNow(home)).status, 'completed');
    const [left, ...more] = await playsOf(home);
    assert.deepEqual([more.length, left.player, left.view_offset_ms, left.time_quality, natives(left)], [0, 'Phone', 40 * minute, 'exact', ['session']]);
    for (const here of [plex, home]) assert.equal((await syncNow(here)).processed_records, 0, 'told once');
  });

  test('what Plex counts as watched later is one play with what was seen', async () => {
    const here = await place({ seed: 33 });
    const { sessions, place: { library } } = here.media;
    await look(here, 1);
    const [item] = library.films;
    const session = sessions.begin({ item, position: item.duration * 0.5 });
    await look(here, 2);
    sessions.view(session);
    assert.equal((await syncNow(here)).imported_records, 1, 'the history tells first');
    session.position = item.duration * 0.97;
    await look(here, 1);
    sessions.stop(session);
    await look(here, 5);
    const { imported_records: imported, merged_records: merged } = await syncNow(here);
    assert.deepEqual([imported, merged], [0, 1]);
    const [play, ...others] = await playsOf(here);
    assert.deepEqual([others.length, play.watched, play.time_quality, natives(play).length], [0, true, 'exact', 2]);
    assert.ok(Math.abs(Date.parse(play.started_at) - session.at) < 4000, JSON.stringify(play));
  });

  test('whose token was revoked, or who was disabled, is not asked; what was seen waits', async () => {
    const here = await place({ seed: 34 });
    const { media, id } = here;
    await look(here, 1);
    const session = media.sessions.begin({ item: media.place.library.films[0] });
    await look(here, 2);
    media.sessions.stop(session);
    await look(here, 5);
    media.place.renewToken();
    const from = media.asked.length;
    await until('it is refused', () => media.asked.slice(from).some(isSessions));
    await service.patiently(`PUT /servers/${id}`, { enabled: false });
    await service.patiently(`PUT /servers/${id}`, { token: media.tokens.owner });
    const asked = media.asked.length;
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    assert.equal(media.asked.length, asked);
    await service.patiently(`PUT /servers/${id}`, { enabled: true });
    await look(here, 1);
    assert.equal((await syncNow(here)).imported_records, 1);
    await service.patiently(`DELETE /servers/${id}`);
  });
});
