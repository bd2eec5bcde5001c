// SPDX-License-Identifier: MIT
// jellyfin_sync.test.mjs - the continuous sync of Jellyfin and Emby servers, by kind and version: exactly the plays that
// a second program makes of the facts, and what each version has of its own. LONG=1 plays 5,000 on each.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { differences, expectedPlays } from '../support/media_server/expected_plays.mjs';
import { live } from '../support/media_server/life.mjs';
import { startMedia } from './registry.mjs';
import { beginSync, jobEnded, syncNow } from './server_sync.mjs';
import { long, Service, sql, until } from './service.mjs';

const minute = 60_000;
const hour = 60 * minute;
const versions = [
  { kind: 'jellyfin', version: '10.8.13' }, { kind: 'jellyfin', version: '10.11.5' }, { kind: 'jellyfin', version: '12.0.0' },
  { kind: 'emby', version: '4.8.11.0' }, { kind: 'emby', version: '4.9.5.0' },
];

let seed = 1; // each is another server

async function place(service, of) {
  const media = await startMedia({ plays: 0, oddities: false, seed: seed++, ...of });
  const { body } = await service.patiently('POST /servers', { name: `${of.kind} ${of.version} ${media.port}`, kind: of.kind, address: media.url, token: media.tokens.key });
  const { id } = body.server;
  assert.equal((await service.patiently(`POST /servers/${id}/test`)).status, 200);
  return { service, media, id };
}

const playsOf = async ({ service, media }) => (await service.exported()).filter(({ server_id: id }) => id === media.machineIdentifier);

async function assertExact(here, of, options) {
  const found = await playsOf(here);
  assert.deepEqual(differences(expectedPlays(of, here.media.watching.facts, options), found), []);
  return found;
}

describe('two days of each kind and version, side by side', { concurrency: true }, () => {
  let service;
  before(async () => { service = await Service.start(); });
  after(() => service.stop());

  for (const of of versions) {
    test(`${of.kind} ${of.version}: the plays that were played, none twice and none invented`, async (t) => {
      const here = await place(service, of);
      const { watching } = here.media;
      const now = Date.now();
      live(watching, { plays: long ? 5000 : 160, from: now - (long ? 1500 : 48) * hour, until: now - 2 * hour });
      const [first, second, third] = watching.of('episode').slice(100);
      watching.mark({ items: [first, second, third], at: now - 90 * minute });
      if (!/^(10\.8|4\.8)/.test(of.version)) watching.mark({ items: [watching.of('movie')[50]], datePlayed: now - 91 * minute });
      const going = watching.begin({ item: watching.of('movie')[60], at: now - 30 * minute });
      watching.progress(going, { at: now - 10 * minute });
      const stats = await syncNow(here);
      assert.deepEqual([stats.status, stats.error_count], ['completed', 0], JSON.stringify(stats));
      const found = await assertExact(here, of);
      const rows = found.flatMap(({ sources }) => sources.map(({ native_id: id }) => id.split(':')[0]));
      t.diagnostic(`${watching.facts.length} played, ${found.length} found, of ${['log', 'report', 'item'].map((kind) => `${rows.filter((one) => one === kind).length} ${kind}`).join(', ')}`);
      const libraries = { movie: 'Films', episode: 'Shows', track: 'Music' };
      assert.deepEqual(found.filter(({ library, media_type: type }) => library !== libraries[type]), []);
      assert.equal((await syncNow(here)).imported_records, 0, 'again it is nothing new');
      watching.stop(going, { at: now - 5 * minute });
      await syncNow(here);
      const [play] = (await assertExact(here, of)).filter(({ rating_key: key }) => key === going.item.id);
      assert.ok(play.played_s >= 20 * 60, 'what was read while it grew has its final length');
      await here.media.stop();
    });
  }
});

