// SPDX-License-Identifier: MIT
// import.test.mjs - what an import stores, skips and refuses, against what the source was made of.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { Service, figures, makeSource, run, shell, sources, sql, until } from './service.mjs';

let service;
before(async () => { service = await Service.start(); });

const stateOf = (file) => [file, `${file}-wal`, `${file}-shm`].map((name) => {
  const stat = statSync(name, { throwIfNoEntry: false });
  return stat && `${path.basename(name)} ${stat.size} ${name.endsWith('-shm') ? '' : stat.mtimeMs}`;
});

/** All pages of a list. */
async function all(from, where) {
  const items = [];
  let cursor = null;
  do {
    const more = cursor === null ? '' : `${where.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await from.ask(`GET ${where}${more}`);
    assert.equal(status, 200, JSON.stringify(body));
    items.push(...body.items);
    cursor = body.next;
  } while (cursor !== null);
  return items;
}

/** Every rejected row, by id and reason, and the totals: as the manifest has them. */
async function matchesManifest(from, stats, manifest) {
  const { expected, kinds } = manifest;
  assert.equal(stats.status, 'completed', JSON.stringify(stats));
  assert.equal(stats.total_records, expected.total);
  assert.equal(stats.processed_records, stats.imported_records + stats.skipped_records + stats.error_count);
  assert.equal(stats.imported_records, expected.imported);
  assert.equal(stats.duplicate_records, expected.duplicates);
  assert.equal(stats.error_count, expected.errors);
  const wrong = await all(from, `/import/errors?job=${stats.job_id}&limit=1000`);
  const byCode = {};
  for (const { code } of wrong) byCode[code] = (byCode[code] ?? 0) + 1;
  assert.deepEqual(byCode, expected.errors_by_code);
  for (const kind of kinds.filter((k) => k.outcome === 'error')) {
    const rejected = new Set(wrong.filter((row) => row.code === kind.code).map((row) => row.record_id));
    assert.ok(kind.ids.every((id) => rejected.has(id)), `${kind.kind}: ${kind.code}`);
  }
}

for (const [seed, schema] of ['v1.0', 'v1.4.25', 'v2.2', 'v2.7', 'v2.17.2'].entries()) {
  test(`a dirty database of ${schema} is accounted for row by row, and not touched`, async () => {
    const { file, manifest } = await makeSource(`dirty-${schema}.db`, '--rows', 4000, '--schema', schema, '--dirty', '--seed', 400 + seed);
    const before = stateOf(file);
    const beside = readdirSync(sources).length;
    await matchesManifest(service, await service.import(file), manifest);
    assert.deepEqual(stateOf(file), before);
    assert.equal(readdirSync(sources).length, beside);
  });
}

test('four workers and batches of 100 rows store what one worker does', async () => {
  const { file, manifest } = await makeSource('four.db', '--rows', 6000, '--dirty', '--seed', 44);
  const many = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '100' }, options: ['--workers', '4'] });
  const one = await Service.start();
  const stats = await many.import(file);
  await matchesManifest(many, stats, manifest);
  assert.deepEqual(figures(await one.import(file)), figures(stats));
  assert.equal(await many.plays(), await one.plays());
  await many.stop();
  await one.stop();
});

test('a second import stores nothing and reports every storable row as a duplicate, the errors again', async () => {
  const { file, manifest } = await makeSource('twice.db', '--rows', 5000, '--dirty', '--seed', 3);
  const first = await service.import(file);
  const second = await service.import(file);
  assert.equal(second.imported_records, 0);
  assert.equal(second.duplicate_records, first.imported_records + first.duplicate_records);
  assert.equal(second.error_count, manifest.expected.errors);
});

test('a newer copy, a copy under another name and one that lost its first rows add only what is new', async () => {
  const { file } = await makeSource('grows.db', '--rows', 3000, '--seed', 21);
  const copy = path.join(sources, 'renamed.db');
  copyFileSync(file, copy);
  const lost = path.join(sources, 'lost.db');
  copyFileSync(file, lost);
  for (const table of ['session_history', 'session_history_metadata', 'session_history_media_info']) {
    await run('sqlite3', file, `DELETE FROM ${table} WHERE id > 2000`);
    await run('sqlite3', lost, `DELETE FROM ${table} WHERE id <= 1000`);
  }
  const fresh = await Service.start();
  assert.equal((await fresh.import(file)).imported_records, 2000);
  const newer = await fresh.import(copy);
  assert.deepEqual([newer.imported_records, newer.duplicate_records], [1000, 2000]);
  const later = await fresh.import(lost);
  assert.deepEqual([later.imported_records, later.duplicate_records], [0, 2000]);
  assert.deepEqual(await sql(fresh.history, 'SELECT count(*), count(DISTINCT source_id) FROM plays'), [['3000', '1']]);
  await fresh.stop();
});

test('an upgraded copy adds nothing: new columns do not make a play new', async () => {
  const { file } = await makeSource('old.db', '--rows', 1500, '--schema', 'v2.7', '--dirty', '--seed', 8);
  const before = await service.import(file);
  const upgraded = path.join(sources, 'upgraded.db');
  copyFileSync(file, upgraded);
  await run('sqlite3', upgraded, `ALTER TABLE session_history_metadata ADD COLUMN marker_credits_first INTEGER DEFAULT NULL;
    ALTER TABLE session_history_media_info ADD COLUMN subtitle_forced INTEGER; ALTER TABLE session_history_media_info ADD COLUMN subtitle_language TEXT`);
  const after = await service.import(upgraded);
  assert.equal(after.imported_records, 0);
  assert.equal(after.duplicate_records, before.imported_records + before.duplicate_records);
});

test('two servers with the same row ids and a reinstalled Tautulli do not collide', async () => {
  const fresh = await Service.start();
  for (const [name, seed, server, start] of [['a.db', 31, 'a'.repeat(40), 1500000000], ['b.db', 32, 'b'.repeat(40), 1500000000],
    ['a-reinstalled.db', 33, 'a'.repeat(40), 1510000000]]) {
    const { file } = await makeSource(name, '--rows', 1000, '--seed', seed, '--server-id', server, '--start', start);
    assert.equal((await fresh.import(file)).imported_records, 1000, name);
  }
  assert.deepEqual(await sql(fresh.history, 'SELECT count(*), count(DISTINCT source_id) FROM plays'), [['3000', '3']]);
  await fresh.stop();
});

test('rows that are only in the -wal of a live database are imported too', async () => {
  const { file, manifest } = await makeSource('live.db', '--rows', 2000, '--wal', '--seed', 5);
  const before = stateOf(file);
  const stats = await service.import(file);
  assert.equal(stats.imported_records, manifest.expected.imported);
  assert.deepEqual(stateOf(file).slice(0, 2), before.slice(0, 2));
});

test('a backup zip is imported like the database in it', async () => {
  const { file, manifest } = await makeSource('tautulli.db', '--rows', 1200, '--seed', 6);
  const zip = path.join(sources, 'tautulli.backup-20250101000000.db.zip');
  await run('zip', '-qj', zip, file);
  const stats = await service.import(zip);
  assert.equal(stats.imported_records, manifest.expected.imported);
});

test('a dry run predicts the run that follows and leaves nothing but its job', async () => {
  const { file } = await makeSource('dry.db', '--rows', 5000, '--dirty', '--seed', 77);
  const counts = () => sql(service.history, `SELECT (SELECT count(*) FROM plays), (SELECT count(*) FROM items),
    (SELECT count(*) FROM sources), (SELECT count(*) FROM play_sources), (SELECT count(*) FROM dry_keys)`);
  const before = await counts();
  const dry = await service.import(file, { dry_run: true });
  assert.equal(dry.dry_run, true);
  assert.deepEqual(await counts(), before);
  const real = await service.import(file);
  assert.deepEqual(figures(dry), figures(real));
  const receipt = async (job) => (await service.ask(`GET /sync/jobs/${job}`)).body.receipt;
  assert.deepEqual(await receipt(dry.job_id), await receipt(real.job_id));
});

test('the receipt accounts for every row in every dimension', async () => {
  const { file, manifest } = await makeSource('receipt.db', '--rows', 3000, '--dirty', '--seed', 12);
  const stats = await service.import(file);
  const { receipt } = (await service.ask(`GET /sync/jobs/${stats.job_id}`)).body;
  for (const lines of [receipt.by_user, receipt.by_month, receipt.by_library]) {
    const sum = lines.reduce((n, line) => n + line.imported + line.duplicate + line.merged + line.error, 0);
    assert.equal(sum, manifest.expected.total);
  }
});

test('of two starts at the same instant exactly one is accepted, the other told of the running job', async () => {
  const { file } = await makeSource('race.db', '--rows', 300, '--seed', 15);
  for (let round = 0; round < 100; round++) {
    const answers = await Promise.all([1, 2].map(() => service.ask('POST /import/tautulli', { db_path: file })));
    const statuses = answers.map((a) => a.status).sort();
    if (statuses[1] === 202) {
      // The first had ended before the second was asked: then they were not simultaneous.
      assert.notEqual(answers[0].body.job_id, answers[1].body.job_id);
    } else {
      assert.deepEqual(statuses, [202, 409]);
      const refused = answers.find((a) => a.status === 409).body;
      assert.equal(refused.code, 'IMPORT_RUNNING');
      assert.equal(refused.details.job_id, answers.find((a) => a.status === 202).body.job_id);
      assert.ok(refused.details.stats.total_records >= 0);
    }
    await service.end();
  }
});

test('stop answers within 2 s at any point, resume goes on to every row once and exactly 100 percent', async () => {
  const { file } = await makeSource('stop.db', '--rows', 60_000, '--seed', 90);
  const { file: other } = await makeSource('other.db', '--rows', 500, '--seed', 91);
  const fresh = await Service.start();
  let percent = 0;
  const look = async () => {
    const { stats } = await fresh.fetched('/import/status');
    assert.ok(stats.progress_percent >= percent);
    percent = stats.progress_percent;
    return stats;
  };
  const job = await fresh.begin(file);
  const took = [];
  for (const rows of [1, 10_000, 20_000]) {
    await until(`${rows} rows`, async () => (await look()).processed_records >= rows);
    const { status, body, ms } = await fresh.ask('DELETE /import');
    assert.equal(status, 200, JSON.stringify(body));
    took.push(ms);
    assert.equal(body.stats.status, 'cancelled');
    const wrong = await fresh.ask('POST /import/tautulli', { db_path: other, resume: true });
    assert.equal(wrong.status, 422);
    assert.equal(wrong.body.code, 'RESUME_MISMATCH');
    assert.equal(await fresh.begin(file, { resume: true }), job);
  }
  await until('the end', async () => (await look()).status !== 'running', 240_000);
  assert.ok(took.filter((ms) => ms < 2000).length >= 2, `${took} ms`); // one later, on a machine that has other work too
  assert.equal(percent, 100);
  assert.deepEqual(await sql(fresh.history, 'SELECT count(*), count(DISTINCT native_id) FROM plays'), [['60000', '60000']]);
  await fresh.stop();
});

test('a database put in the place of the one being imported ends the job, and nothing of it is stored', async () => {
  const { file } = await makeSource('replaced.db', '--rows', 60_000, '--seed', 61);
  const { file: other } = await makeSource('instead.db', '--rows', 60_000, '--seed', 62);
  const kept = path.join(sources, 'kept.db');
  const fresh = await Service.start();
  await fresh.begin(file);
  await until('the first rows', async () => (await fresh.fetched('/import/status')).stats.processed_records > 0);
  process.kill(fresh.pid('import-worker-1'), 'SIGSTOP'); // it is not over before the other one stands there
  renameSync(file, kept);
  renameSync(other, file);
  // A service that starts again has to open what stands there now.
  for (const actor of ['import-worker-1', 'tautulli']) process.kill(fresh.pid(actor), 'SIGKILL');
  const stats = await fresh.end();
  assert.equal(stats.status, 'error', JSON.stringify(stats));
  assert.equal(stats.error_code, 'RESUME_MISMATCH');
  const [[foreign]] = await sql(fresh.history, `ATTACH '${kept}' AS kept; SELECT count(*) FROM plays WHERE NOT EXISTS
    (SELECT 1 FROM kept.session_history AS h WHERE h.id = native_id AND h.started * 1000 = started_at)`);
  assert.equal(foreign, '0');
  await fresh.stop();
});

test('a journal that nobody rolls back any more holds up no import', async () => {
  const { file } = await makeSource('journal.db', '--rows', 500, '--seed', 71);
  await shell(file, "PRAGMA journal_mode = persist; UPDATE users SET friendly_name = 'x'");
  assert.ok(statSync(`${file}-journal`).size > 0);
  const { status, imported_records: imported } = await service.import(file);
  assert.deepEqual([status, imported], ['completed', 500]);
});

/** Descriptors of a service's workers on a file of this folder, deleted or not. */
const openIn = (from, folder) => readdirSync(`/proc/${from.pid('import-worker-1')}/fd`).filter((fd) => {
  try {
    return readlinkSync(`/proc/${from.pid('import-worker-1')}/fd/${fd}`).startsWith(folder);
  } catch {
    return false; // closed meanwhile
  }
});

test('a Tautulli that is upgraded in mid-import is read to the end, and then left alone', async () => {
  const { file } = await makeSource('upgraded-live.db', '--rows', 3000, '--schema', 'v2.2', '--seed', 72);
  const tautulli = spawn('sqlite3', ['-cmd', '.timeout 60000', file], { stdio: ['pipe', 'ignore', 'inherit'] });
  const does = (statement) => tautulli.stdin.write(`${statement};\n`);
  does('PRAGMA journal_mode = wal');
  does('UPDATE users SET user_id = user_id'); // it keeps the file open, and its -wal with it
  await until('the -wal', () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size > 0);
  const fresh = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '20' }, options: ['--workers', '1'] });
  await fresh.begin(file);
  await until('the first rows', async () => (await fresh.fetched('/import/status')).stats.processed_records > 0);
  const worker = fresh.pid('import-worker-1');
  process.kill(worker, 'SIGSTOP');
  does('ALTER TABLE session_history ADD COLUMN section_id INTEGER');
  does('UPDATE session_history SET section_id = (SELECT m.section_id FROM session_history_metadata AS m WHERE m.id = session_history.id)');
  does('ALTER TABLE session_history_metadata DROP COLUMN section_id');
  await until('the upgrade', async () => (await sql(file, "SELECT count(*) FROM pragma_table_info('session_history_metadata') WHERE name = 'section_id'"))[0][0] === '0');
  process.kill(worker, 'SIGCONT');
  const { status, imported_records: imported } = await fresh.end();
  assert.deepEqual([status, imported], ['completed', 3000]);
  await until('nothing of it is open any more', () => openIn(fresh, sources).length === 0);
  tautulli.stdin.end();
  await fresh.stop();
});

test('what cannot be imported is refused in one clear sentence', async () => {
  const html = path.join(sources, 'page.db');
  writeFileSync(html, '<html><body>Not a database</body></html>'.repeat(100));
  const { file } = await makeSource('whole.db', '--rows', 2000, '--seed', 2);
  const cut = path.join(sources, 'cut.db');
  writeFileSync(cut, readFileSync(file).subarray(0, 300_000));
  const foreign = path.join(sources, 'foreign.db');
  await run('sqlite3', foreign, 'CREATE TABLE notes (id INTEGER PRIMARY KEY, text)');
  writeFileSync(path.join(sources, 'empty.db'), '');
  for (const [name, status, code] of [['page.db', 422, 'NOT_TAUTULLI'], ['cut.db', 422, 'DATABASE_DAMAGED'], ['foreign.db', 422, 'NOT_TAUTULLI'],
    ['empty.db', 422, 'NOT_TAUTULLI'], ['nothing.db', 404, 'FILE_NOT_FOUND'], ['../../../../etc/passwd', 403, 'PATH_NOT_ALLOWED']]) {
    const answer = await service.ask('POST /import/tautulli', { db_path: path.join(sources, name) });
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${name}: ${JSON.stringify(answer.body)}`);
    assert.ok(answer.body.error.length > 10 && answer.body.remedy.length > 10);
    assert.ok(answer.ms < 20_000, `${answer.ms} ms`);
  }
});

