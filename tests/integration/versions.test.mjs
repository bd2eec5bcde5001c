// SPDX-License-Identifier: MIT
// versions.test.mjs - what was missing once arrives with a later file, column by column, and a file
// that knows less takes nothing away, in either order.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Service, makeSource, shell, sources, sql } from './service.mjs';

const tables = ['session_history', 'session_history_metadata', 'session_history_media_info'];
/* What a row is known by, and what belongs to the table and not to the play. */
const keys = new Set(['session_history.id', 'session_history.started', 'session_history_metadata.id',
  'session_history_media_info.id']);

/** [table, column, declared type] of every column that a play can lack. */
async function columnsOf(file) {
  const list = [];
  for (const table of tables) {
    for (const [name, type] of await sql(file, `SELECT name, type FROM pragma_table_info('${table}')`)) {
      if (!keys.has(`${table}.${name}`)) list.push([table, name, type]);
    }
  }
  return list;
}

/** A file in which every column of every row is known. */
async function richFile() {
  const { file } = await makeSource('rich.db', '--rows', 200, '--seed', 31, '--start', 1500000000);
  let statement = 'UPDATE session_history SET reference_id = id, media_type = \'movie\';';
  for (const [table, name, type] of await columnsOf(file)) {
    const value = type === 'TEXT' ? `'${name} ' || id` : '1';
    statement += `UPDATE ${table} SET ${name} = ${value} WHERE ${name} IS NULL OR ${name} = '';`;
  }
  statement += `UPDATE session_history SET ip_address = '10.0.0.1', paused_counter = 7, stopped = started + 3600, view_offset = 1000000;
    UPDATE session_history_metadata SET live = 1, duration = 5000000, marker_credits_first = 4000000;
    UPDATE session_history_media_info SET duration = 5000000;`;
  await shell(file, statement);
  return file;
}

async function copyOf(file, name, statement) {
  const copy = path.join(sources, name);
  copyFileSync(file, copy);
  await shell(copy, statement);
  return copy;
}

/** Every play with all its details, by row id, without what tells two stores apart. */
async function playsOf(service) {
  const { items } = await service.fetched('/history?detail=full&limit=1000');
  return items.map(({ id, sources: told, ...play }) => play).sort((a, b) => a.native_id - b.native_id);
}

let rich;
let poor = {};
let expected;
let columns;

async function inOrder(files, check) {
  const service = await Service.start();
  try {
    for (const file of files) await check(service, await service.import(file), file);
    return await playsOf(service);
  } finally {
    await service.stop();
  }
}
const completes = (service, done) => assert.equal(done.status, 'completed', JSON.stringify(done));

before(async () => {
  rich = await richFile();
  columns = await columnsOf(rich);
  poor = {
    // row n lacks the n-th column, and nothing else
    'one column of each row': await copyOf(rich, 'poor-columns.db',
      columns.map(([table, name], at) => `UPDATE ${table} SET ${name} = NULL WHERE id = ${at + 1};`).join('')),
    'the same as empty text': await copyOf(rich, 'poor-empty.db',
      columns.map(([table, name], at) => `UPDATE ${table} SET ${name} = '' WHERE id = ${at + 1};`).join('')),
    'the rows of metadata': await copyOf(rich, 'poor-metadata.db', 'DELETE FROM session_history_metadata'),
    'the rows of media info': await copyOf(rich, 'poor-media.db', 'DELETE FROM session_history_media_info'),
    'both tables of details, and the users': await copyOf(rich, 'poor-tables.db',
      'DROP TABLE session_history_metadata; DROP TABLE session_history_media_info; DROP TABLE users'),
    'everything but the start and the user': await copyOf(rich, 'poor-all.db',
      `CREATE TABLE bare (id INTEGER PRIMARY KEY, started INTEGER, user_id INTEGER);
       INSERT INTO bare SELECT id, started, user_id FROM session_history; DROP TABLE session_history;
       ALTER TABLE bare RENAME TO session_history; DROP TABLE session_history_metadata;
       DROP TABLE session_history_media_info; DROP TABLE users`),
  };
  expected = await inOrder([rich], completes);
  assert.ok(columns.length >= 141, `${columns.length} columns are walked`);
  assert.equal(expected.length, 200);
});

for (const lacking of ['one column of each row', 'the same as empty text', 'the rows of metadata', 'the rows of media info',
  'both tables of details, and the users', 'everything but the start and the user']) {
  describe(`a file that lacks ${lacking}`, () => {
    test('is completed by one that knows it', async () => {
      let updated = 0;
      const plays = await inOrder([poor[lacking], rich], (service, done) => {
        completes(service, done);
        updated = done.updated_records;
      });
      assert.deepEqual(plays, expected);
      assert.ok(updated > 0, 'and it is said');
    });

    test('takes nothing away when it comes later', async () => {
      let last;
      assert.deepEqual(await inOrder([rich, poor[lacking]], (service, done) => { completes(service, done); last = done; }), expected);
      assert.equal(last.updated_records, 0);
      assert.equal(last.imported_records, 0);
    });
  });
}

test('what was completed is counted by kind in the receipt, and a repeat completes nothing', async () => {
  const service = await Service.start();
  after(() => service.stop());
  await service.import(await copyOf(rich, 'poor-stop.db', 'UPDATE session_history SET stopped = 0, view_offset = 5 WHERE id <= 20'));
  const dry = await service.import(rich, { dry_run: true });
  const done = await service.import(rich);
  const receipts = [];
  for (const { job_id: id } of [dry, done]) receipts.push((await service.fetched(`/sync/jobs/${id}`)).receipt);
  for (const { completed, changed } of receipts) {
    assert.deepEqual(completed, [{ key: 'time', n: 20 }]);
    assert.deepEqual(changed, []); // the source itself says that those rows were not finished
  }
  const again = await service.import(rich);
  assert.equal(again.updated_records, 0);
  assert.equal(again.duplicate_records, 200);
  assert.deepEqual(await playsOf(service), expected);
});

test('a name that only a later table of users knows arrives, whatever was known of the row before', async () => {
  const nameless = 'UPDATE session_history SET user = NULL; DROP TABLE users;';
  const files = [await copyOf(rich, 'names-1.db', `${nameless} UPDATE session_history_metadata SET title = NULL`),
    await copyOf(rich, 'names-2.db', nameless), await copyOf(rich, 'names-3.db', 'UPDATE session_history SET user = NULL')];
  const plays = await inOrder(files, completes);
  assert.ok(plays.every(({ user, title }) => user !== null && title !== null));
});

test('an unfinished copy takes nothing from the length of a finished play', async () => {
  const finished = await copyOf(rich, 'finished.db', 'UPDATE session_history SET paused_counter = 0');
  const unfinished = await copyOf(rich, 'unfinished.db', 'UPDATE session_history SET paused_counter = 50, stopped = 0');
  const plays = await inOrder([finished, unfinished], completes);
  assert.ok(plays.every(({ paused_s: paused, played_s: played }) => paused === 0 && played === 3600));
});
