// SPDX-License-Identifier: MIT
// tautulli_address.test.mjs - a Tautulli by its address: registered, tested and imported from; what only its -wal has,
// what it hands out wrongly, and the same history by file, address and API in any order.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { TautulliApi } from '../support/media_server/tautulli_api.mjs';
import { playbus, tested } from './registry.mjs';
import { Service, makeSource, shell, sources, sql, until } from './service.mjs';

const servers = new Set();
async function startTautulli(options) {
  const tautulli = await TautulliApi.start(options);
  servers.add(tautulli);
  return tautulli;
}

let service;
before(async () => { service = await Service.start({ env: { PLAYBUS_IMPORT_TAUTULLI_STALE_S: '0' } }); });
after(async () => {
  await service.stop();
  await Promise.all([...servers].map((one) => one.stop()));
});

let made = 0;
/** A clean database; with `wal` newest rows that only its -wal has. */
async function fresh(rows = 500, ...options) {
  const { file } = await makeSource(`address-${made}.db`, '--rows', rows, '--seed', 700 + made, '--start', 1500000000 + made * 7919, ...options);
  made++;
  return file;
}

async function register(tautulli, of = service) {
  const { status, body } = await of.patiently('POST /servers', { name: `t${made}-${tautulli.url}`, kind: 'tautulli', address: tautulli.url, token: tautulli.key });
  assert.equal(status, 201, JSON.stringify(body));
  return body.server.id;
}

async function begin(id, more = {}, of = service) {
  const { status, body } = await of.patiently('POST /import/tautulli', { server_id: id, ...more });
  assert.equal(status, 202, JSON.stringify(body));
  return body.job_id;
}

async function imported(id, more = {}, of = service) {
  const job = await begin(id, more, of);
  const stats = await of.end();
  const { body } = await of.ask(`GET /sync/jobs/${job}`);
  return { job, stats, body };
}

describe('a Tautulli in the registry', () => {
  let tautulli;
  let id;
  before(async () => {
    tautulli = await startTautulli({ file: await fresh(20), basePath: '/tautulli' });
    id = await register(tautulli);
  });
  afterEach(() => { tautulli.fault = null; });

  test('works, and says which server it watches', async () => {
    const { said, body } = await tested(service, id);
    assert.equal(said, 'works', JSON.stringify(body));
    assert.deepEqual([body.server.kind, body.server.server_name, body.server.version], ['tautulli', 'Attic', 'v2.17.2']);
    assert.ok(!tautulli.asked[0].body.includes(tautulli.key), 'no key before it has said what it is');
  });

  const wrong = { off: 'TAUTULLI_API_OFF', signInPage: 'TAUTULLI_SIGN_IN_PAGE' };
  for (const [fault, code] of Object.entries(wrong)) {
    test(`${fault} is ${code}`, async () => {
      tautulli.fault = fault;
      assert.equal((await tested(service, id)).said, code);
    });
  }

  test('blocked before it has said what it is, it is not given the key', async () => {
    tautulli.fault = 'blocked';
    const since = tautulli.asked.length;
    assert.equal((await tested(service, id)).said, 'SERVER_FAILED');
    assert.ok(tautulli.asked.slice(since).every(({ body }) => !body.includes(tautulli.key)));
  });

  test('a wrong key is TAUTULLI_KEY_REFUSED', async () => {
    const { key } = tautulli;
    tautulli.key = 'f'.repeat(32);
    assert.equal((await tested(service, id)).said, 'TAUTULLI_KEY_REFUSED');
    tautulli.key = key;
  });

  test('another one that watches the same server is registered beside it, and is a source of its own; the same address is not', async () => {
    const other = await startTautulli({ file: await fresh(20) });
    const second = await register(other);
    const works = async (of) => (await service.patiently(`POST /servers/${of}/test`, {})).body;
    assert.equal((await works(id)).server?.test.works, true);
    assert.equal((await works(second)).server?.test.works, true);
    const body = { name: 'once more', kind: 'tautulli', address: other.url, token: other.key };
    const again = (await service.patiently('POST /servers', body)).body.server.id;
    assert.equal((await works(again)).code, 'SERVER_KNOWN');
    for (const one of [id, second]) assert.equal((await imported(one)).stats.imported_records, 20);
    assert.equal((await sql(service.history, 'SELECT count(*) FROM sources WHERE plays = 20'))[0][0], '2');
    await Promise.all([second, again].map((of) => service.patiently(`DELETE /servers/${of}`)));
  });

  test('something else at the address is no Tautulli', async () => {
    const probe = { name: 'x', kind: 'tautulli', address: tautulli.url.replace('/tautulli', ''), token: tautulli.key };
    const { body } = await service.patiently('POST /servers', probe);
    assert.equal((await tested(service, body.server.id)).said, 'NOT_A_TAUTULLI');
    assert.ok(tautulli.asked.filter(({ url }) => !url.startsWith('/tautulli')).every((one) => !one.body.includes(tautulli.key)), 'it was not given the key');
  });

  test('it has no libraries to choose, and is not synced', async () => {
    assert.equal((await service.ask(`GET /servers/${id}/libraries`)).body.code, 'ONLY_PLEX');
    const { status, body } = await service.ask(`POST /servers/${id}/sync`);
    assert.deepEqual([status, body.code], [422, 'SERVER_NOT_SYNCED']);
    assert.match(body.remedy, /playbus import/);
  });
});