/** A copy without the page of a leaf of session_history: the rows behind it cannot be reached from before it. */
async function damagedCopy(file, name) {
  const broken = path.join(sources, name);
  const bytes = readFileSync(file);
  const [[page]] = await sql(file, "SELECT pageno FROM dbstat WHERE name='session_history' AND pagetype='leaf' ORDER BY path LIMIT 1 OFFSET 200");
  bytes.fill(0, (page - 1) * 4096, page * 4096);
  writeFileSync(broken, bytes);
  return broken;
}

test('damaged pages end the job in error, what could be read is stored, the text says where it broke', async () => {
  const { file } = await makeSource('pages.db', '--rows', 20_000, '--seed', 4);
  const broken = await damagedCopy(file, "it's broken.db");
  const fresh = await Service.start();
  const stats = await fresh.import(broken);
  assert.equal(stats.status, 'error');
  assert.equal(stats.error_code, 'DATABASE_DAMAGED');
  assert.match(stats.error, /id \d+/);
  assert.ok(stats.imported_records > 0);
  assert.equal(stats.total_records, 20_000, 'an index that is sound knows how many rows there were');
  assert.deepEqual(await sql(fresh.history, 'SELECT count(*) FROM plays'), [[String(stats.imported_records)]]);

  const { body: { warnings } } = await fresh.patiently('POST /import/validate', { db_path: broken });
  const [command] = /sqlite3 .*$/.exec(stats.remedy);
  assert.ok(warnings.some((one) => one.endsWith(command)), 'the check and the receipt say the same');
  const again = await fresh.import(broken, { resume: true });
  assert.equal(again.error, `${stats.error}, as before: nothing has changed there`);

  // What is told to be typed makes the file that goes on, to the rows behind the damage.
  execFileSync('bash', ['-c', command], { stdio: 'ignore' });
  const whole = await fresh.import(path.join(sources, "it's broken-mended.db"), { resume: true });
  assert.equal(whole.status, 'completed', JSON.stringify(whole));
  assert.equal(whole.job_id, stats.job_id);
  assert.ok(whole.imported_records > 19_900 && whole.imported_records < 20_000, `${whole.imported_records}`);
  await fresh.stop();
});

