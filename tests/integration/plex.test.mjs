// SPDX-License-Identifier: MIT
// plex.test.mjs - the sync of a Plex server's own history: every row of the asked time arrives once, whatever the
// server, the network and the processes do meanwhile.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sequence } from '../support/media_server/library.mjs';
import { assertExact, begin, beginSlowly, ended, numberOf, place, standing, start, stopAll, stored, sync, wanted } from './plex_sync.mjs';
import { bin, long, makeSource, until } from './service.mjs';

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

describe('a large history, at the pace of a real server', () => {
  const [plays, msPerRow] = long ? [88_000, 11] : [3000, 2];

  test('is stopped and resumed amid, and read about once in all', async (t) => {
    const here = await place({ plays, days: 3000, seed: 9 });
    const { service, media } = here;
    const pages = () => media.asked.filter((one) => one.path.endsWith('/history/all') && one.argument('X-Plex-Container-Size') !== '0');
    await media.fault('slow', { path: '/status/sessions/history', msPerRow });
    const began = Date.now();
    await begin(service);
    const amid = await until('a third is stored', async () => {
      const { stats } = await standing(service);
      return stats.processed_records >= plays / 3 && stats;
    }, plays * msPerRow * 2 + 60_000);
    assert.equal(amid.total_records, plays);
    const stopped = await service.patiently('DELETE /sync/plex/historical');
    assert.deepEqual([stopped.status, stopped.body.stats.status], [200, 'cancelled']);
    const had = stopped.body.stats.processed_records;
    const before = pages().length;
    assert.equal((await start(service, { days_back: undefined, resume: true })).status, 202);
    const stats = await ended(service, plays * msPerRow * 2 + 60_000);
    assert.deepEqual([stats.status, stats.attempt, stats.total_records, stats.processed_records, stats.imported_records + stats.merged_records, stats.duplicate_records],
      ['completed', 2, plays, plays, plays, 0], JSON.stringify(stats));
    await assertExact(here);
    const rows = pages().map((one) => one.rows ?? 0);
    t.diagnostic(`${plays} rows at ${msPerRow} ms: ${Math.round((Date.now() - began) / 1000)} s, stopped at row ${had}, ${before} + ${pages().length - before} pages`);
    assert.ok(pages().length <= plays / 500 * 1.1 + 4, `${pages().length} pages of ${plays} rows, ${rows}`);
    await stopAll(here);
  });
});

