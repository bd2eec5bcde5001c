// SPDX-License-Identifier: MIT
// backup.test.mjs - a backup is made while an import writes, and put back: whole, checked, for its owner alone,
// and what ran goes on. A restore that is killed at any of its changes is completed by the same command: what is there
// then is what one that nobody disturbed leaves.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bin, long, makeSource, place, Service, shell, sql, until } from './service.mjs';

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

test('what a killed backup left is cleared away by the next, and nothing else that has that name', async () => {
  const target = path.join(place, 'cut-off');
  const part = `${target}.part`;
  mkdirSync(path.join(part, 'keys'), { recursive: true });
  writeFileSync(path.join(part, 'audit.db'), 'half of it');
  const theirs = run('backup', '--data', service.data, target);
  assert.deepEqual([theirs.status, readFileSync(path.join(part, 'audit.db'), 'utf8')], [2, 'half of it'], theirs.stderr);
  assert.match(theirs.stderr, /no backup that was cut off/);
  writeFileSync(path.join(part, 'unfinished'), '');
  const torn = run('restore', '--data', restored, part);
  assert.deepEqual([torn.status, /is no backup/.test(torn.stderr)], [2, true], torn.stderr);
  const busy = spawnSync('flock', [path.join(part, 'unfinished'), path.join(bin, 'playbus'), 'backup', '--data', service.data, target], { encoding: 'utf8' });
  assert.deepEqual([busy.status, /another backup is under way/.test(busy.stderr)], [3, true], busy.stderr);
  const made = run('backup', '--data', service.data, target);
  assert.equal(made.status, 0, made.stderr);
  assert.deepEqual(readdirSync(target).sort(), readdirSync(copy).sort());
  assert.ok(!existsSync(part));
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

/** Ends a process by SIGKILL before its n-th change of the names in a folder. */
const killer = path.join(place, 'killer.so');
const killerText = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static void count(void)
{
    static int done;
    if (++done == atoi(getenv("KILL_AT"))) {
        (void)kill(getpid(), SIGKILL);
    }
}
int rename(const char *from, const char *to)
{
    count();
    return ((int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename"))(from, to);
}
int unlink(const char *path)
{
    count();
    return ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(path);
}
`;
const killedAt = (n, ...args) => {
  const asan = `verify_asan_link_order=0:${process.env.ASAN_OPTIONS ?? ''}`;
  const env = { ...process.env, LD_PRELOAD: killer, KILL_AT: String(n), ASAN_OPTIONS: asan };
  const { signal, status, stderr } = spawnSync(path.join(bin, 'playbus'), args, { encoding: 'utf8', env });
  return { killed: signal === 'SIGKILL', status, stderr };
};
/** Every file of a data folder and what is in it; what was set aside under one name, and without what runs leave. */
const contents = (data) => Object.fromEntries(readdirSync(data, { recursive: true }).sort()
  .filter((name) => !/^run(\/|$)/.test(name) && statSync(path.join(data, name)).isFile())
  .map((name) => [name.replace(/^replaced-[^/]*/, 'replaced'), createHash('sha256').update(readFileSync(path.join(data, name))).digest('hex')]));

test('killed at any change it does not start, and the same command gives what an undisturbed one does', async () => {
  const built = spawnSync('cc', ['-shared', '-fPIC', '-x', 'c', '-', '-o', killer, '-ldl'], { input: killerText, encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const small = path.join(place, 'small');
  const kept = path.join(place, 'small-copy');
  await (await Service.start({ data: small })).stop();
  assert.equal(run('backup', '--data', small, kept).status, 0);
  assert.equal(run('audit', 'rotate', '--data', small).status, 0);
  mkdirSync(path.join(small, 'servers'), { mode: 0o700, recursive: true });
  writeFileSync(path.join(small, 'servers/servers.key'), 'newer\n', { mode: 0o600 });
  const fresh = (name) => {
    const data = path.join(place, name);
    assert.equal(spawnSync('cp', ['-a', small, data]).status, 0);
    return data;
  };
  const calm = fresh('calm');
  const put = run('restore', '--data', calm, kept, '--replace');
  assert.equal(put.status, 0, put.stderr);
  const wanted = contents(calm);
  let torn = 0;
  const step = long ? 1 : 4; // every change has its turn, if not each time
  for (let n = 1 + Math.floor(Math.random() * step); ; n += step) {
    const data = fresh(`killed-${n}`);
    const command = ['restore', '--data', data, kept, '--replace'];
    if (!killedAt(n, ...command).killed) break;
    assert.ok(n < 100);
    if (existsSync(path.join(data, 'restoring')) && ++torn % 4 === 2) {
      for (const other of [['up', '--data', data, '--listen', '127.0.0.1:0'], ['backup', '--data', data, path.join(place, 'torn')]]) {
        const refused = run(...other);
        assert.deepEqual([refused.status, /did not end[^]*same `playbus restore` again/.test(refused.stderr)], [3, true], `${n}: ${refused.stderr}`);
      }
    }
    const going = () => existsSync(path.join(data, 'restoring'));
    const ended = () => !going() && readdirSync(data).some((name) => name.startsWith('replaced-'));
    if (!ended()) killedAt(n, ...command);
    if (!ended()) {
      const again = run(...command.slice(0, going() ? -1 : undefined));
      assert.equal(again.status, 0, `${n}: ${again.stderr}`);
    }
    assert.deepEqual(contents(data), wanted, `killed at ${n}`);
  }
  assert.ok(torn > 3, `${torn} of them were in the middle`);
});

test('what is left of databases and of the log counts as data, and goes aside', () => {
  for (const name of ['audit.db-wal', 'audit/1.segment', 'servers/servers.key']) {
    const data = path.join(place, `left-${path.basename(name)}`);
    mkdirSync(path.dirname(path.join(data, name)), { recursive: true, mode: 0o700 });
    writeFileSync(path.join(data, name), 'stale', { mode: 0o600 });
    const taken = run('restore', '--data', data, copy);
    assert.deepEqual([taken.status, /holds data already/.test(taken.stderr)], [3, true], `${name}: ${taken.stderr}`);
    const put = run('restore', '--data', data, copy, '--replace');
    assert.equal(put.status, 0, put.stderr);
    const [aside] = readdirSync(data).filter((one) => one.startsWith('replaced-'));
    assert.equal(readFileSync(path.join(data, aside, name), 'utf8'), 'stale');
    assert.ok(!existsSync(path.join(data, name)), name);
  }
});

test('the mark of a migration that was killed keeps nobody waiting', async () => {
  const stale = ['accounts.db', 'history.db'].map((name) => path.join(restored, `run/migrating.${name}`));
  for (const mark of stale) writeFileSync(mark, `${process.pid}\n`, { mode: 0o600 });
  const again = await Service.start({ data: restored, options: ['--workers', '1'] });
  assert.deepEqual(stale.filter((mark) => existsSync(mark)), []);
  await again.stop();
});
