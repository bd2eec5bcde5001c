// SPDX-License-Identifier: MIT
// recognition.test.mjs - a database that its owner changed, restored, cut, cloned or mended is still the
// same source: what is known is a duplicate, what is new comes in, whatever came first.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Service, makeSource, shell, sources, sql, until } from './service.mjs';

let service;
before(async () => { service = await Service.start(); });
after(() => service.stop());

let made = 0;
/** A clean database with a clock of its own. */
async function fresh(rows = 600, ...options) {
  const { file } = await makeSource(`same-${made}.db`, '--rows', rows, '--seed', 9000 + made,
    '--start', 1400000000 + made * 7919, ...options);
  made++;
  return file;
}

/** A copy of a database, changed by its owner. */
async function changed(file, statement) {
  const copy = path.join(sources, `same-${made++}.db`);
  copyFileSync(file, copy);
  if (statement) await shell(copy, statement);
  return copy;
}

const keys = async (file) => new Set((await sql(file, 'SELECT id, CAST(started AS INTEGER) FROM session_history')).map((row) => row.join(':')));

/** Validate, dry run and run of a file say the same: what they say. */
async function agree(file, more = {}) {
  const said = (await service.patiently('POST /import/validate', { db_path: file })).body;
  const dry = await service.import(file, { ...more, dry_run: true });
  const done = await service.import(file, more);
  assert.equal(done.status, 'completed', JSON.stringify(done));
  for (const figure of ['imported_records', 'duplicate_records', 'updated_records', 'error_count', 'total_records']) {
    assert.equal(dry[figure], done[figure], `${figure} of the dry run`);
  }
  assert.equal(said.total_records, done.total_records);
  assert.equal(said.already_imported, done.duplicate_records, 'what validate says is imported already');
  return done;
}

const rekey = (where = '') => ['rating_key', 'parent_rating_key', 'grandparent_rating_key']
  .flatMap((key) => ['session_history', 'session_history_metadata'].map((table) => `UPDATE ${table} SET ${key} = ${key} + 7000000 WHERE ${key} <> '' ${where};`))
  .join('') + `UPDATE session_history_media_info SET rating_key = rating_key + 7000000 WHERE true ${where};`;

/** The table anew without declared types, so that numbers can be text and REAL. */
const typeless = (table, columns) => `CREATE TABLE mended (${columns.map((name) => (name === 'id' ? 'id INTEGER PRIMARY KEY' : name)).join(', ')});
  INSERT INTO mended SELECT ${columns.map((name) => (name === 'id' ? name : `CAST(${name} AS TEXT)`)).join(', ')} FROM ${table};
  DROP TABLE ${table}; ALTER TABLE mended RENAME TO ${table};`;
async function mended(file) {
  let statement = '';
  for (const table of ['session_history', 'session_history_metadata', 'session_history_media_info']) {
    statement += typeless(table, (await sql(file, `SELECT name FROM pragma_table_info('${table}')`)).flat());
  }
  return changed(file, statement);
}

describe('a second import of a changed database is 0 new', () => {
  const changes = {
    'not changed at all': () => '',
    'all items rekeyed': () => rekey(),
    'the items of one library rekeyed': () => rekey('AND id IN (SELECT id FROM session_history WHERE section_id = 1)'),
    'users replaced': () => 'UPDATE session_history SET user_id = user_id + 900000, user = \'new-\' || user; UPDATE users SET user_id = user_id + 900000, username = \'new-\' || username',
    'users and items replaced': () => `${rekey()} UPDATE session_history SET user_id = 4242`,
    'starts that became text': () => 'ALTER TABLE session_history RENAME COLUMN started TO was; ALTER TABLE session_history ADD COLUMN started; UPDATE session_history SET started = CAST(was AS TEXT)',
    'starts that became REAL': () => 'ALTER TABLE session_history RENAME COLUMN started TO was; ALTER TABLE session_history ADD COLUMN started; UPDATE session_history SET started = was + 0.5',
    'its head pruned': () => 'DELETE FROM session_history WHERE id <= 300',
    'all but three rows pruned': () => 'DELETE FROM session_history WHERE id NOT IN (100, 301, 502)',
    'all but one row pruned': () => 'DELETE FROM session_history WHERE id <> 301',
    'cloned to another server': () => 'UPDATE library_sections SET server_id = \'another-server\'',
  };
  for (const [name, statement] of Object.entries(changes)) {
    test(name, async () => {
      const file = await fresh();
      assert.equal((await service.import(file)).imported_records, (await keys(file)).size);
      const again = await agree(await changed(file, statement()));
      assert.equal(again.imported_records, 0);
      assert.equal(again.duplicate_records, again.total_records);
    });
  }

  test('columns that lost their types', async () => {
    const file = await fresh();
    await service.import(file);
    const again = await agree(await mended(file));
    assert.equal(again.imported_records, 0);
    assert.equal(again.updated_records, 0); // nothing else was said
  });

  test('a dirty one, too', async () => {
    const { file } = await makeSource(`same-${made++}.db`, '--rows', 2000, '--dirty', '--seed', 777, '--start', 1300000000);
    const first = await service.import(file);
    const again = await agree(await changed(file, rekey()));
    assert.equal(again.imported_records, 0);
    assert.equal(again.error_count, first.error_count);
  });
});