describe('what versions have of their own', () => {
  let service;
  before(async () => { service = await Service.start(); });
  after(() => service.stop());
  const evening = (watching, fields = {}) => {
    const [item] = watching.of('movie');
    const from = Date.now() - 5 * hour;
    return watching.play({ item, from, until: from + Math.round(0.95 * item.duration), ...fields });
  };
  const done = async (here) => {
    await here.media.stop();
    await service.patiently(`DELETE /servers/${here.id}`);
  };

  for (const of of versions) {
    test(`${of.kind} ${of.version} is asked in its own way alone`, async () => {
      const here = await place(service, of);
      here.media.asked.length = 0;
      evening(here.media.watching);
      assert.equal((await syncNow(here)).status, 'completed');
      const [who, ...others] = here.media.asked;
      assert.deepEqual([who.path, who.tokenIn], ['/System/Info/Public', null]);
      assert.deepEqual(new Set(others.map(({ tokenIn }) => tokenIn)), new Set([of.kind === 'emby' ? 'x-emby-token' : 'authorization']));
      assert.ok(others.every(({ url }) => !url.includes(here.media.tokens.key)), 'no token in an address');
      await assertExact(here, of);
      await done(here);
    });
  }

  test('a plugin that fails leaves the activity log, and a person is told to update it', async () => {
    const of = { kind: 'jellyfin', version: '12.0.0' };
    const here = await place(service, of);
    here.media.watching.plugin.version = 17;
    evening(here.media.watching);
    const stats = await syncNow(here);
    assert.equal(stats.status, 'completed', JSON.stringify(stats));
    const [play] = await assertExact(here, of, { plugin: false });
    assert.deepEqual(play.sources.map(({ native_id: id }) => id.split(':')[0]).sort(), ['item', 'log']);
    const { receipt } = await service.fetched(`/sync/jobs/${stats.job_id}`);
    assert.match(receipt.warnings.join(), /update the plugin/);
    await done(here);
  });

  for (const of of [versions[1], versions[4]]) {
    test(`${of.kind}: while the libraries cannot be asked for, nothing is new`, async () => {
      const here = await place(service, of);
      const told = async () => (await sql(`${service.data}/history.db`, 'SELECT count(*), total(version) FROM row_versions')).join();
      const news = async () => {
        const stats = await syncNow(here);
        assert.equal(stats.status, 'completed', JSON.stringify(stats));
        return stats.imported_records;
      };
      evening(here.media.watching);
      await news();
      const before = await told();
      await here.media.fault('status', { path: '/Library/VirtualFolders', code: 500 });
      assert.equal(await news(), 0);
      assert.equal(await told(), before, 'nor is a row told anew');
      evening(here.media.watching, { who: 'ben', item: here.media.watching.of('movie')[1] });
      assert.equal(await news(), 1);
      assert.deepEqual((await assertExact(here, of)).map(({ library }) => library), ['Films', 'Films']);
      await done(here);
    });
  }

  test('a plugin that is not up yet is waited for, and one that fails amid its rows leaves no more than these', async () => {
    const of = versions[2];
    const here = await place(service, of);
    evening(here.media.watching);
    await here.media.fault('starting', { path: '/user_usage_stats', form: 'empty', times: 2 });
    const first = await syncNow(here);
    assert.equal(first.status, 'completed', JSON.stringify(first));
    assert.deepEqual((await service.fetched(`/sync/jobs/${first.job_id}`)).receipt.warnings, []);
    await assertExact(here, of);
    evening(here.media.watching, { who: 'ben' });
    await here.media.fault('status', { path: '/user_usage_stats', code: 500, after: 1, times: 1 });
    await syncNow(here);
    await assertExact(here, of);
    const state = async () => (await service.fetched(`/servers/${here.id}`)).server.sync.state;
    assert.notEqual(await state(), 'partial');
    await here.media.fault('nonsense', { path: '/user_usage_stats', kind: 'number', after: 1 });
    evening(here.media.watching, { who: 'ben', item: here.media.watching.of('movie')[1] });
    const last = await syncNow(here);
    assert.equal(last.status, 'completed', JSON.stringify(last));
    await done(here);
  });

  test('a server without the plugin lacks nothing', async () => {
    const here = await place(service, versions[1]);
    here.media.watching.plugin.installed = false;
    evening(here.media.watching);
    const { receipt } = await service.fetched(`/sync/jobs/${(await syncNow(here)).job_id}`);
    assert.deepEqual(receipt.warnings, []);
    await assertExact(here, versions[1], { plugin: false });
    await done(here);
  });

  test('a plugin that is installed later tells of no second play', async () => {
    const here = await place(service, versions[2]);
    here.media.watching.plugin.installed = false;
    live(here.media.watching, { plays: 60, from: Date.now() - 20 * hour, until: Date.now() - 2 * hour });
    await syncNow(here);
    await assertExact(here, versions[2]);
    here.media.watching.plugin.installed = true;
    const { imported_records: imported, merged_records: merged } = await syncNow(here);
    assert.equal(imported, 0);
    assert.ok(merged > 40, `${merged} joined`);
    await assertExact(here, versions[2]);
    await done(here);
  });

  test('rows of the plugin are the same ones when the server is moved to another time zone', async () => {
    const of = versions[1];
    const here = await place(service, of);
    const { watching } = here.media;
    evening(watching);
    await syncNow(here);
    watching.zoneMs = 9 * hour;
    const stats = await syncNow(here);
    assert.deepEqual([stats.status, stats.imported_records, stats.merged_records], ['completed', 0, 0], JSON.stringify(stats));
    evening(watching, { who: 'ben' });
    assert.equal((await syncNow(here)).imported_records, 1);
    await assertExact(here, of);
    await done(here);
  });

  test('columns of the plugin in another order say the same', async () => {
    const of = versions[3];
    const found = [];
    for (const shuffled of [false, true]) {
      const here = await place(service, of);
      here.media.watching.plugin.shuffled = shuffled;
      const session = here.media.watching.begin({ item: here.media.watching.of('movie')[0], at: Math.floor((Date.now() - 5 * hour) / minute) * minute });
      session.pausedMs = 5 * minute;
      here.media.watching.stop(session, { at: session.at + 50 * minute });
      await syncNow(here);
      const [{ stopped_at: stopped, paused_s: paused, player, product }] = await assertExact(here, of);
      found.push([Date.parse(stopped) - session.at, paused, player, product]);
      await done(here);
    }
    assert.deepEqual(found[0].slice(1), [300, 'Sofa', 'Test Client']);
    assert.deepEqual(found[0], found[1]);
  });

  test('on 12 a look at a film that was seen before completes nothing, and before 12 neither', async () => {
    for (const of of versions.slice(1, 3)) {
      const here = await place(service, of);
      const { watching } = here.media;
      const { item, until } = evening(watching);
      await syncNow(here);
      watching.play({ item, from: until + hour, until: until + hour + 10_000 });
      await syncNow(here);
      const plays = (await playsOf(here)).sort((a, b) => Date.parse(a.started_at) - Date.parse(b.started_at));
      assert.deepEqual(plays.map(({ watched }) => watched), [of.version !== '12.0.0', false], of.version);
      assert.equal(watching.dataOf(watching.facts[0].user.Id, item.id).Played, of.version === '12.0.0');
      await done(here);
    }
  });

  test('films that are in a collection are there', async () => {
    const here = await place(service, versions[1]);
    const { watching } = here.media;
    watching.of('movie')[0].inCollection = true;
    evening(watching);
    await syncNow(here);
    const [play] = await playsOf(here);
    assert.ok(play.sources.some(({ native_id: id }) => id.startsWith('item:')));
    await done(here);
  });

  test('Emby begins a row of its plugin with each change of method, and no play', async () => {
    const here = await place(service, versions[4]);
    const { watching } = here.media;
    const session = watching.begin({ item: watching.of('movie')[0], at: Date.now() - 5 * hour });
    watching.changeMethod(session, { at: session.at + 20 * minute });
    watching.stop(session, { at: session.at + hour });
    await syncNow(here);
    const [play, ...others] = await playsOf(here);
    assert.deepEqual([others.length, play.sources.filter(({ native_id: id }) => id.startsWith('report:')).length], [0, 2]);
    await done(here);
  });
});

