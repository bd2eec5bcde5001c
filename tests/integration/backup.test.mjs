// SPDX-License-Identifier: MIT
// backup.test.mjs - a backup is made while an import writes, and put back: whole, checked, for its owner alone,
// and what ran goes on.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bin, makeSource, place, Service, shell, sql, until } from './service.mjs';

const run = (...args) => {
  const { status, stdout, stderr } = spawnSync(path.join(bin, 'playbus'), args, { encoding: 'utf8' });
  return { status, stdout, stderr };
};
const plays = async (data) => Number((await sql(path.join(data, 'history.db'), 'SELECT count(*) FROM plays'))[0][0]);
const rows = 60_000;
const { file } = await makeSource('backed-up.db', '--rows', rows);
const copy = path.join(place, 'copy');
const restored = path.join(place, 'restored');
let service;

test('a backup made while an import writes ends, and is for its owner alone', async () => {
  service = await Service.start({ options: ['--workers', '1'] });
  const begun = await service.ask('POST /import/tautulli', { db_path: file });
  assert.equal(begun.status, 202, JSON.stringify(begun.body));
  const stats = async () => (await service.fetched('/import/status')).stats;
  await until('rows', async () => (await stats()).processed_records > 2000);
  const made = run('backup', '--data', service.data, copy);
  assert.equal(made.status, 0, made.stderr);
  assert.equal((await stats()).status, 'running', 'the import outlasts the backup');
  assert.equal(statSync(copy).mode & 0o777, 0o700);
  const names = readdirSync(copy, { recursive: true }).sort();
  assert.deepEqual(names, ['accounts.db', 'audit.db', 'audit.head', 'history.db', 'keys', 'keys/audit.key', 'keys/audit.pub', 'servers.db']);
  for (const name of names) assert.equal(statSync(path.join(copy, name)).mode & 0o077, 0, name);
  const again = run('backup', '--data', service.data, copy);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /not an empty folder/);
  const verified = run('audit', 'verify', path.join(copy, 'audit.db'), '--key', path.join(copy, 'keys/audit.pub'), '--head', path.join(copy, 'audit.head'));
  assert.equal(verified.status, 0, verified.stdout);
});

test('it is not put where a service runs, where data are, or when it is none or not whole', async () => {
  const running = run('restore', '--data', service.data, copy, '--replace');
  assert.deepEqual([running.status, /already running/.test(running.stderr)], [3, true], running.stderr);
  await service.stop();
  const before = await plays(service.data);
  const taken = run('restore', '--data', service.data, copy);
  assert.deepEqual([taken.status, /holds data already\n.*--replace/.test(taken.stderr)], [3, true], taken.stderr);
  const folder = run('restore', '--data', restored, service.data);
  assert.deepEqual([folder.status, /is no backup/.test(folder.stderr)], [2, true], folder.stderr);
  const forged = path.join(place, 'forged');
  assert.equal(spawnSync('cp', ['-a', copy, forged]).status, 0);
  await shell(path.join(forged, 'audit.db'), 'PRAGMA journal_mode=DELETE; DELETE FROM entries WHERE n = (SELECT max(n) FROM entries)');
  const refused = run('restore', '--data', service.data, forged, '--replace');
  assert.deepEqual([refused.status, /not whole, nothing was changed\n[^]*audit chain .*cut/.test(refused.stderr)], [1, true], refused.stderr);
  assert.equal(await plays(service.data), before);
  assert.deepEqual(readdirSync(service.data).filter((name) => /^re/.test(name)), []);
});

test('put into a new folder it opens, its log is intact, and the import goes on to its end', async () => {
  const put = run('restore', '--data', restored, copy);
  assert.equal(put.status, 0, put.stderr);
  for (const name of readdirSync(restored, { recursive: true })) assert.equal(statSync(path.join(restored, name)).mode & 0o077, 0, name);
  const had = await plays(restored);
  assert.ok(had > 0 && had < rows, `${had} plays`);
  const again = await Service.start({ data: restored, options: ['--workers', '1'] });
  await until('the import is resumed and ends', async () => (await again.fetched('/sync/jobs')).items[0].progress.status === 'completed');
  assert.equal(await plays(restored), rows);
  await again.stop();
  assert.equal(run('check', '--data', restored).status, 0);
});

test('put over newer data it sets these aside, and the log goes on with the newer key and a word about it', async () => {
  const key = run('audit', 'rotate', '--data', restored);
  assert.equal(key.status, 0, key.stderr);
  writeFileSync(path.join(restored, 'playbus.conf'), 'log\n    level = "warn"\n', { mode: 0o600 });
  const put = run('restore', '--data', restored, copy, '--replace');
  assert.equal(put.status, 0, put.stderr);
  const [aside] = readdirSync(restored).filter((name) => name.startsWith('replaced-'));
  assert.equal(await plays(path.join(restored, aside)), rows);
  assert.ok(await plays(restored) < rows);
  assert.match(readFileSync(path.join(restored, 'playbus.conf'), 'utf8'), /warn/, 'settings stay');
  assert.ok(!existsSync(path.join(restored, 'restore.part')));
  const again = await Service.start({ data: restored, options: ['--workers', '1'] });
  await again.stop();
  const list = run('audit', 'list', '--data', restored, '--action', 'restored', '--json');
  assert.equal(list.stdout.trim().split('\n').length, 1, list.stdout + list.stderr);
  assert.equal(run('check', '--data', restored).status, 0);
});