const tables = ['session_history', 'session_history_metadata', 'session_history_media_info'];

/** 500 plays, the last 120 of one afternoon; and the main file that lacks these, as they are in the -wal alone. */
async function withTail(apart = 0) {
  const whole = await fresh(500, '--no-wal');
  const newestAt = Math.floor(Date.now() / 1000) - 7200 - made * 613; // no two share rows
  const main = path.join(sources, `main-${made}.db`);
  await shell(whole, `UPDATE session_history SET started = ${newestAt} - 500 + id, stopped = ${newestAt} + id WHERE id > 380;
    UPDATE session_history SET started = ${newestAt} - 3600 - ${apart} WHERE id = 380;
    UPDATE session_history_metadata SET title = 'A < B > C & D', full_title = 'A < B > C & D' WHERE id IN (7, 499);`);
  copyFileSync(whole, main);
  await shell(main, tables.map((t) => `DELETE FROM ${t} WHERE id > 380;`).join(''));
  return { whole, main };
}

async function tautulliWith(fault, { apart = 0, ...more } = {}) {
  const { whole, main } = await withTail(apart);
  const tautulli = await startTautulli({ file: whole });
  Object.assign(tautulli, { fault, staleFile: main, ...more });
  return { tautulli, whole, id: await register(tautulli) };
}

const staged = (of = service) => readdirSync(path.join(of.data, 'staging'));