describe('what is being played, asked again and again', { concurrency: true }, () => {
  let service;
  before(async () => { service = await Service.start({ env: { PLAYBUS_SYNC_SESSIONS_S: '1' } }); });
  after(() => service.stop());

  for (const of of [versions[0], versions[3]]) {
    test(`a play that was begun and left on ${of.kind} ${of.version} is told with device and position`, async () => {
      const here = await place(service, of);
      const { watching } = here.media;
      watching.plugin.installed = false;
      const looked = () => here.media.asked.filter(({ path }) => path === '/Sessions').length;
      const look = async (times) => {
        const from = looked();
        await until(`${times} looks`, () => looked() >= from + times);
      };
      await look(2);
      const [left, seen] = watching.of('movie');
      const session = watching.begin({ item: left, device: 'Phone' });
      watching.progress(session, { at: session.at + 1, position: 40 * minute });
      await look(2);
      watching.stop(session, { position: 40 * minute });
      watching.dataOf(session.user.Id, left.id).LastPlayedDate = undefined; // as if it was begun anew elsewhere
      watching.play({ item: seen, from: Date.now() - 5 * hour, until: Date.now() - 4 * hour });
      await look(5);
      const stats = await syncNow(here);
      assert.equal(stats.status, 'completed', JSON.stringify(stats));
      const plays = await playsOf(here);
      const play = plays.find(({ rating_key: key }) => key === left.id);
      assert.ok(play, JSON.stringify(plays));
      assert.deepEqual([play.player, play.machine_id, play.view_offset_ms, play.time_quality, play.watched], ['Phone', 'device of Phone', 40 * minute, 'exact', false]);
      assert.ok(Math.abs(Date.parse(play.started_at) - session.at) < 10_000);
      const again = await syncNow(here);
      assert.equal(again.processed_records, again.duplicate_records, 'and told once');
      assert.equal((await playsOf(here)).length, 2);
      await here.media.stop();
      await service.patiently(`DELETE /servers/${here.id}`);
    });
  }
});