test('where no index knows the rows of a damaged database, it is said that not all are counted', async () => {
  const { file } = await makeSource('unindexed.db', '--rows', 20_000, '--seed', 5);
  const indexes = await sql(file, "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'session_history' AND sql NOT NULL");
  await shell(file, indexes.map(([name]) => `DROP INDEX ${name};`).join(''));
  const fresh = await Service.start();
  const stats = await fresh.import(await damagedCopy(file, 'unindexed-broken.db'));
  assert.equal(stats.error_code, 'DATABASE_DAMAGED');
  assert.ok(stats.total_records < 20_000);
  const { receipt } = (await fresh.ask(`GET /sync/jobs/${stats.job_id}`)).body;
  assert.match(receipt.warnings[0], /^Pages of this database were damaged .* only how many could be reached$/);
  await fresh.stop();
});

test('a resume that is refused says what became of that import, and which other one could go on', async () => {
  const { file } = await makeSource('done.db', '--rows', 300, '--seed', 6);
  const { file: large } = await makeSource('halfway.db', '--rows', 60_000, '--seed', 7);
  const fresh = await Service.start();
  const refused = async (db) => (await fresh.patiently('POST /import/tautulli', { db_path: db, resume: true })).body;
  const { job_id: job } = await fresh.import(file);
  const said = `There is nothing to resume: the import of this database completed (job ${job.slice(0, 8)})`;
  assert.deepEqual([(await refused(file)).code, (await refused(file)).error], ['NOTHING_TO_RESUME', said]);
  await fresh.begin(large);
  if ((await fresh.ask('DELETE /import')).status !== 200) return fresh.stop(); // it was over
  assert.deepEqual([(await refused(file)).code, (await refused(file)).error], ['NOTHING_TO_RESUME', said]);
  const { file: third } = await makeSource('third.db', '--rows', 100, '--seed', 8);
  const other = await refused(third);
  assert.deepEqual([other.code, other.error], ['RESUME_MISMATCH', `The import that can be resumed is of another database: ${large}`]);
  await fresh.stop();
});