describe('a sync that does not run through', () => {
  let here;
  before(async () => { here = await place({ plays: 3000, days: 1000, seed: 2 }); });
  after(() => stopAll(here));
  const clean = async () => {
    await here.media.clear();
    for (const job of (await here.service.fetched('/sync/jobs?operation=plex_historical')).items.filter(({ undone_at: at }) => !at)) {
      const { status } = await here.service.patiently(`POST /sync/jobs/${job.job_id}/undo`);
      if (status === 202) await until('undone', async () => (await here.service.fetched('/sync/jobs?operation=undo&limit=1')).items[0].progress.status === 'completed');
    }
    assert.deepEqual(await stored(here.service), []);
  };

  test('is stopped, and resumed where it was', async () => {
    const { service, media } = here;
    const job = await beginSlowly(here, 500);
    const stopped = await service.patiently('DELETE /sync/plex/historical');
    assert.deepEqual([stopped.status, stopped.body.stats.status], [200, 'cancelled']);
    assert.ok(stopped.ms < 2000);
    const { resumable } = await standing(service);
    assert.deepEqual([resumable.job_id, resumable.title], [job, 'home']);
    const had = (await stored(service)).length;
    assert.ok(had >= 500 && had < 3000);
    await media.clear();
    media.asked.length = 0;
    const again = await start(service, { days_back: undefined, resume: true });
    assert.deepEqual([again.status, again.body.job_id], [202, job]);
    const stats = await ended(service);
    assert.deepEqual([stats.status, stats.attempt, stats.processed_records, stats.duplicate_records], ['completed', 2, 3000, 0]);
    await assertExact(here);
    const first = media.asked.find((one) => one.path.endsWith('/history/all'));
    const [, from] = first.query.find(([name]) => name === 'viewedAt>');
    assert.ok(media.history.rows.filter((row) => row.viewedAt < from).length >= 400, 'what was read is not read again');
    const none = await start(service, { resume: true });
    assert.deepEqual([none.status, none.body.code], [409, 'NOTHING_TO_RESUME']);
    await clean();
  });

  test('is given up, and is then no longer to be resumed', async () => {
    const { service, media } = here;
    const discard = (...args) => new Promise((resolve) => {
      const child = spawn(path.join(bin, 'playbus'), ['plex', 'sync', '--discard', '--data', service.data, ...args], { stdio: 'ignore' });
      child.on('close', resolve);
    });
    for (const giveUp of [() => service.patiently('DELETE /sync/plex/historical/progress'), discard]) {
      const job = await beginSlowly(here);
      const early = await service.patiently('DELETE /sync/plex/historical/progress');
      assert.deepEqual([early.status, early.body.code, early.body.job_id], [409, 'SYNC_RUNNING', job]);
      await service.patiently('DELETE /sync/plex/historical');
      assert.equal((await standing(service)).resumable.job_id, job);
      const had = await stored(service);
      const given = await giveUp();
      assert.ok(given === 0 || given.status === 200, JSON.stringify(given));
      assert.equal((await standing(service)).resumable, undefined);
      assert.equal((await start(service, { days_back: undefined, resume: true })).body.code, 'NOTHING_TO_RESUME');
      assert.deepEqual(await stored(service), had, 'what it stored stays');
      await media.clear();
    }
    await clean();
  });

  test('loses and doubles nothing when processes are killed', async (t) => {
    const { service, media } = here;
    const plays = async () => (await service.exported()).map(({ id, sources, ...play }) => ({ ...play, sources: sources.map(({ job_id: of, ...source }) => source) }));
    await sync(service);
    const undisturbed = await plays();
    await clean();
    const random = sequence(long ? 50 : 10);
    const actors = ['plex', 'history', 'server-sync', 'broker', 'gateway', 'audit'];
    const killed = [];
    const runs = async () => {
      try {
        return (await standing(service)).stats;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        return {}; // the gateway is being started again
      }
    };
    while (killed.length < (long ? 50 : 10)) {
      await media.fault('shortPages', { rows: 100 });
      await media.fault('slow', { msPerAnswer: 60 });
      const job = await until('a start is taken', () => begin(service).catch((error) => { if (error instanceof assert.AssertionError) throw error; }));
      for (let over = false; killed.length < (long ? 50 : 10) && !over;) {
        await new Promise((resolve) => { setTimeout(resolve, random() * 1500); });
        const { status, processed_records: row } = await runs();
        over = status === 'completed';
        const actor = actors[Math.floor(random() * actors.length)];
        try {
          if (!over) process.kill(service.pid(actor) ?? NaN, 'SIGKILL');
          if (!over) killed.push(`${actor} at ${row ?? '?'}`);
        } catch { /* it is being started again */ }
      }
      await media.clear();
      const stats = await until('the end', async () => { const now = await runs(); return now.status && now.status !== 'running' && now; }, 240_000);
      assert.deepEqual([stats.status, stats.job_id, stats.processed_records, stats.duplicate_records], ['completed', job, 3000, 0], JSON.stringify(stats));
      assert.deepEqual(await plays(), undisturbed);
      await clean();
    }
    t.diagnostic(killed.join(', '));
  });

  test('goes on by itself after what heals by itself', async () => {
    const { service, media } = here;
    const history = { path: '/status/sessions/history', after: 3 };
    const faults = [['maintenance', { after: 8, times: 3 }], ['tooMany', { ...history, retryAfter: '1', times: 2 }], ['cut', { ...history, times: 2 }],
      ['reset', { ...history, times: 1 }], ['status', { ...history, code: 500, times: 2 }], ['nonsense', { ...history, times: 1 }],
      ['cut', { path: '/library/metadata', after: 1, times: 1 }], ['huge', { ...history, times: 1 }], ['huge', { path: '/library/metadata', times: 2 }]];
    for (const [name, options] of faults) {
      await media.fault(name, options);
      const stats = await sync(service);
      assert.deepEqual([stats.status, stats.processed_records, stats.error_count], ['completed', 3000, 0], `${name} ${JSON.stringify(stats)}`);
      await media.clear();
      await assertExact(here);
    }
    await clean();
  });

  test('tells maintenance apart from failure while it waits', async () => {
    const { service, media } = here;
    await beginSlowly(here);
    await media.fault('maintenance');
    await until('it says so', async () => {
      const { stats } = await standing(service);
      return stats.phase === 'waiting' && stats.waiting_for === 'source' && /maintenance/.test(stats.message ?? '');
    });
    await media.clear();
    assert.equal((await ended(service)).status, 'completed');
    await assertExact(here);
    await clean();
  });

  test('ends in error with the right sentence after what does not, and is resumed', async () => {
    const { service, media } = here;
    const history = { path: '/status/sessions/history', after: 3 };
    const rows = [['unauthorized', history, 'SERVER_TOKEN_REFUSED'], ['forbidden', history, 'SERVER_TOKEN_TOO_LOW'], ['missing', history, 'SERVER_PATH_MISSING'],
      ['redirect', { ...history, to: 'http://192.0.2.1' }, 'SERVER_REDIRECTS'], ['huge', history, 'SERVER_FLOODS'], ['gzipBomb', history, 'SERVER_FLOODS'],
      ['endless', history, 'SERVER_FLOODS'], ['endless', { ...history, same: true }, 'SERVER_FLOODS']];
    for (const [name, options, code] of rows) {
      await media.fault(name, options);
      const job = await begin(service);
      const stats = await ended(service);
      await media.clear();
      assert.deepEqual([stats.status, stats.error_code], ['error', code], `${name} ${JSON.stringify(stats)}`);
      assert.ok(stats.error);
      const again = await start(service, { days_back: undefined, resume: true });
      assert.deepEqual([again.status, again.body.job_id], [202, job], JSON.stringify(again.body));
      assert.equal((await ended(service)).status, 'completed');
      assert.deepEqual((await stored(service)).filter((id) => id <= 3000), wanted(media), name);
      await clean();
    }
  });

  test('does not go on with another server', async () => {
    const { service, media } = here;
    await beginSlowly(here);
    await media.fault('wrongIdentity');
    const pid = service.pid('plex');
    process.kill(pid, 'SIGKILL');
    const stats = await ended(service);
    assert.deepEqual([stats.status, stats.error_code], ['error', 'SERVER_ANOTHER']);
    const sent = media.asked.filter((one) => one.faults.has('wrongIdentity') && one.path === '/accounts');
    assert.deepEqual(sent, [], 'no token for a stranger');
    await media.clear();
    await clean();
  });
});