describe('two servers that a program keeps alike', () => {
  test('a start that it copied from one to the other is no play, unless somebody played it there too', async () => {
    const service = await Service.start();
    const [home, cabin] = [await place(service, versions[1]), await place(service, versions[1])];
    const item = (here, n) => here.media.watching.of('movie').find(({ ratingKey: key }) => key === home.media.watching.of('movie')[n].ratingKey);
    const ada = ({ media }) => ({ server_id: media.machineIdentifier, user_id: media.watching.facts.find(({ user }) => user.Name === 'ada').user.Id });
    const from = Date.now() - 5 * hour;
    for (const n of [0, 1]) home.media.watching.play({ item: item(home, n), from: from + n * hour, until: from + n * hour + 30 * minute });
    cabin.media.watching.plugin.installed = false;
    cabin.media.watching.play({ item: item(cabin, 1), from: from + hour, until: from + hour + 20 * minute });
    await syncNow(home);
    await syncNow(cabin);
    const { body: joined } = await service.patiently('POST /people/join', { accounts: [home, cabin].map(ada) });
    assert.equal((await jobEnded(home, joined.job_id)).status, 'completed', JSON.stringify(joined));
    cabin.media.watching.log.length = 0; // it was tidied
    cabin.media.watching.mark({ items: [item(cabin, 0)], datePlayed: from + 2 * minute });
    cabin.media.watching.mark({ items: [item(cabin, 2)], datePlayed: from + 2 * minute });
    assert.equal((await syncNow(cabin)).imported_records, 1, 'of the last one nothing tells where it comes from');
    assert.deepEqual((await playsOf(cabin)).map(({ rating_key: key }) => key).sort(), [item(cabin, 1).id, item(cabin, 2).id].sort());
    assert.equal((await syncNow(cabin)).imported_records, 0);
    assert.equal((await playsOf(home)).length, 2);
    await Promise.all([service.stop(), home.media.stop(), cabin.media.stop()]);
  });
});

describe('a server whose clock is off', () => {
  test('what was seen to be played and what its log says are one play', async () => {
    const service = await Service.start({ env: { PLAYBUS_SYNC_SESSIONS_S: '1' } });
    const here = await place(service, versions[2]);
    const { watching } = here.media;
    watching.clockOff = -10 * minute;
    const look = async (times) => {
      const looked = () => here.media.asked.filter(({ path }) => path === '/Sessions').length;
      const from = looked();
      await until(`${times} looks`, () => looked() >= from + times);
    };
    await look(2);
    const session = watching.begin({ item: watching.of('movie')[0] });
    await look(2);
    watching.stop(session);
    await look(5);
    assert.equal((await syncNow(here)).status, 'completed');
    const [play, ...others] = await playsOf(here);
    const rows = play.sources.map(({ native_id: id }) => id.split(':')[0]);
    assert.deepEqual([others.length, rows.includes('log'), rows.includes('session')], [0, true, true], JSON.stringify(rows));
    const { rows: told } = await service.fetched(`/history/${play.id}`);
    assert.deepEqual(['activity_log', 'session'].filter((one) => told.every(({ origin }) => origin !== one)), []);
    await service.stop();
    await here.media.stop();
  });
});

