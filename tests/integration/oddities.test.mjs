// SPDX-License-Identifier: MIT
// oddities.test.mjs - databases as owners and their tools leave them, where a person meets them: what
// validate says, what the receipt counts, and what is refused in which words, with what to do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Service, makeSource, shell, sources } from './service.mjs';

let service;
before(async () => { service = await Service.start(); });
after(() => service.stop());

const validated = async (file) => {
  const { status, body } = await service.patiently('POST /import/validate', { db_path: file });
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const receiptOf = async (job) => (await service.fetched(`/sync/jobs/${job}`)).receipt;
const figure = (list, key) => list.find((one) => one.key === key)?.n ?? 0;

/** The number at the end of a warning that holds these words; 0 without one. */
const warned = (body, words) => Number(/: (\d+)$/.exec(body.warnings.find((one) => one.includes(words)) ?? ': 0')[1]);

const told = {
  stuck_session: 'got stuck and was written again',
  second_tautulli: 'two Tautullis seem to have written',
  long_play: 'longer than 24 hours',
  early_start: 'before 2008',
};

describe('what is stored as it is, and yet has to be told', () => {
  const odd = { stuck_session: 99, second_tautulli: 200, long_play: 3, early_start: 2 };
  let file;
  before(async () => {
    ({ file } = await makeSource('odd.db', '--rows', 3000));
    await shell(file, `UPDATE session_history SET started = 1500000000 + id * 90000, stopped = 1500003600 + id * 90000, user_id = 10037, rating_key = id;
      UPDATE session_history SET started = 1500000000, rating_key = 1, stopped = 1500000000 + id * 60 WHERE id BETWEEN 1001 AND 1100;
      UPDATE session_history SET started = 1500000000 + (id / 2) * 90000 + (id % 2) * 9, stopped = 1500003600 + (id / 2) * 90000, rating_key = id / 2, machine_id = NULL WHERE id BETWEEN 2000 AND 2399;
      UPDATE session_history SET stopped = started + 90000 WHERE id IN (5, 6, 7);
      UPDATE session_history SET started = 1000 * id, stopped = 1000 * id + 10 WHERE id IN (8, 9);`);
  });

  test('validate, the dry run and the run count the same', async () => {
    const said = await validated(file);
    for (const [code, words] of Object.entries(told)) assert.equal(warned(said, words), odd[code], code);
    for (const dry_run of [true, false]) {
      const job = await service.begin(file, { dry_run });
      const stats = await service.end();
      assert.equal(stats.imported_records, 3000);
      const { repairs } = await receiptOf(job);
      for (const code of Object.keys(told)) assert.equal(figure(repairs, code), odd[code], `${code} ${JSON.stringify(repairs)}`);
    }
  });
});

test('a renamed person is one line in the receipt, by the name of today, and blanks are no name', async () => {
  const { file } = await makeSource('renamed.db', '--rows', 400, '--seed', 21);
  await shell(file, `DELETE FROM users; INSERT INTO users (user_id, username, friendly_name) VALUES (1, 'ann-new', ' Ann '), (2, 'bob', char(160, 32));
    UPDATE session_history SET user_id = 1 + id % 2, user = CASE WHEN id % 2 = 0 AND id < 200 THEN 'ann-old' WHEN id % 2 = 0 THEN 'ann-new' ELSE 'bob' END`);
  const job = await service.begin(file);
  await service.end();
  const users = (await receiptOf(job)).by_user.map((one) => one.key).sort();
  assert.deepEqual(users, ['Ann', 'bob']);
  const shown = new Set((await service.exported()).filter((play) => play.user?.startsWith('ann-')).map((play) => play.user_display));
  assert.deepEqual([...shown], ['Ann']);
});

test('every spelling of an IPv4 address within IPv6 is stored as the IPv4 one', async () => {
  const { file } = await makeSource('mapped.db', '--rows', 60, '--seed', 22);
  await shell(file, `UPDATE session_history SET ip_address = CASE id WHEN 1 THEN '::ffff:10.9.8.7' WHEN 2 THEN '::FFFF:a09:807' WHEN 3 THEN '0:0:0:0:0:ffff:10.9.8.7'
    WHEN 4 THEN '0000:0000:0000:0000:0000:FFFF:0A09:0807' WHEN 5 THEN '[::ffff:a09:807]:32400' ELSE '::ffff:10.9.8.7%eth0' END, machine_id = 'of the mapped' WHERE id <= 6`);
  await service.import(file);
  const found = (await service.exported()).filter((play) => play.machine_id === 'of the mapped').map((play) => play.ip_address);
  assert.deepEqual(found, Array(6).fill('10.9.8.7'));
});

describe('tables that lost their key', () => {
  const lose = (file, table, id) => shell(file, `CREATE TABLE copy AS SELECT * FROM ${table} ORDER BY id % 5; UPDATE copy SET id = ${id};
    DROP TABLE ${table}; ALTER TABLE copy RENAME TO ${table}`);

  test('are imported like the whole ones, with their details', async () => {
    const { file } = await makeSource('keyless.db', '--rows', 500, '--seed', 23);
    for (const [table, id] of [['session_history', 'CAST(id AS TEXT)'], ['session_history_metadata', 'CAST(id AS REAL)'], ['session_history_media_info', 'id']]) await lose(file, table, id);
    assert.equal((await validated(file)).total_records, 500);
    const job = await service.begin(file);
    const stats = await service.end();
    assert.equal(stats.imported_records, 500, JSON.stringify(stats));
    const { repairs } = await receiptOf(job);
    assert.equal(figure(repairs, 'metadata_missing') + figure(repairs, 'media_info_missing'), 0);
  });

  test('are named, and not called missing, where their ids tell no rows apart', async () => {
    const { file } = await makeSource('twice.db', '--rows', 50, '--seed', 24);
    await lose(file, 'session_history_metadata', 'id / 2');
    const { warnings } = await validated(file);
    assert.ok(warnings.includes('Table session_history_metadata is there, but its ids are not unique, so its details are left out'), warnings.join('\n'));
    assert.ok(!warnings.some((one) => one.includes('missing')));
    await lose(file, 'session_history', 'id / 2');
    const { status, body } = await service.patiently('POST /import/validate', { db_path: file });
    assert.deepEqual([status, body.code], [422, 'NOT_TAUTULLI']);
    assert.match(body.error, /ids of session_history are no key.*not all of them are whole and unique/);
  });
});

describe('what is refused says why, and what to do', () => {
  const refused = async (db_path, status, code, words, remedy) => {
    for (const call of ['POST /import/validate', 'POST /import/tautulli']) {
      const answer = await service.patiently(call, { db_path });
      assert.deepEqual([answer.status, answer.body.code], [status, code], `${call} ${db_path}: ${JSON.stringify(answer.body)}`);
      assert.match(answer.body.error, words);
      assert.match(answer.body.remedy, remedy);
    }
  };

  for (const [what, named, words, remedy] of [
    ['relative', (file) => path.basename(file), /is relative/, /begins with \//],
    ['of a home folder', () => '~/tautulli.db', /begins with ~/, /whole path/],
    ['in quotes', (file) => `"${file}"`, /quotes around/, /without quotes/],
    ['after a blank', (file) => ` ${file}`, /blanks around/, /without the blanks/],
  ]) {
    test(`a path ${what}`, async () => {
      await refused(named(path.join(sources, 'odd.db')), 403, 'PATH_NOT_ALLOWED', words, remedy);
    });
  }

  test('a link that leads out, whatever it leads to', async () => {
    for (const [name, target] of [['out.db', '/etc/hostname'], ['nowhere.db', '/nowhere/at/all.db']]) {
      symlinkSync(target, path.join(sources, name));
      await refused(path.join(sources, name), 403, 'PATH_NOT_ALLOWED', /link in this path leads out/, /import\.allowed_dirs/);
    }
  });

  test('a -wal that was left beside a backup: nothing of the mixture is stored', async () => {
    const { file } = await makeSource('restored.db', '--rows', 300, '--seed', 25);
    const backup = `${file}.backup`;
    copyFileSync(file, backup);
    await shell(file, 'CREATE TABLE more AS SELECT * FROM session_history_metadata');
    execFileSync('sqlite3', [file], { input: `PRAGMA wal_autocheckpoint=0; UPDATE session_history SET user = 'mixed';\n.shell cp '${file}-wal' '${file}-kept'\n` });
    copyFileSync(backup, file);
    renameSync(`${file}-kept`, `${file}-wal`);
    const answer = await service.patiently('POST /import/validate', { db_path: file });
    assert.deepEqual([answer.status, answer.body.code], [422, 'DATABASE_DAMAGED'], JSON.stringify(answer.body));
    assert.match(answer.body.error, /-wal may belong to another file/);
    assert.match(answer.body.remedy, /Move the -wal .*away/);
    const stats = await service.import(file);
    assert.deepEqual([stats.status, stats.processed_records], ['error', 0]);
    assert.match(stats.error, /-wal may belong to another file/);
    unlinkSync(`${file}-wal`);
    assert.equal((await service.import(file)).imported_records, 300);
  });

  test('damage, with a remedy that works here', async () => {
    const { file } = await makeSource('cut.db', '--rows', 300, '--seed', 26);
    truncateSync(file, 409_600);
    await refused(file, 422, 'DATABASE_DAMAGED', /cut off/, /sqlite3 \S*cut\.db \.dump \| sed .* \| sqlite3 \S*cut-mended\.db/);
  });
});

test('damage in indexes alone loses no row, and is told so', async () => {
  const { file } = await makeSource('index.db', '--rows', 1000, '--seed', 27);
  const page = Number((await shell(file, "SELECT pageno FROM dbstat WHERE name = 'idx_session_history_user' AND pagetype = 'leaf' LIMIT 1")).trim());
  const bytes = readFileSync(file);
  bytes.fill(0, (page - 1) * 4096, page * 4096);
  writeFileSync(file, bytes);
  const { warnings, complete } = await validated(file);
  assert.ok(complete && warnings.some((one) => /Only indexes .* no row is lost/.test(one)), warnings.join('\n'));
  const stats = await service.import(file);
  assert.deepEqual([stats.status, stats.imported_records], ['completed', 1000]);
});

describe('an archive made by hand', () => {
  const pack = (name, folder, ...members) => {
    const archive = path.join(sources, name);
    execFileSync('python3', ['-c', 'import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:\n for m in sys.argv[2:]:\n  f, n = m.split("=")\n  z.write(f, n)', archive, ...members]);
    return archive;
  };

  test('is unpacked where it is clear what is meant', async () => {
    const { file } = await makeSource('packed.db', '--rows', 200, '--seed', 28, '--wal');
    const archive = pack('by-hand.zip', sources, `${file}=old/my copy.db`, `${file}-wal=old/my copy.db-wal`, `${file}.json=old/notes.txt`, `${file}=__MACOSX/old/._my copy.db`);
    assert.equal((await validated(archive)).total_records, 200);
    assert.equal((await service.import(archive)).imported_records, 200);
  });

  test('else its case is named', async () => {
    const { file } = await makeSource('first.db', '--rows', 20, '--seed', 29);
    for (const [name, words, ...members] of [['two.zip', /2 databases/, `${file}=a.db`, `${file}=b.db`], ['none.zip', /holds no database/, `${file}.json=a.json`]]) {
      const { status, body } = await service.patiently('POST /import/validate', { db_path: pack(name, sources, ...members) });
      assert.deepEqual([status, body.code], [422, 'ARCHIVE_REFUSED']);
      assert.match(body.error, words);
    }
  });

  test('and refused before a job is made of it', async () => {
    const jobs = async () => (await service.fetched('/sync/jobs')).items.length;
    const { file } = await makeSource('listed.db', '--rows', 20, '--seed', 31);
    const before = await jobs();
    const { status, body } = await service.patiently('POST /import/tautulli', { db_path: pack('no-database.zip', sources, `${file}.json=a.json`) });
    assert.deepEqual([status, body.code, body.error], [422, 'ARCHIVE_REFUSED', 'This archive holds no database']);
    assert.equal(await jobs(), before);
  });
});

test('a copy without its -wal is hinted at, one that is not newer than its last row is not', async () => {
  const { file } = await makeSource('copied.db', '--rows', 100, '--seed', 30);
  const hinted = async () => (await validated(file)).warnings.some((one) => one.startsWith('No -wal file lies beside'));
  assert.equal(await hinted(), true);
  const told = await receiptOf((await service.import(file)).job_id);
  assert.equal(told.warnings.length, 1);
  assert.match(told.warnings[0], /^No -wal file lies beside/);
  await shell(file, "UPDATE session_history SET stopped = strftime('%s', 'now') + 0 WHERE id = 100");
  assert.equal(existsSync(`${file}-wal`), false);
  assert.equal(await hinted(), false);
  assert.deepEqual((await receiptOf((await service.import(file)).job_id)).warnings, []);
});

test('a backup that Tautulli made needs no -wal', async () => {
  const { file } = await makeSource('tautulli.backup-20240101000000.sched.db', '--rows', 100, '--seed', 32);
  assert.deepEqual((await validated(file)).warnings, []);
  assert.deepEqual((await receiptOf((await service.import(file)).job_id)).warnings, []);
});

test('a database without plays is said to hold none, by the check and by the receipt', async () => {
  const { file } = await makeSource('nothing.db', '--rows', 10, '--seed', 33);
  await shell(file, 'PRAGMA journal_mode = DELETE; DELETE FROM session_history; DELETE FROM session_history_metadata; DELETE FROM session_history_media_info');
  const words = ['This database holds no plays'];
  assert.deepEqual((await validated(file)).warnings, words);
  const stats = await service.import(file);
  assert.equal(stats.status, 'completed');
  assert.deepEqual((await receiptOf(stats.job_id)).warnings, words);
});