describe('imported from its address', () => {
  test('all 500 plays, of which 120 are only in the -wal', async () => {
    const { whole, main } = await withTail();
    await shell(main, `ATTACH '${whole}' AS whole; PRAGMA main.journal_mode = WAL; PRAGMA main.wal_autocheckpoint = 0;
      ${tables.map((t) => `INSERT INTO main.${t} SELECT * FROM whole.${t} WHERE id > 380;`).join(' ')}`, '-cmd', '.dbconfig no_ckpt_on_close on');
    const tautulli = await startTautulli({ file: main });
    const id = await register(tautulli);
    const { stats, body } = await imported(id);
    assert.deepEqual([stats.status, stats.imported_records], ['completed', 500], JSON.stringify(stats));
    assert.match(JSON.stringify(body), /120 plays were not yet in the copy/);
    assert.equal(tautulli.downloads.count, 1, 'a tail of an afternoon is no old copy');
    const origins = await Promise.all(['min', 'max'].map(async (which) => (await service.fetched(`/history/${(await sql(service.history, `SELECT ${which}(p.id) FROM plays p JOIN jobs j ON j.no = p.job_no WHERE j.title = '${tautulli.url}'`))[0][0]}`)).rows[0].origin));
    assert.deepEqual(origins, ['address', 'api'], 'the newest are of the API');
    const again = await service.import(main);
    assert.deepEqual([again.imported_records, again.duplicate_records], [0, 500], 'the file is the same source');
    const { titles } = { titles: (await service.exported()).filter((play) => play.title === 'A < B > C & D') };
    assert.equal(titles.length, 2, 'what the API writes as entities is text again');
    assert.ok(tautulli.asked.every(({ method, url }) => method === 'POST' && url === '/api/v2'), 'the key stands in no request line');
    assert.deepEqual(staged(), [], 'what was staged is gone');
  });

  const sentences = {
    errorText: /could not make a copy of its database/,
    timeout504: /did not wait for the copy of its database \(HTTP status 504\)/,
    refused: /does not hand out its database \(HTTP status 400\)/,
  };
  for (const [fault, sentence] of Object.entries(sentences)) {
    test(`${fault}: its own sentence, and all plays by its API, with what that lacks`, async () => {
      const { id } = await tautulliWith(fault);
      const { stats, body } = await imported(id);
      assert.deepEqual([stats.status, stats.imported_records], ['completed', 500], JSON.stringify(stats));
      assert.match(JSON.stringify(body), sentence);
      assert.match(JSON.stringify(body), /does not tell libraries, positions and lengths/);
      const [[play]] = await sql(service.history, `SELECT max(p.id) FROM plays p JOIN jobs j ON j.no = p.job_no WHERE j.job_id = '${body.job.job_id}'`);
      assert.equal((await service.fetched(`/history/${play}`)).rows[0].origin, 'api');
    });
  }

  test('an old copy is asked for again twice, and then said to be one; no play is missing', async () => {
    const { tautulli, id } = await tautulliWith('stale', { apart: 9 * 86_400 });
    await shell(tautulli.staleFile, `UPDATE session_history SET started = started - 400000000`);
    const { stats, body } = await imported(id);
    assert.deepEqual([stats.status, stats.imported_records, tautulli.downloads.count], ['completed', 500, 3], JSON.stringify(stats));
    assert.match(JSON.stringify(body), /old copy of its database, thrice: its newest play is \d+ days older/);
  });

  test('an old copy that is followed by a new one is not spoken of', async () => {
    const { tautulli, id } = await tautulliWith('stale', { apart: 9 * 86_400, staleTimes: 1 });
    await shell(tautulli.staleFile, `DELETE FROM session_history WHERE id > 200`);
    const { stats, body } = await imported(id);
    assert.deepEqual([stats.imported_records, tautulli.downloads.count], [500, 2], JSON.stringify(stats));
    assert.doesNotMatch(JSON.stringify(body), /old copy|its API/);
  });

  test('a download that breaks off is begun anew; one that always does ends the import, with its sentence', async () => {
    const { tautulli, id } = await tautulliWith('cutOnce');
    const once = await imported(id);
    assert.deepEqual([once.stats.status, once.stats.imported_records, tautulli.downloads.count], ['completed', 500, 2]);
    tautulli.fault = 'cut';
    const { stats } = await imported(id);
    assert.deepEqual([stats.status, stats.error], ['error', 'The download of Tautulli\'s database broke off, each time']);
    assert.deepEqual([tautulli.downloads.most, staged()], [1, []], 'never two at once, and nothing stays');
  });

  test('a wrong key ends the import, with its sentence and nothing stored', async () => {
    const { tautulli, id } = await tautulliWith(null);
    tautulli.key = 'e'.repeat(32);
    const { stats } = await imported(id);
    assert.deepEqual([stats.status, stats.imported_records, stats.error], ['error', 0, 'Tautulli does not accept the API key']);
  });

  test('a stop amid the download takes no 2 s, is resumed by the address, and leaves nothing behind', async () => {
    const { tautulli, id } = await tautulliWith('slow');
    const job = await begin(id);
    await until('the download has begun', () => tautulli.downloads.count === 1);
    await until('a person is told', async () => /database/.test((await service.ask('GET /import/status')).body.stats.message));
    const { status, ms } = await service.ask('DELETE /import');
    assert.deepEqual([status, ms < 2000], [200, true]);
    await until('the staging folder is empty', () => staged().length === 0);
    tautulli.fault = null;
    const resumed = await service.patiently('POST /import/tautulli', { db_path: tautulli.url, resume: true });
    assert.deepEqual([resumed.status, resumed.body.job_id], [202, job], JSON.stringify(resumed.body));
    const stats = await service.end();
    assert.deepEqual([stats.status, stats.imported_records, stats.attempt], ['completed', 500, 2]);
  });

  test('kill -9 amid the download: it is done anew, and never half a database taken as whole', async () => {
    const { tautulli, id } = await tautulliWith('slow');
    await begin(id);
    await until('half of it is there', () => tautulli.downloads.count === 1 && staged().length === 1);
    process.kill(service.pid('tautulli'), 'SIGKILL');
    tautulli.fault = null;
    const stats = await service.end();
    assert.deepEqual([stats.status, stats.imported_records], ['completed', 500], JSON.stringify(stats));
    await until('the staging folder is empty', () => staged().length === 0);
  });

  test('an address that is not registered is said to be none, and the dry run says what the run does', async () => {
    const unknown = await service.ask('POST /import/tautulli', { db_path: 'http://127.0.0.1:9/tautulli' });
    assert.deepEqual([unknown.status, unknown.body.code, unknown.body.field], [404, 'SERVER_NOT_FOUND', 'db_path']);
    const { id } = await tautulliWith('stale');
    const dry = await imported(id, { dry_run: true });
    const real = await imported(id);
    assert.deepEqual([dry.stats.imported_records, real.stats.imported_records], [500, 500]);
  });

  test('validate says what it has without a download, and what is wrong with it', async () => {
    const { tautulli, whole, id } = await tautulliWith(null);
    const byFile = (await service.ask('POST /import/validate', { db_path: whole })).body;
    const { status, body } = await service.ask('POST /import/validate', { server_id: id });
    assert.equal(status, 200, JSON.stringify(body));
    const { live, ...types } = body.media_types; // which the API tells apart
    assert.deepEqual({ ...types, episode: types.episode + live }, byFile.media_types);
    for (const figure of ['total_records', 'date_range', 'server_id']) assert.deepEqual(body[figure], byFile[figure], figure);
    assert.deepEqual([body.complete, body.tautulli_version, tautulli.downloads.count], [false, 'v2.17.2', 0]);
    tautulli.fault = 'off';
    assert.equal((await service.ask('POST /import/validate', { db_path: tautulli.url })).body.code, 'TAUTULLI_API_OFF');
    assert.equal((await service.ask('POST /import/validate', { server_id: 'nothing' })).body.code, 'SERVER_NOT_FOUND');
  });

  test('playbus import ADDRESS registers it with the key from stdin, imports, and asks for no key again', async () => {
    const { whole } = await withTail();
    const tautulli = await startTautulli({ file: whole });
    const count = async () => (await service.fetched('/servers')).items.filter(({ address }) => address === tautulli.url).length;
    const refused = await playbus(service, ['import', tautulli.url], 'e'.repeat(32));
    assert.deepEqual([refused.status, await count()], [1, 0], 'with a wrong key nothing is kept');
    assert.match(refused.stderr, /Tautulli does not accept the API key/);
    const first = await playbus(service, ['import', tautulli.url, '--dry-run'], `${tautulli.key}\n`);
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /Tautulli v2\.17\.2, which watches Attic, is registered/);
    const second = await playbus(service, ['import', `${tautulli.url}/`]);
    assert.deepEqual([second.status, await count()], [0, 1], second.stderr);
    assert.match(second.stdout, /500/);
  });

  test('the key stands in no log, answer or file but the sealed one', async () => {
    const answers = await Promise.all(['/servers', '/sync/jobs', '/audit/events', '/import/status'].map((where) => service.fetched(where)));
    assert.ok(!JSON.stringify(answers).includes('0123456789abcdef0123456789abcdef'));
    assert.ok(!service.logged.includes('0123456789abcdef0123456789abcdef'));
  });
});

describe('by file, by address and by its API', () => {
  /** An export without our own numbers. */
  const bare = async (of) => (await of.exported()).map(({ id, sources: told, ...play }) => ({ ...play, sources: told.map(({ job_id: job, ...one }) => one) }));
  let whole;
  let first;
  before(async () => { ({ whole } = await withTail()); });

  for (const order of ['FAP', 'FPA', 'AFP', 'APF', 'PFA', 'PAF']) {
    test(`in the order ${order} they are one source, no second play, and the same export`, async () => {
      const of = await Service.start();
      const tautulli = await startTautulli({ file: whole });
      const id = await register(tautulli, of);
      const found = [];
      for (const road of order) {
        tautulli.fault = road === 'P' ? 'refused' : null;
        const stats = road === 'F' ? await of.import(whole) : (await imported(id, {}, of)).stats;
        assert.equal(stats.status, 'completed', JSON.stringify(stats));
        found.push(stats.imported_records);
      }
      assert.deepEqual(found, [500, 0, 0]);
      const plays = await bare(of);
      first ??= plays;
      assert.deepEqual(plays, first);
      assert.equal((await sql(of.history, 'SELECT count(*) FROM sources'))[0][0], '1');
      await of.stop();
    });
  }
});