describe('a token that is refused', () => {
  test('is not sent again and again, and is once it was changed', async () => {
    const service = await Service.start({ env: { PLAYBUS_SYNC_SESSIONS_S: '1' } });
    const here = await place(service, versions[4]);
    const asked = (wanted) => here.media.asked.filter(({ path }) => path === wanted).length;
    const looked = () => asked('/Sessions');
    await until('a look', () => looked() >= 2);
    await here.media.fault('unauthorized', { path: '/Sessions' });
    const before = looked();
    await until('a look', () => looked() > before);
    await new Promise((done) => { setTimeout(done, 4000); });
    assert.equal(looked(), before + 1);
    await here.media.clear();
    const { key, admin } = here.media.tokens;
    assert.notEqual(key, admin);
    assert.equal((await service.patiently(`PUT /servers/${here.id}`, { token: admin })).status, 200);
    await until('a look', () => looked() > before + 1);
    await service.stop();
    await here.media.stop();
  });
});

describe('outages and kill -9', () => {
  test('a page that fails each time ends the sync, however well the others are answered', async () => {
    const here = await place(await Service.start(), versions[4]);
    const { service, media } = here;
    live(media.watching, { plays: 20, from: Date.now() - 60 * hour, until: Date.now() - 2 * hour });
    await media.fault('status', { code: 500, path: `/Users/${media.household.find('ben').Id}/Items` });
    const stats = await jobEnded(here, await beginSync(here));
    assert.deepEqual([stats.status, stats.error_code], ['error', 'SERVER_FAILED'], JSON.stringify(stats));
    await media.clear();
    assert.equal((await syncNow(here)).status, 'completed');
    await assertExact(here, versions[4]);
    await service.stop();
    await media.stop();
  });

  for (const of of long ? versions : [versions[2]]) {
    test(`${of.kind} ${of.version}: both sides die amid a sync, and nothing is lost or told twice`, async () => {
      const here = await place(await Service.start(), of);
      const { service, media } = here;
      live(media.watching, { plays: long ? 5000 : 200, from: Date.now() - 60 * hour, until: Date.now() - 2 * hour, seed: 3 });
      await media.fault('slow', { path: of.kind === 'emby' ? '/Users/' : '/Items', msPerAnswer: 80 });
      const job = await beginSync(here);
      const some = (rows) => until(`${rows} rows are stored`, async () => (await service.fetched(`/sync/jobs/${job}`)).job.progress.processed_records >= rows);
      await some(1);
      process.kill(service.pid('server-sync'), 'SIGKILL');
      await some(100);
      process.kill(service.pid('history'), 'SIGKILL');
      await media.fault('starting', { form: 'empty', times: 3 });
      const stats = await jobEnded(here, job);
      assert.equal(stats.status, 'completed', JSON.stringify(stats));
      const rows = (await assertExact(here, of)).flatMap(({ sources }) => sources).length;
      assert.deepEqual([stats.imported_records + stats.merged_records, stats.duplicate_records], [rows, 0], 'what was read again is not counted again');
      await media.clear();
      assert.equal((await syncNow(here)).imported_records, 0);
      await assertExact(here, of);
      await service.stop();
      await media.stop();
    });
  }
});

describe('a schedule', () => {
  test('reads Jellyfin as it reads Plex, and tells what it could not read until it can', async () => {
    const service = await Service.start({ env: { PLAYBUS_SYNC_MINUTE_MS: '20' } });
    const here = await place(service, versions[2]);
    const { watching } = here.media;
    const [item] = watching.of('movie');
    watching.plugin.version = 17;
    watching.play({ item, from: Date.now() - 5 * hour, until: Date.now() - 4 * hour });
    const standing = (what, wanted) => until(what, async () => {
      const { server: { sync } } = await service.fetched(`/servers/${here.id}`);
      return wanted(sync) && sync;
    });
    const { error } = await standing('what is missing is told', ({ state }) => state === 'partial');
    assert.deepEqual([error.code, /^Update the plugin/.test(error.remedy)], ['SERVER_PLUGIN_FAILS', true]);
    await assertExact(here, versions[2], { plugin: false });
    watching.plugin.version = 18;
    await standing('nothing is missing any more', ({ state, error: left }) => state === 'idle' && left === undefined);
    const [play] = await assertExact(here, versions[2]);
    assert.deepEqual(play.sources.map(({ native_id: id }) => id.split(':')[0]).sort(), ['item', 'log', 'report']);
    await service.stop();
    await here.media.stop();
  });
});