test('what changed without completing anything is counted and named', async () => {
  const file = await fresh();
  await service.import(file);
  const done = await service.import(await changed(file, 'UPDATE session_history SET user_id = 4343, user = \'someone\' WHERE id <= 399'));
  const { receipt } = await service.fetched(`/sync/jobs/${done.job_id}`);
  assert.deepEqual(receipt.changed, [{ key: 'user', n: 399 }]);
  assert.equal(receipt.by_reason.find(({ key }) => key === 'changed').n, 399);
  assert.equal(receipt.completed.length, 0);
});

describe('new rows come in, and only those', () => {
  test('a backup that was put back and went on brings the rows it went on with', async () => {
    const file = await fresh();
    await service.import(file);
    const branch = await changed(file, 'UPDATE session_history SET started = started + 4321, stopped = stopped + 4321 WHERE id > 450');
    const before = await keys(file);
    const news = [...await keys(branch)].filter((key) => !before.has(key)).length;
    const done = await agree(branch);
    assert.equal(done.imported_records, news);
    assert.equal(done.duplicate_records, 450);
    assert.equal((await agree(file)).imported_records, 0);
    assert.equal((await agree(branch)).imported_records, 0);
  });

  test('a clone that went on has its new plays on the new server, and its old ones once', async () => {
    const whole = await fresh(600);
    const before = await changed(whole, 'DELETE FROM session_history WHERE id > 500');
    await service.import(before);
    const done = await agree(await changed(whole, 'UPDATE library_sections SET server_id = \'moved-server\''));
    assert.equal(done.imported_records, 100);
    const { items } = await service.fetched('/history?server=moved-server&limit=1000');
    assert.equal(items.length, 100);
    assert.equal((await agree(whole)).imported_records, 0);
  });

  for (const rows of [1, 3]) {
    test(`the whole file after a part of ${rows}`, async () => {
      const whole = await fresh();
      const part = await changed(whole, `DELETE FROM session_history WHERE id NOT IN (${[287, 288, 405].slice(0, rows)})`);
      assert.equal((await service.import(part)).imported_records, rows);
      assert.equal((await agree(whole)).imported_records, 600 - rows);
    });
  }

  const orders = [['whole', 'first', 'last'], ['whole', 'last', 'first'], ['first', 'whole', 'last'],
    ['last', 'whole', 'first'], ['first', 'last', 'whole'], ['last', 'first', 'whole']];
  for (const order of orders) {
    test(`a whole file and its two parts: ${order.join(', ')}`, async () => {
      const files = { whole: await fresh() };
      files.first = await changed(files.whole, 'DELETE FROM session_history WHERE id > 300');
      files.last = await changed(files.whole, 'DELETE FROM session_history WHERE id <= 300');
      const seen = new Set();
      for (const name of order) {
        const here = await keys(files[name]);
        const done = await agree(files[name]);
        assert.equal(done.imported_records, [...here].filter((key) => !seen.has(key)).length, name);
        here.forEach((key) => seen.add(key));
      }
      for (const name of order) assert.equal((await agree(files[name])).imported_records, 0, `${name} again`);
    });
  }

  test('two unrelated files are never one source, however alike they are', async () => {
    const one = await fresh(400);
    const other = await changed(one, 'UPDATE session_history SET started = started + 977, stopped = stopped + 977');
    assert.equal((await service.import(one)).imported_records, 400);
    assert.equal((await agree(other)).imported_records, 400);
    const { items } = await service.fetched('/history?limit=1000');
    assert.ok(items.length > 0);
  });
});

