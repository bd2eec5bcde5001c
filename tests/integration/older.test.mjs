// SPDX-License-Identifier: MIT
// older.test.mjs - a data folder of the version before opens: with a backup beside it, the same plays row
// for row, the same jobs; what was resumable goes on, and what was stored twice is told. The folder is
// made by that version itself, checked out and built here.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { listen } from './notified.mjs';
import { Service, bin, figures, long, makeSource, root, shell, sources, sql, until } from './service.mjs';

const version = 'd8fdc84';
const isHere = (() => {
  try {
    execFileSync('git', ['-C', root, 'cat-file', '-e', `${version}^{commit}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const skip = isHere ? false : `this clone does not hold ${version}: fetch its whole history`;
const place = path.join(root, 'build', `older-${version}`);
const programs = path.join(place, 'build', 'bin');

/** Builds the programs of the version before, once for each clone. */
function buildOlder() {
  if (existsSync(path.join(programs, 'playbus-history'))) return;
  mkdirSync(place, { recursive: true });
  const quiet = { cwd: place, stdio: ['ignore', 'ignore', 'inherit'] };
  execFileSync('sh', ['-c', `git -C '${root}' archive ${version} | tar -x`], quiet);
  execFileSync('cmake', ['-G', 'Ninja', '-S', '.', '-B', 'build', '-DPLAYBUS_WEB=OFF',
    '-DCMAKE_BUILD_TYPE=None', '-DCMAKE_C_FLAGS=-O0 -U_FORTIFY_SOURCE'], quiet); // built quicker than run
  execFileSync('ninja', ['-C', 'build'], quiet);
}

async function copyOf(file, name, statement) {
  const copy = path.join(sources, name);
  copyFileSync(file, copy);
  await shell(copy, statement);
  return copy;
}

async function everyPlay(service) {
  const items = [];
  for (let next = ''; next !== null;) {
    const page = await service.fetched(`/history?detail=full&limit=1000${next && `&cursor=${encodeURIComponent(next)}`}`);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

async function everyJob(service) {
  const { items } = await service.fetched('/sync/jobs?limit=1000');
  const receipts = [];
  for (const { job_id: id, operation, progress } of items) {
    if (operation === 'regroup') continue;
    const { receipt: { by_reason: reasons, by_month: months, by_user: users, repairs } } = await service.fetched(`/sync/jobs/${id}`);
    receipts.push({ id, ...figures(progress), reasons, months, users, repairs });
  }
  return receipts;
}

const files = {};
let data;
let then;

before(async () => {
  if (!isHere) return;
  buildOlder();
  files.dirty = (await makeSource('older-dirty.db', '--rows', 2000, '--dirty', '--seed', 5)).file;
  files.whole = (await makeSource('older-whole.db', '--rows', 500, '--seed', 6, '--start', 1500000000)).file;
  files.open = await copyOf(files.whole, 'older-open.db', 'UPDATE session_history SET stopped = 0, view_offset = 5 WHERE id <= 40');
  files.branch = await copyOf(files.dirty, 'older-branch.db',
    "UPDATE session_history SET started = started + 9 WHERE id > 1900 AND typeof(started) = 'integer'");
  files.rekeyed = await copyOf(files.whole, 'older-rekeyed.db', 'UPDATE session_history SET rating_key = rating_key + 7000000');
  files.large = (await makeSource('older-large.db', '--rows', 60000, '--seed', 8, '--start', 1100000000)).file;
  const older = await Service.start({ programs });
  data = older.data;
  try {
    for (const name of ['dirty', 'branch', 'open', 'whole', 'rekeyed']) {
      assert.equal((await older.import(files[name])).status, 'completed', name);
    }
    await older.begin(files.large);
    await until('some rows', async () => (await older.ask('GET /import/status')).body.stats.processed_records > 0);
    assert.equal((await older.ask('DELETE /import')).status, 200);
    then = { plays: await everyPlay(older), jobs: await everyJob(older) };
  } finally {
    await older.stop();
  }
});

let service;
after(() => service?.stop());

test('it opens with a backup beside it, and its plays and jobs are the same', { skip }, async () => {
  service = await Service.start({ data });
  assert.ok(readdirSync(data).includes('history.db.before-2'));
  await until('plays decided anew', async () => (await service.fetched('/sync/jobs?operation=regroup')).items[0]?.progress.status === 'completed');
  const plays = await everyPlay(service);
  const before = new Map(then.plays.map((play) => [play.id, play]));
  for (const { person, ...play } of plays) {
    play.sources = play.sources.map(({ server_id: server, ...source }) => source); // both are new in the answer
    const { sources: told, ...rest } = play;
    const { sources: toldBefore, ...restBefore } = before.get(play.id);
    if (told.length === toldBefore.length) assert.deepEqual(play, before.get(play.id));
    else assert.deepEqual([rest.started_at, rest.stopped_at, rest.user_id, rest.full_title],
      [restBefore.started_at, restBefore.stopped_at, restBefore.user_id, restBefore.full_title]);
  }
  assert.deepEqual(await everyJob(service), then.jobs);
});

test('what the version before stored twice is one play, told by both', { skip }, async () => {
  const plays = await everyPlay(service);
  assert.equal(plays.length, then.plays.length - 500); // the rekeyed database was taken for another
  assert.equal(plays.filter(({ sources: told }) => told.some(({ reason }) => reason === 'same_times')).length, 500);
  const { doubled_plays: doubled } = await service.fetched('/import/status');
  assert.equal(doubled, undefined);
});

test('every row of its jobs has a number and a version now', { skip }, async () => {
  const [[rows, numbers]] = await sql(service.history, `SELECT count(*), count(DISTINCT no) FROM
    (SELECT id AS no FROM plays WHERE grouped IS NULL UNION ALL SELECT no FROM play_sources)`);
  assert.equal(rows, numbers);
  assert.ok(Number(rows) >= then.plays.length);
  const versions = await sql(service.history, 'SELECT version, count(*) FROM row_versions GROUP BY 1');
  assert.deepEqual(versions, [['1', '40'], ['2', '40']]); // the stops that a later import filled in
});

test('the run-lists of each job tell of as many new rows as the job does', { skip }, async () => {
  const numbers = (hex) => {
    const bytes = [...Buffer.from(hex, 'hex')];
    const next = () => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes.shift();
        value |= BigInt(byte & 127) << shift;
        if (byte < 128) return value;
      }
    };
    let rows = 0;
    while (bytes.length > 0) {
      next(); // the gap
      const length = Number(next());
      next(); // the version
      if (bytes.shift() === 0) rows += length;
    }
    return rows;
  };
  for (const [no, imported] of await sql(service.history, 'SELECT no, imported FROM jobs WHERE NOT dry_run')) {
    const lists = await sql(service.history, `SELECT hex(runs) FROM job_batches WHERE job_no = ${no}`);
    assert.equal(lists.reduce((sum, [hex]) => sum + numbers(hex ?? ''), 0), Number(imported), `job ${no}`);
  }
});

test('its databases are known, and what could be resumed goes on to the end', { skip }, async () => {
  for (const name of ['open', 'whole', 'rekeyed', 'branch', 'dirty']) {
    const done = await service.import(files[name]);
    assert.equal(done.imported_records, 0, name);
    // the stop that the version before filled in brings its position now, once
    if (name === 'whole') assert.equal(done.updated_records, 40);
  }
  const done = await service.import(files.large, { resume: true });
  assert.equal(done.status, 'completed', JSON.stringify(done));
  assert.equal(done.imported_records, 60000);
  assert.equal(done.progress_percent, 100);
});

test('a million plays of it are brought up to date within what systemd allows a start', { skip: skip || (long ? false : 'it takes minutes: LONG=1') }, async (t) => {
  const unit = { startMs: 90_000, extendedMs: 30_000 }; // systemd's own, and what a start asks for again and again
  const old = await Service.start({ programs });
  await old.begin((await makeSource('million.db', '--rows', 1_000_000)).file);
  assert.equal((await old.end(1_200_000)).imported_records, 1_000_000);
  await old.stop();
  const told = await listen(path.join(sources, 'notify'));
  const began = Date.now();
  const child = spawn(path.join(bin, 'playbus'), ['up', '--data', old.data, '--listen', '127.0.0.1:0'], { env: { ...process.env, NOTIFY_SOCKET: told.socket }, stdio: 'ignore' });
  after(() => child.kill());
  const ready = await until('READY', () => told.states.find(({ state }) => /^READY=1/.test(state)), 1_200_000);
  const words = told.states.filter(({ at, state }) => at <= ready.at && /EXTEND_TIMEOUT_USEC|READY=1/.test(state)).map(({ at }) => at);
  t.diagnostic(`ready after ${ready.at - began} ms, word of it after ${words[0] - began} ms, then every ${Math.max(...words.map((at, i) => at - (words[i - 1] ?? at)))} ms or sooner`);
  assert.ok(words[0] - began < unit.startMs);
  assert.ok(words.every((at, i) => i === 0 || at - words[i - 1] < unit.extendedMs), `${words}`);
  child.kill('SIGTERM');
  await new Promise((resolve) => { child.on('exit', resolve); });
});