describe('odd servers', () => {
  const odd = {
    ignoredFilters: {}, ignoredSort: {}, ignoredPaging: {}, shortPages: { rows: 70 }, compressed: {}, wrongTypes: { kind: 'quoted' },
  };
  for (const [name, options] of Object.entries(odd)) {
    test(`${name}: every row of the asked time, and no other`, async () => {
      const here = await place({ plays: 2500, days: 600, seed: 3 });
      const { service, media } = here;
      await media.fault(name, options);
      const now = Math.floor(Date.now() / 1000);
      const stats = await sync(service, { days_back: 300 });
      assert.equal(stats.status, 'completed', JSON.stringify(stats));
      const ids = await stored(service);
      const sure = wanted(media, (row) => row.viewedAt >= now - 300 * 86_400 + 60);
      assert.deepEqual(ids.filter((id) => sure.includes(id)), sure);
      assert.ok(ids.length - sure.length <= 1, `${ids.length} for ${sure.length}`);
      assert.deepEqual([stats.duplicate_records, stats.error_count], [0, 0]);
      assert.ok(stats.vanished_records <= (name === 'ignoredPaging' ? 3000 : 1), JSON.stringify(stats));
      await stopAll(here);
    });
  }

  test('rows that vanish behind the reader move none of the others', async () => {
    const here = await place({ plays: 3000, days: 600, seed: 4 });
    await here.media.fault('vanishing', { rows: 7 });
    const stats = await sync(here.service);
    assert.equal(stats.status, 'completed', JSON.stringify(stats));
    const ids = new Set(await stored(here.service));
    assert.deepEqual(wanted(here.media).filter((id) => !ids.has(id)), []);
    assert.equal(stats.duplicate_records, 0);
    await stopAll(here);
  });

  test('a flood makes the window smaller, and no row is lost', async () => {
    const here = await place({ plays: 24_000, days: 600, seed: 8 }); // 10 MiB, when all come at once
    await here.media.fault('ignoredPaging');
    await begin(here.service);
    const amid = await until('some of it is stored', async () => { const { stats } = await standing(here.service); return stats.processed_records > 0 && stats; });
    if (amid.status === 'running') assert.deepEqual([amid.total_records, amid.progress_percent, amid.records_per_second >= 0], [0, 0, true], 'how much there is nobody knows');
    const stats = await ended(here.service);
    assert.deepEqual([stats.status, stats.processed_records, stats.duplicate_records], ['completed', 24_000, 0], JSON.stringify(stats));
    await assertExact(here);
    await stopAll(here);
  });

  test('ten thousand rows of one second', async () => {
    const here = await place({ plays: 600, days: 600, seed: 5, sameSecond: 10_000 });
    const stats = await sync(here.service);
    assert.deepEqual([stats.status, stats.processed_records, stats.duplicate_records], ['completed', 10_600, 0], JSON.stringify(stats));
    await assertExact(here);
    await stopAll(here);
  });

  test('rows with values of other types are stored, repaired or told of', async () => {
    const here = await place({ plays: 300, days: 100, seed: 6 });
    await here.media.fault('wrongTypes', { path: '/status/sessions/history', kind: 'rows' });
    const stats = await sync(here.service);
    assert.equal(stats.status, 'completed', JSON.stringify(stats));
    assert.equal(stats.processed_records, 300);
    assert.ok(stats.error_count > 0 && stats.imported_records > 0);
    await stopAll(here);
  });
});