test('after kill -9 in the middle a changed database is still 0 new', async () => {
  const file = await fresh(30000);
  await service.import(file);
  const copy = await changed(file, rekey());
  await service.begin(copy);
  let killed;
  for (const actor of ['history', 'tautulli', 'history']) {
    await until(`${actor} runs`, () => ![undefined, killed].includes(service.pid(actor)));
    if (actor === 'history') killed = service.pid(actor);
    process.kill(service.pid(actor), 'SIGKILL');
  }
  const done = await service.end();
  assert.equal(done.status, 'completed', JSON.stringify(done));
  assert.equal(done.imported_records, 0);
  assert.equal(done.duplicate_records, 30000);
  assert.equal((await agree(copy)).imported_records, 0);
});

describe('a resume is stricter than recognition', () => {
  /** An import that was stopped after some batches. */
  async function stopped(file, more = {}) {
    await service.begin(file, more);
    await until('some rows', async () => {
      const { body } = await service.ask('GET /import/status');
      return body.stats.processed_records > 0 || body.stats.status !== 'running';
    });
    return service.ask('DELETE /import');
  }

  test('a branch of the file is another one for it', async () => {
    const file = await fresh(60000);
    const { status } = await stopped(file);
    if (status !== 200) return; // it was over before the stop
    const branch = await changed(file, 'UPDATE session_history SET started = started + 4321 WHERE id > 200');
    const answer = await service.patiently('POST /import/tautulli', { db_path: branch, resume: true });
    const code = answer.body.code ?? (await service.end()).error_code;
    assert.equal(code, 'RESUME_MISMATCH');
    assert.equal((await service.import(file, { resume: true })).status, 'completed');
  });

  test('goes on beside rows of it that came in meanwhile, and stores none twice', async () => {
    const file = await fresh(60000);
    const { status } = await stopped(file);
    if (status !== 200) return;
    const tail = await changed(file, 'DELETE FROM session_history WHERE id <= 59000');
    assert.equal((await service.import(tail)).imported_records, 1000); // nothing of it was stored yet
    const done = await service.import(file, { resume: true });
    assert.deepEqual([done.status, done.imported_records, done.duplicate_records], ['completed', 59000, 1000]);
  });

  test('a preview is not resumed once a run has stored', async () => {
    const file = await fresh(60000);
    const { status } = await stopped(file, { dry_run: true });
    if (status !== 200) return;
    await service.import(await fresh(50));
    const answer = await service.patiently('POST /import/tautulli', { db_path: file, resume: true, dry_run: true });
    assert.equal(answer.body.code, 'NOTHING_TO_RESUME');
  });
});

describe('the same content twice in a source', () => {
  const tables = ['session_history', 'session_history_metadata', 'session_history_media_info'];
  /** Rows 1 to 10 once more, under the ids 1001 to 1010. */
  const copies = tables.map((table) => `CREATE TEMP TABLE again AS SELECT * FROM ${table} WHERE id <= 10;
    UPDATE again SET id = id + 1000; INSERT INTO ${table} SELECT * FROM again; DROP TABLE again;`).join('');

  test('is one play also where its first copy was changed before', async () => {
    const file = await fresh(300);
    await service.import(file);
    const copy = await changed(file, rekey() + copies);
    const dry = await service.import(copy, { dry_run: true });
    const done = await service.import(copy);
    for (const { imported_records: n, duplicate_records: d } of [dry, done]) assert.deepEqual([n, d], [0, 310]);
  });

  test('is one play also where the other is of another server', async () => {
    const file = await fresh(300);
    await service.import(file);
    const copy = await changed(file, `UPDATE library_sections SET server_id = 'elsewhere'; ${copies}`);
    const dry = await service.import(copy, { dry_run: true });
    const done = await service.import(copy);
    for (const { imported_records: n, duplicate_records: d } of [dry, done]) assert.deepEqual([n, d], [0, 310]);
  });

  test('is a play of its own as soon as a better copy tells them apart', async () => {
    const better = await fresh(300);
    await shell(better, `UPDATE session_history SET started = 1444444444, stopped = 1444445000 + id, user_id = 7 WHERE id BETWEEN 10 AND 20;`);
    const bare = await changed(better, `CREATE TABLE bare (id INTEGER PRIMARY KEY, started INTEGER, user_id INTEGER);
      INSERT INTO bare SELECT id, started, user_id FROM session_history; DROP TABLE session_history;
      ALTER TABLE bare RENAME TO session_history; DROP TABLE session_history_metadata; DROP TABLE session_history_media_info`);
    assert.equal((await service.import(bare)).imported_records, 290);
    const dry = await service.import(better, { dry_run: true });
    const done = await service.import(better);
    for (const { imported_records: n, duplicate_records: d } of [dry, done]) assert.deepEqual([n, d], [10, 290]);
    assert.equal((await agree(better)).imported_records, 0);
    assert.equal((await agree(bare)).imported_records, 0);
  });
});