describe('what is asked for', () => {
  let here;
  before(async () => { here = await place({ plays: 800, days: 400, seed: 7 }); });
  after(() => stopAll(here));

  test('libraries alone that were named', async () => {
    const { service, media } = here;
    const stats = await sync(service, { library_ids: ['1', '3'] });
    assert.equal(stats.status, 'completed', JSON.stringify(stats));
    await assertExact(here, (row) => ['1', '3'].includes(row.librarySectionID));
    assert.equal((await sync(service)).processed_records, media.history.rows.length);
    await assertExact(here);
  });

  test('of a server that does not filter by library all is read once, and chosen here', async () => {
    const other = await place({ plays: 2600, days: 400, seed: 12 });
    const { service, media } = other;
    const isMusic = (row) => row.librarySectionID === '3';
    for (const row of media.history.rows.slice(0, 1500)) if (isMusic(row)) row.librarySectionID = '9'; // long nothing of what is wanted
    await media.fault('ignoredFilters', { path: '/status/sessions/history/all' });
    for (const [library_ids, chosen] of [[['3'], isMusic], [['1', '3'], (row) => row.librarySectionID === '1' || isMusic(row)]]) {
      media.asked.length = 0;
      const stats = await sync(service, { library_ids });
      const rows = wanted(media, chosen);
      assert.deepEqual([stats.status, stats.total_records, stats.processed_records, stats.vanished_records], ['completed', rows.length, rows.length, 0], JSON.stringify(stats));
      assert.deepEqual(await stored(service), rows);
      const pages = media.asked.filter((one) => one.path.endsWith('/history/all') && one.query.some(([name, size]) => name === 'X-Plex-Container-Size' && Number(size) > 1));
      assert.ok(pages.length <= 2600 / 500 + 4, `${pages.length} pages`);
    }
    await stopAll(other);
  });

  test('rows of other libraries are not read again after a kill', async () => {
    const other = await place({ plays: 2600, days: 400, seed: 12 });
    const { service, media } = other;
    for (const row of media.history.rows.slice(0, 2000)) row.librarySectionID = '1';
    await media.fault('ignoredFilters', { path: '/status/sessions/history/all' });
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 1 });
    await begin(service, { library_ids: ['3'] });
    await until('much was passed over', async () => { const { stats } = await standing(service); return stats.total_records > 0 && stats.total_records < 1700; });
    process.kill(service.pid('plex'), 'SIGKILL');
    media.asked.length = 0;
    const stats = await ended(service);
    assert.deepEqual([stats.status, stats.vanished_records], ['completed', 0], JSON.stringify(stats));
    await assertExact(other, (row) => row.librarySectionID === '3');
    const starts = media.asked.filter((one) => one.path.endsWith('/history/all')).map((one) => Number(one.query.find(([name]) => name === 'X-Plex-Container-Start')?.[1]));
    assert.ok(starts.every((start) => start >= 400), `${starts}`);
    await stopAll(other);
  });

  test('plays tell what the server knows: names, player, item, and nothing of what is gone', async () => {
    const { service, media } = here;
    const plays = new Map((await service.exported()).map((play) => [Number(play.native_id), play]));
    const row = media.history.rows.find((one) => one.type === 'movie' && one.ratingKey && one.deviceID === 1 && one.accountID === 1 && plays.has(numberOf(one))
      && media.place.library.items.get(Number(one.ratingKey)).fate === 'kept');
    const play = plays.get(numberOf(row));
    const item = media.place.library.items.get(Number(row.ratingKey));
    assert.deepEqual([play.server_id, play.user, play.user_id, play.title, play.rating_key, play.guid, play.duration_ms, play.library, play.machine_id, play.watched, play.time_quality],
      [media.machineIdentifier, media.place.accounts[1].name, '1', row.title, row.ratingKey, item.guid, item.duration, 'Movies', media.place.devices[0].clientIdentifier, true, 'watched_at']);
    const live = plays.get(numberOf(media.history.rows.find((one) => one.live && plays.has(numberOf(one)))));
    assert.deepEqual([live.live, live.rating_key, live.guid], [true, null, null]);
    const gone = plays.get(numberOf(media.history.rows.find((one) => one.accountID === 4_900_000 && plays.has(numberOf(one)))));
    assert.deepEqual([gone.user, gone.user_id], [null, '4900000']);
  });

  test('without a server that can be meant it is refused', async () => {
    const { service, media, id } = here;
    const code = async (fields) => { const { status, body } = await start(service, fields); return `${status} ${body.code}`; };
    assert.equal(await code({ server_id: 'f'.repeat(32) }), '422 NO_PLEX_SERVER');
    assert.equal(await code({ days_back: 0 }), '400 BAD_FIELD');
    assert.equal(await code({ library_ids: ['1&accountID=2'] }), '400 BAD_FIELD');
    assert.equal((await service.patiently('DELETE /sync/plex/historical')).body.code, 'NOT_RUNNING');
    const second = await service.patiently('POST /servers', { name: 'second', address: `${media.url}/x`, token: media.tokens.owner });
    assert.equal(await code({}), '422 NO_PLEX_SERVER');
    await service.patiently(`PUT /servers/${id}`, { enabled: false });
    assert.equal(await code({ server_id: id }), '422 NO_PLEX_SERVER');
    await service.patiently(`PUT /servers/${id}`, { enabled: true });
    await service.patiently(`DELETE /servers/${second.body.server.id}`);
  });

  test('an import and a sync exclude each other, and each shows how far the other is', async (t) => {
    const { service, media } = here;
    const { file } = await makeSource('beside.db', '--rows', 20_000);
    const job = await beginSlowly(here);
    const refused = await service.patiently('POST /import/tautulli', { db_path: file });
    assert.deepEqual([refused.status, refused.body.code, refused.body.job_id], [409, 'SYNC_RUNNING', job], JSON.stringify(refused.body));
    assert.ok(refused.body.stats.processed_records >= 1 && refused.body.stats.total_records === media.history.rows.length);
    const twice = await start(service);
    assert.deepEqual([twice.status, twice.body.code, twice.body.job_id], [409, 'SYNC_RUNNING', job]);
    await media.clear();
    assert.equal((await ended(service)).status, 'completed');
    const won = { plex_historical: 0, tautulli_import: 0 };
    for (let i = 0; i < (long ? 100 : 8); i++) {
      const starts = [() => start(service), () => service.patiently('POST /import/tautulli', { db_path: file, dry_run: true })];
      if (i % 2 === 1) starts.reverse(); // who is heard first
      const answers = await Promise.all(starts.map((one) => one()));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [202, 409], JSON.stringify(answers.map(({ body }) => body)));
      const [{ body: begun }, { body: other }] = answers.sort((a, b) => a.status - b.status);
      const { operation, job_id: id, stats } = other;
      assert.deepEqual([id, stats.job_id, stats.status, other.code], [begun.job_id, id, 'running', operation === 'tautulli_import' ? 'IMPORT_RUNNING' : 'SYNC_RUNNING']);
      assert.deepEqual([typeof stats.processed_records, typeof stats.phase, typeof stats.elapsed_seconds], ['number', 'string', 'number'], JSON.stringify(other));
      won[operation]++;
      await service.patiently(operation === 'plex_historical' ? 'DELETE /sync/plex/historical' : 'DELETE /import');
      await ended(service);
      await service.end();
    }
    t.diagnostic(`first were ${JSON.stringify(won)}`);
    assert.ok(won.plex_historical > 0 && won.tautulli_import > 0, `each was first at times: ${JSON.stringify(won)}`);
  });

  test('the command line follows it, and Ctrl-C stops it', async () => {
    const { service, media } = here;
    const run = (args, whenSaid) => new Promise((resolve) => {
      const child = spawn(path.join(bin, 'playbus'), ['plex', 'sync', ...args, '--data', service.data], { stdio: ['ignore', 'pipe', 'pipe'] });
      const said = { stdout: '', stderr: '' };
      for (const name of Object.keys(said)) child[name].on('data', (text) => { said[name] += text; if (whenSaid) whenSaid(child, said); });
      child.on('close', (status) => resolve({ status, ...said }));
    });
    const whole = await run(['home', '--days', '3650', '--json']);
    assert.equal(whole.status, 0, whole.stderr);
    assert.equal(JSON.parse(whole.stdout).job.progress.processed_records, media.history.rows.length);
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 5 });
    const stopped = await run(['--days', '3650'], (child, { stderr }) => { if (/^syncing/m.test(stderr)) child.kill('SIGINT'); });
    assert.equal(stopped.status, 130, stopped.stderr);
    assert.match(stopped.stderr, /playbus plex sync --resume/);
    await media.clear();
    assert.equal((await run(['--resume'])).status, 0);
  });
});
