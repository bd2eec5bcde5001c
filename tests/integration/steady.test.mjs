// SPDX-License-Identifier: MIT
// steady.test.mjs - what a person meets when something breaks: processes killed all at once, databases
// damaged or lost, disks that are full or read-only, clocks that jump, readers that stop reading.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, copyFileSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { listen } from './notified.mjs';
import { bin, coming, freePort, localToken, long, makeSource, place, root, shell, until } from './service.mjs';
import { skewedClock } from './skewed_clock.mjs';

const playbus = path.join(bin, 'playbus');
const running = new Set();

after(() => {
  for (const child of running) child.kill('SIGTERM');
  return Promise.all([...running].map((child) => child.ended));
});

/** Starts a command; what it says collects in `said` and `logged`. */
function start(args, { env = {}, stdio = ['ignore', 'pipe', 'pipe'], silent = false, program = playbus } = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio });
  Object.assign(child, { said: '', logged: '' });
  child.stdout?.on('data', (text) => { child.said += text; });
  if (!silent) child.stderr?.on('data', (text) => { child.logged += text; });
  child.ended = new Promise((resolve) => child.on('exit', (status, signal) => resolve(status ?? signal)));
  running.add(child);
  child.ended.then(() => running.delete(child));
  return child;
}

/** Runs a command to its end: {status, stdout, stderr}. */
async function run(...args) {
  const child = start(args);
  const status = await coming(args.join(' '), child.ended);
  return { status, stdout: child.said, stderr: child.logged };
}

/** Waits for the first line of `up`; the address in it. */
async function first(child, word = 'ready') {
  await until(word, () => {
    assert.equal(child.exitCode, null, child.logged);
    return child.said.includes('\n');
  });
  const [, said, address] = /^(\S+) (http:\/\/\S+)\n$/.exec(child.said) ?? [];
  assert.equal(said, word, child.said + child.logged);
  return address;
}

async function up(data, { port = 0, word, env } = {}) {
  const child = start(['up', '--data', data, '--listen', `127.0.0.1:${port}`, '--workers', '1'], { env });
  return { child, address: await first(child, word) };
}

async function stop({ child }) {
  child.kill('SIGTERM');
  assert.equal(await coming('the end of up', child.ended), 0);
}

/** The processes that belong to a data folder, `up` itself not among them: {pid, command}. */
function tree(data) {
  const lock = statSync(path.join(data, 'run/tree.lock'));
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).flatMap((pid) => {
    try {
      const open = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        const file = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false });
        return file?.ino === lock.ino && file.dev === lock.dev;
      });
      return open ? [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }] : [];
    } catch { return []; }
  });
}

function kill(pids, signal = 'SIGKILL') {
  for (const pid of pids) {
    try { process.kill(pid, signal); } catch (error) { if (error.code !== 'ESRCH') throw error; }
  }
}

const folder = (name) => {
  const data = path.join(place, name);
  mkdirSync(data, { mode: 0o700 });
  return data;
};

test('after kill -9 of supervisors alone or of everything at once the next up is there at once, at the same address', async () => {
  const data = folder('killed');
  const port = await freePort();
  const supervisors = ({ command }) => /s6-|playbus\0up\0/.test(command);
  for (let turn = 0; turn < (long ? 50 : 6); turn++) {
    const { child } = await up(data, { port });
    const others = tree(data).filter(({ pid }) => pid !== child.pid);
    const victims = turn % 3 === 2 ? others : turn % 3 === 1 ? others.filter(supervisors) : others.filter(({ command }) => command.includes('s6-svscan'));
    kill([child.pid, ...victims.map(({ pid }) => pid)]);
    await coming('the end of up', child.ended);
    const again = await up(data, { port });
    const left = tree(data).filter(({ pid }) => others.some((other) => other.pid === pid));
    assert.deepEqual(left, [], `turn ${turn}`);
    await stop(again);
  }
});

/** Garbage over the whole file, of its size. */
const garble = (file) => writeFileSync(file, Buffer.alloc(statSync(file).size, 'not a database '));
const damages = {
  garbage: { harm: garble, says: /A database of Playbus is damaged/, helps: /put the file back from a backup/ },
  cut: { harm: (file) => truncateSync(file, Math.floor(statSync(file).size / 2)), says: /A database of Playbus is damaged/, helps: /put the file back from a backup/ },
  emptied: { harm: (file) => truncateSync(file, 0), says: /A database that was in use is empty or gone/, helps: /to begin anew/ },
  removed: { harm: (file) => rmSync(file), says: /A database that was in use is empty or gone/, helps: /to begin anew/ },
  newer: { harm: (file) => shell(file, 'PRAGMA user_version = 99'), says: /written by a newer Playbus/, helps: /Install that version/ },
  foreign: { harm: async (file) => { rmSync(file); await shell(file, 'CREATE TABLE t (a)'); }, says: /A database of Playbus is damaged/, helps: /put the file back from a backup/ },
};

/** Calls of the local token: the status, and the error of what is refused. */
async function ask(data, address, where, options = {}) {
  const answer = await fetch(`${address}/api/v1${where}`, { ...options, headers: { ...localToken(data), ...options.headers }, signal: AbortSignal.timeout(20_000) });
  const body = await answer.json().catch(() => null);
  return { status: answer.status, body };
}

const importing = (file) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ db_path: file }) });

test('a damaged database is named at once with what restores it, and what can run runs', async (t) => {
  const whole = folder('whole');
  const { file } = await makeSource('steady.db', '--rows', '300');
  const made = await run('import', '--data', whole, file);
  assert.equal(made.status, 0, made.stderr);
  rmSync(path.join(whole, 'run'), { recursive: true });
  for (const [kind, { harm, says, helps }] of Object.entries(damages)) {
    for (const store of ['history.db', 'audit.db', 'accounts.db']) {
      await t.test(`${store} ${kind}`, async () => {
        const data = path.join(place, `${store}-${kind}`);
        cpSync(whole, data, { recursive: true });
        await harm(path.join(data, store));
        const began = Date.now();
        const child = start(['up', '--data', data, '--listen', '127.0.0.1:0', '--workers', '1', '--allow', path.dirname(file)]);
        const told = () => child.logged.split('\n').findIndex((line) => line.startsWith('playbus: ') && says.test(line) && line.includes(`: ${store}`));
        const toldWhole = () => told() >= 0 && child.logged.split('\n').length > told() + 2; // the remedy's line too
        await until('the sentence', () => toldWhole() || child.exitCode !== null, 70_000).catch(() => assert.fail(child.logged));
        assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms: ${child.logged}`);
        assert.match(child.logged.split('\n')[told() + 1], helps);
        if (store === 'accounts.db') {
          assert.equal(await coming('the end of up', child.ended, 10_000), kind === 'newer' ? 78 : 1); // 78: its unit is not restarted
          assert.equal(child.said, '');
          assert.ok(!/timed out/.test(child.logged), child.logged);
        } else {
          const address = await first(child, 'degraded');
          const plays = await ask(data, address, '/history?limit=1');
          const started = await ask(data, address, '/import/tautulli', importing(file));
          const log = await ask(data, address, '/audit/events?limit=1');
          const [asked, works] = store === 'history.db' ? [plays, log] : [log, plays];
          assert.equal(asked.status, 503, JSON.stringify(asked.body));
          assert.match(JSON.stringify(asked.body), says);
          assert.equal(works.status, 200, JSON.stringify(works.body));
          assert.equal(started.status, 503, JSON.stringify(started.body));
          assert.equal((await fetch(`${address}/api/v1/auth/session`)).status, 200);
          const status = await run('status', '--data', data);
          assert.match(status.stdout, new RegExp(store.replace('.', '\\.')));
          const ready = await ask(data, address, '/health/ready');
          assert.equal(ready.status, 503, JSON.stringify(ready.body));
          assert.match(ready.body.error, new RegExp(`${says.source}.*: ${store}`));
          assert.match(ready.body.remedy, helps);
          const { body: { problems } } = await ask(data, address, '/system');
          assert.deepEqual(problems.map(({ code, error, remedy }) => ({ code, error, remedy })), [{ code: ready.body.code, error: ready.body.error, remedy: ready.body.remedy }]);
          await stop({ child });
        }
        assert.ok(child.logged.split('\n').length < 80, child.logged);
        for (const rest of readdirSync(data).filter((name) => name.startsWith(`${store}-`))) rmSync(path.join(data, rest));
        copyFileSync(path.join(whole, store), path.join(data, store));
        await stop(await up(data));
      });
    }
  }
});

test('a database that was removed together with its mark begins anew', async () => {
  const data = folder('anew');
  await stop(await up(data));
  for (const name of ['history.db', 'history.db.made']) rmSync(path.join(data, name));
  await stop(await up(data));
});

test('check tells of each store whether it is whole, beside a running service and without one, and status repeats it', async () => {
  const data = folder('checked');
  const { file } = await makeSource('checked.db', '--rows', '3000');
  assert.equal((await run('import', '--data', data, file)).status, 0);
  const service = await up(data);
  const good = await run('check', '--data', data);
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /^history\.db +whole\naccounts\.db +whole\naudit\.db +whole\nservers\.db +whole\naudit chain +whole: /);
  assert.match((await run('status', '--data', data)).stdout, /^Checked at .*: all is whole$/m);
  await stop(service);
  const kept = Object.fromEntries(['history.db', 'audit.db'].map((name) => [name, readFileSync(path.join(data, name))]));
  const store = path.join(data, 'history.db'); // a page in the middle; the first ones stay
  const pages = readFileSync(store);
  pages.fill('damaged ', Math.floor(pages.length / 16384) * 8192, Math.floor(pages.length / 16384) * 8192 + 16384);
  writeFileSync(store, pages);
  await shell(path.join(data, 'audit.db'), "UPDATE entries SET bytes = replace(bytes, 'playbus', 'playbut') WHERE n = 1");
  const bad = await run('check', '--data', data, '--json');
  assert.equal(bad.status, 1);
  const codes = Object.fromEntries(JSON.parse(bad.stdout).stores.map(({ file: name, code }) => [name, code]));
  assert.deepEqual(codes, { 'history.db': 'STORE_DAMAGED', 'accounts.db': undefined, 'audit.db': undefined, 'servers.db': undefined, 'audit chain': 'AUDIT_BROKEN' });
  assert.match((await run('status', '--data', data)).stdout, /^Checked at .*: not all is whole$/m);
  const broken = await up(data, { word: 'degraded' });
  assert.match(broken.child.logged, /The last `playbus check` found that not all is whole/);
  const ready = await ask(data, broken.address, '/health/ready');
  assert.equal(ready.status, 503);
  assert.equal(ready.body.code, 'STORE_DAMAGED');
  assert.match(ready.body.error, /A database of Playbus is damaged: history\.db/);
  assert.match(ready.body.remedy, /from a backup.*playbus check/);
  const { body: { check } } = await ask(data, broken.address, '/system');
  assert.deepEqual([check.whole, check.stores.map(({ whole }) => whole)], [false, [false, true, true, true, false]]);
  await stop(broken);
  for (const name of Object.keys(kept)) {
    for (const end of ['', '-wal', '-shm']) rmSync(path.join(data, name + end), { force: true });
    writeFileSync(path.join(data, name), kept[name]);
  }
  assert.equal((await run('check', '--data', data)).status, 0, 'what was put back is whole');
  await stop(await up(data));
});

/** A file system of its own for a data folder: none where the test may not mount. */
function mounted(t, name, options) {
  const at = folder(name);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `mode=0700,${options}`, 'none', at]);
  if (status !== 0) { t.skip('a file system cannot be mounted here'); return undefined; }
  t.after(() => spawnSync('umount', ['-l', at]));
  return at;
}

test('up on a full disk, and on one that is read-only, says at once which of both it is', async (t) => {
  const data = mounted(t, 'small', 'size=8m');
  if (data === undefined) return;
  await stop(await up(data));
  const filler = path.join(data, 'filler');
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k']);
  const full = await run('up', '--data', data, '--listen', '127.0.0.1:0');
  assert.equal(full.status, 1);
  assert.match(full.stderr, /^playbus: The disk is full/m);
  rmSync(filler);
  assert.equal(spawnSync('mount', ['-o', 'remount,ro', data]).status, 0);
  const fixed = await run('up', '--data', data, '--listen', '127.0.0.1:0');
  assert.equal(fixed.status, 1);
  assert.match(fixed.stderr, /^playbus: The disk or a file of the data folder is read-only/m);
  assert.ok(!/full/.test(fixed.stderr), fixed.stderr);
  spawnSync('mount', ['-o', 'remount,rw', data]);
  await stop(await up(data));
});

test('an upload that the disk has no room for is refused before its body, or as soon as it is full, and recorded', async (t) => {
  const data = mounted(t, 'uploads', 'size=40m');
  if (data === undefined) return;
  const service = await up(data);
  const { hostname, port } = new URL(service.address);
  /** Sends a head and so many MiB; {status, body}. */
  const upload = (id, length, mib, meanwhile = () => {}) => new Promise((resolve, reject) => {
    let sent = 0;
    const headers = { ...localToken(data), 'content-type': 'application/octet-stream', 'x-correlation-id': id, ...length };
    const request = http.request({ host: hostname, port, method: 'POST', path: '/api/v1/import/upload?name=big.db', headers, agent: false });
    request.on('response', (answer) => {
      let text = '';
      answer.on('data', (piece) => { text += piece; });
      answer.on('end', () => { request.destroy(); resolve({ status: answer.statusCode, body: JSON.parse(text) }); });
    });
    request.on('error', (error) => { if (!['EPIPE', 'ECONNRESET'].includes(error.code)) reject(error); });
    const more = () => {
      if (sent === mib) { if (mib > 0) request.end(); return; }
      if (++sent === 2) meanwhile();
      request.write(Buffer.alloc(1 << 20, 'x'), (error) => { if (!error) more(); });
    };
    request.flushHeaders();
    more();
  });
  const outcomes = async () => (await ask(data, service.address, '/audit/events?action=upload_database&limit=100')).body.items
    .filter(({ phase }) => phase !== 'requested').map(({ request_id, outcome }) => `${request_id} ${outcome}`).sort();
  const declared = await coming('an answer to the head alone', upload('declared', { 'content-length': 200 << 20 }, 0));
  assert.deepEqual([declared.status, declared.body.code], [507, 'STAGING_FULL']);
  const streamed = await coming('an answer to a body that does not fit', upload('streamed', { 'transfer-encoding': 'chunked' }, 44));
  assert.deepEqual([streamed.status, streamed.body.code], [507, 'STAGING_FULL']);
  const filler = path.join(data, 'filler');
  const overtaken = await coming('an answer to a body that fitted at first', upload('overtaken', { 'content-length': 28 << 20 }, 28, () => spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'])));
  assert.deepEqual([overtaken.status, overtaken.body.code], [507, 'STAGING_FULL']);
  rmSync(filler);
  assert.deepEqual(readdirSync(path.join(data, 'uploads')), []);
  const fits = await coming('one that fits', upload('it-fits-in', { 'content-length': 2 << 20 }, 2));
  assert.equal(fits.status, 201, JSON.stringify(fits.body));
  await until('all are recorded', async () => (await outcomes()).join() === 'declared STAGING_FULL,it-fits-in ok,overtaken STAGING_FULL,streamed STAGING_FULL', 20_000)
    .catch(async () => assert.fail((await outcomes()).join()));
  assert.equal((await ask(data, service.address, '/health/ready')).status, 200);
  await stop(service);
});

for (const kind of ['pipe', 'socket']) {
  test(`a ${kind} of stderr that nobody reads stops nothing`, async () => {
    const data = folder(`unread-${kind}`);
    const pipe = path.join(place, `${kind}.fifo`);
    spawnSync('mkfifo', [pipe]);
    const stderr = kind === 'pipe' ? openSync(pipe, 'r+') : 'pipe';
    const child = start(['up', '--data', data, '--listen', '127.0.0.1:0', '--workers', '1'], { env: { PLAYBUS_LOG_LEVEL: 'debug' }, stdio: ['ignore', 'pipe', stderr], silent: true });
    const address = await first(child);
    // Refused calls, each a line of several actors: far more than a pipe takes.
    for (let i = 0; i < 1500; i++) assert.equal((await ask(data, address, `/sync/jobs/${'a'.repeat(200)}${i}`)).status < 500, true);
    assert.equal((await ask(data, address, '/health/ready')).status, 200);
    await stop({ child });
    if (kind === 'pipe') closeSync(stderr);
  });
}

// What a terminal would take for a command: C0 but the newline, DEL, C1, and what turns text around.
const harmful = /[\x00-\x09\x0b-\x1f\x7f\u0080-\u009f\u200e\u202e\ufffd]/; // eslint-disable-line no-control-regex

test('no name that a stranger chose reaches the terminal as a command', async () => {
  const data = folder('named');
  const { file } = await makeSource('plain.db', '--rows', '20');
  const evil = path.join(path.dirname(file), 'a\u001b[31m\u009b32m\u007f\u202eb.db');
  copyFileSync(file, evil);
  const service = await up(data, { env: { PLAYBUS_IMPORT_ALLOWED_DIRS: path.dirname(file) } });
  const imported = await run('import', '--data', data, evil);
  assert.equal(imported.status, 0, imported.stderr);
  const commands = [['status'], ['status', '--json'], ['jobs'], ['jobs', '--json'], ['import', evil], ['import', `${evil}.none`],
    ['errors', '\u009b31m'], ['audit', 'list'], ['audit', 'list', '--json'], ['user', 'reset', 'x\u009b31m'], ['backup', data + '/\u009b31m/none']];
  for (const args of commands) {
    const { stdout, stderr } = await run(...args, '--data', data);
    assert.doesNotMatch(stdout + stderr.replaceAll('\r', ''), harmful, args.join(' '));
    assert.doesNotMatch(stdout, /\n\n\n/);
  }
  const verified = await run('audit', 'verify', evil);
  assert.doesNotMatch(verified.stdout + verified.stderr, harmful);
  const [job] = (await run('jobs', '--json', '--data', data)).stdout.trim().split('\n').slice(-1).map((line) => JSON.parse(line));
  assert.equal(job.db_path, evil, 'as JSON it is exactly what it is');
  await stop(service);
  assert.doesNotMatch(service.child.logged, harmful);
});

test('with a /proc that shows nothing but processes, as the unit has it, everything is found and taken over all the same', async (t) => {
  const hidden = ['--mount', 'sh', '-c', 'mount -t proc -o subset=pid,hidepid=invisible proc /proc && exec "$@"', 'sh', playbus];
  if (spawnSync('unshare', [...hidden.slice(0, -2), 'sh', 'true']).status !== 0) { t.skip('/proc cannot be mounted here'); return; }
  const data = folder('hidden');
  const inside = (...args) => start([...hidden, ...args, '--data', data], { program: 'unshare' });
  const port = await freePort();
  const begun = inside('up', '--listen', `127.0.0.1:${port}`, '--workers', '1');
  await first(begun);
  const second = inside('up', '--listen', '127.0.0.1:0');
  assert.equal(await coming('the second', second.ended), 3);
  assert.match(second.logged, /already running on this data folder: http:/);
  const status = inside('status', '--json');
  assert.equal(await coming('the status', status.ended), 0, status.logged);
  assert.ok(JSON.parse(status.said).actors.every(({ state }) => state === 'up'), status.said);
  kill(tree(data).map(({ pid }) => pid).filter((pid) => pid !== begun.pid).slice(0, 1));
  kill([begun.pid]);
  await coming('the end of up', begun.ended);
  const again = inside('up', '--listen', `127.0.0.1:${port}`, '--workers', '1');
  await first(again);
  await stop({ child: again });
});

test('a lock, a key or a head that is a link is not followed', async () => {
  const victim = path.join(place, 'victim');
  for (const name of ['run/playbus.lock', 'run/tree.lock', 'run/history.lock', 'keys/audit.key', 'keys/audit.pub', 'audit/audit.head.part']) {
    const data = folder(`linked-${name.replaceAll('/', '-')}`);
    await stop(await up(data));
    writeFileSync(victim, 'precious\n');
    rmSync(path.join(data, name), { force: true });
    symlinkSync(victim, path.join(data, name));
    const child = start(['up', '--data', data, '--listen', '127.0.0.1:0', '--workers', '1']);
    if (name.startsWith('run/')) await until('it is refused', () => child.exitCode !== null || /cannot open the lock/.test(child.logged));
    else await until('it starts or is refused', () => child.exitCode !== null || child.said !== '');
    child.kill('SIGTERM');
    await child.ended;
    assert.equal(readFileSync(victim, 'utf8'), 'precious\n', name);
  }
});

test('a data folder that is not ours or that others can write to is refused, with what helps', async () => {
  const data = folder('shared');
  await stop(await up(data));
  chmodSync(data, 0o770);
  for (const args of [['up', '--listen', '127.0.0.1:0'], ['import', path.join(data, 'history.db')]]) {
    const { status, stderr } = await run(...args, '--data', data);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^playbus: The data folder is not safe to use: .*: others may write to it, its mode is 770\n {2}Let it belong/m);
  }
  chmodSync(data, 0o700);
  if (process.getuid() === 0) {
    chownSync(data, 65534, 65534);
    const { status, stderr } = await run('up', '--data', data, '--listen', '127.0.0.1:0');
    assert.equal(status, 1, stderr);
    assert.match(stderr, /it belongs to user 65534, this is user 0/);
    chownSync(data, 0, 0);
  }
  await stop(await up(data));
});

describe('beside one another, for they wait most of the time', { concurrency: true }, () => {
  test('whoever hangs is told in status, ended and started again, the broker too', async () => {
    const data = folder('hung');
    const told = await listen(path.join(place, 'notify'));
    const watchdog = 60_000; // as in the unit
    mkdirSync(path.join(data, 'run'), { mode: 0o700 });
    // As a history that is at it writes; a mark that was there before the start is forgotten by it.
    const marking = setInterval(() => writeFileSync(path.join(data, 'run/migrating.history.db'), `${process.pid}\n`), 10);
    after(() => clearInterval(marking));
    const service = await up(data, { env: { NOTIFY_SOCKET: told.socket, WATCHDOG_USEC: String(watchdog * 1000) } });
    clearInterval(marking);
    assert.match(told.states[0]?.state ?? '', /^EXTEND_TIMEOUT_USEC=\d+ STATUS=/);
    await until('READY is sent', () => told.states.some(({ state }) => /^READY=1/.test(state)));
    const actors = async () => JSON.parse((await run('status', '--json', '--data', data)).stdout).actors;
    const pids = Object.fromEntries((await actors()).map(({ name, pid }) => [name, pid]));
    for (const victims of [['history', 'audit', 'tautulli', 'import-worker-1', 'plex', 'server-sync'], ['broker'], ['gateway']]) {
      kill(victims.map((name) => pids[name]), 'SIGSTOP');
      for (const name of victims) {
        if (name === 'history') await until('the panel is told, too', async () => (await ask(data, service.address, '/system')).body.actors.some((row) => row.pid === pids[name] && row.state === 'hung'), 12_000);
        if (name !== 'gateway') await until(`${name} is told to hang`, async () => (await actors()).find((row) => row.name === name).state === 'hung', 12_000);
      }
      for (const name of victims) {
        await until(`${name} is another process`, async () => {
          const row = (await actors()).find((one) => one.name === name);
          return row.state === 'up' && row.pid !== pids[name];
        }, 40_000);
      }
      await until('ready again', async () => (await fetch(`${service.address}/api/v1/health/ready`)).status === 200);
    }
    assert.match(service.child.logged, /history gives no sign of life, ending it/);
    await stop(service);
    const fed = told.states.filter(({ state }) => /WATCHDOG=1/.test(state)).map(({ at }) => at);
    assert.ok(fed.length > 2 && fed.every((at, i) => i === 0 || at - fed[i - 1] < watchdog), `fed ${fed}`);
    assert.match(told.states.at(-1).state, /^STOPPING=1/);
    told.child.kill();
  });

  test('a part that dies as soon as it lives is started again at longer intervals', async () => {
    const data = folder('crashing');
    const service = await up(data);
    const now = () => Number(readFileSync(path.join(data, 'run/tautulli.lock'), 'utf8'));
    const deaths = [];
    for (let last; deaths.length < 8;) {
      const pid = await until('another life', () => { const found = now(); return found !== last && found; }, 20_000);
      if (deaths.length === 0) await until('a life of its own', () => service.child.logged.includes('tautulli'), 20_000);
      kill([pid]);
      deaths.push(Date.now());
      last = pid;
    }
    const [early, late] = [deaths[3] - deaths[0], deaths[7] - deaths[4]];
    assert.ok(early < 10_000, `the first ones: ${early} ms`);
    assert.ok(late > 10_000, `the later ones: ${late} ms`);
    const left = now();
    await until('it is back', async () => now() !== left && (await fetch(`${service.address}/api/v1/health/ready`)).status === 200, 20_000);
    await stop(service);
  });

  test('a part that cannot start is tried again at growing intervals, and its reason is in status', async () => {
    const data = folder('failing');
    const service = await up(data);
    garble(path.join(data, 'accounts.db'));
    truncateSync(path.join(data, 'accounts.db-wal'), 0); // it holds the whole of a young database
    const { pid } = tree(data).find(({ command }) => command.includes('playbus-gateway'));
    kill([pid]);
    const began = Date.now();
    const tries = () => { try { return Number(readFileSync(path.join(data, 'run/gateway/refused'), 'utf8').split('\n')[2]); } catch { return 0; } };
    await until('the fifth try', () => tries() >= 5);
    assert.ok(Date.now() - began > 4000, `${Date.now() - began} ms`);
    assert.match((await run('status', '--data', data)).stdout, /A database of Playbus is damaged: accounts\.db/);
    await stop(service);
  });
});

test('a program that leaves a read transaction open on history.db is named while the -wal grows, and the room comes back', async () => {
  const data = folder('held');
  const service = await up(data, { env: { PLAYBUS_IMPORT_BATCH_ROWS: '20' } }); // each batch writes a few dozen pages
  const { file } = await makeSource('held.db', '--rows', 60_000);
  const wal = () => statSync(path.join(data, 'history.db-wal'), { throwIfNoEntry: false })?.size ?? 0;
  const reader = spawn('sqlite3', [path.join(data, 'history.db')], { stdio: ['pipe', 'pipe', 'inherit'] });
  after(() => reader.kill('SIGKILL'));
  let said = '';
  reader.stdout.on('data', (text) => { said += text; });
  reader.stdin.write('BEGIN; SELECT count(*) FROM jobs;\n');
  await until('the reader has its snapshot', () => said !== '');
  const importing = start(['import', file, '--data', data]);
  const worker = tree(data).find(({ command }) => command.includes('playbus-import-worker')).pid;
  await until('the -wal has grown', () => wal() > 129 << 20);
  process.kill(worker, 'SIGSTOP'); // on a fast machine the rest would take no longer than one look
  await until('the job tells who holds it', async () => {
    const { stdout } = await run('status', '--json', '--data', data);
    return JSON.parse(stdout).jobs?.some(({ progress }) => progress.message?.includes(`process ${reader.pid} holds a read transaction on history.db`));
  });
  process.kill(worker, 'SIGCONT');
  assert.equal(await coming('the end of the import', importing.ended), 0, importing.logged);
  assert.ok(wal() > 128 << 20);
  assert.equal(service.child.logged.match(/holds a read transaction/g)?.length, 1);
  reader.kill('SIGKILL');
  await until('the -wal is small again', () => wal() < 1 << 20);
  await stop(service);
});

test('a damaged page met while at work is told with the file and what helps, and the service is not ready any more', async () => {
  const data = folder('page');
  const { file } = await makeSource('page.db', '--rows', '3000');
  assert.equal((await run('import', '--data', data, file)).status, 0);
  const history = path.join(data, 'history.db');
  const page = Number(await shell(history, "SELECT pageno FROM dbstat WHERE name = 'plays' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1 OFFSET 20"));
  const size = Number(await shell(history, 'PRAGMA page_size'));
  const fd = openSync(history, 'r+');
  writeSync(fd, Buffer.alloc(200, 0x55), 0, 200, (page - 1) * size);
  closeSync(fd);
  const service = await up(data);
  const ready = async () => (await fetch(`${service.address}/api/v1/health/ready`)).status;
  await until('ready', async () => await ready() === 200);
  for (const where of ['/history?user=nobody', '/history/summary?by=user']) {
    const { status, body } = await ask(data, service.address, where);
    assert.equal(status, 503, where);
    assert.match(body.error, /^A database of Playbus is damaged: history\.db: /, where);
    assert.match(body.remedy, /playbus check/);
  }
  await until('not ready', async () => await ready() === 503, 10_000);
  const { stdout } = await run('status', '--data', data);
  assert.match(stdout, /history\.db/);
  await stop(service);
});

test('a damaged page of accounts.db met while at work is told in the same way', async () => {
  const data = folder('accounts-page');
  const before = await up(data);
  const made = spawnSync(playbus, ['user', 'add', 'someone', '--password-stdin', '--data', data], { input: 'a long and quiet word\n' });
  assert.equal(made.status, 0, made.stderr.toString());
  await stop(before);
  const accounts = path.join(data, 'accounts.db');
  const page = Number(await shell(accounts, "SELECT rootpage FROM sqlite_schema WHERE name = 'failures'"));
  const size = Number(await shell(accounts, 'PRAGMA page_size'));
  const fd = openSync(accounts, 'r+');
  writeSync(fd, Buffer.alloc(size, 0x55), 0, size, (page - 1) * size);
  closeSync(fd);
  const service = await up(data);
  const signIn = () => fetch(`${service.address}/api/v1/auth/login`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Origin: service.address }, body: JSON.stringify({ name: 'nobody', password: 'not the right one' }) });
  const answer = await signIn();
  assert.equal(answer.status, 503);
  assert.match((await answer.json()).error, /^A database of Playbus is damaged: accounts\.db: /);
  await until('not ready', async () => (await fetch(`${service.address}/api/v1/health/ready`)).status === 503, 10_000);
  await stop(service);
});

test('rejected rows of repeated imports and dry runs take no more room, and beyond the limit the receipt says what is not kept', async () => {
  const data = folder('repeated');
  const { file } = await makeSource('repeated.db', '--rows', '4000');
  await shell(file, "UPDATE session_history SET started = NULL, platform = hex(randomblob(1500)) WHERE id % 2 = 0");
  const history = path.join(data, 'history.db');
  const used = async () => Number(await shell(history, 'SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size'));
  const unlimited = { PLAYBUS_LIMIT_TRIGGERS: '1000000', PLAYBUS_LIMIT_PASSIVE: '1000000' };
  let service = await up(data, { env: unlimited });
  const importing = async (...options) => {
    const { status, stdout, stderr } = await run('import', file, ...options, '--json', '--data', data);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout).job.job_id;
  };
  const seen = async (job) => {
    const errors = await ask(data, service.address, `/import/errors?job=${job}&limit=1000`);
    const { body } = await ask(data, service.address, `/sync/jobs/${job}`);
    return { listed: errors.body.items.length > 0, lacking: body.receipt.warnings.filter((text) => /are not kept/.test(text)) };
  };
  const jobs = [await importing()];
  const first = await used();
  for (let turn = 0; turn < 3; turn++) jobs.push(await importing('--dry-run'), await importing());
  const last = await used();
  assert.ok(last - first < 2_000_000, `${first} bytes after one import, ${last} after seven`);
  for (const job of jobs) assert.deepEqual(await seen(job), { listed: true, lacking: [] });
  await stop(service);
  service = await up(data, { env: { ...unlimited, PLAYBUS_HISTORY_NOTES_MAX: '9000' } });
  await until('the oldest are trimmed', async () => !(await seen(jobs[0])).listed);
  assert.match((await seen(jobs[0])).lacking[0], /^2000 rejected rows are counted, the raw rows of which are not kept/);
  assert.deepEqual(await seen(jobs.at(-1)), { listed: true, lacking: [] });
  await until('no more than the limit are left', async () => (await seen(jobs[2])).lacking.length === 1);
  await stop(service);
});

test('a clock that is set while an import runs moves neither its elapsed time nor its seq', async () => {
  const data = folder('clocks');
  const { env, set } = skewedClock();
  const { file } = await makeSource('clocks.db', '--rows', '250000');
  const service = await up(data, { env });
  const importing = start(['import', file, '--data', data]);
  let seq = 0;
  const stats = async () => {
    const { body } = await ask(data, service.address, '/import/status');
    assert.ok(body.stats.seq === undefined || body.stats.seq >= seq, `seq fell from ${seq} to ${body.stats.seq}`);
    seq = body.stats.seq ?? seq;
    return body.stats;
  };
  await until('rows come', async () => (await stats()).processed_records > 0);
  for (const seconds of [-3600, 365 * 86400, 0]) {
    const before = await stats();
    assert.equal(before.status, 'running');
    set(seconds);
    const after = await until('elapsed goes on', async () => {
      const now = await stats();
      return now.elapsed_seconds >= before.elapsed_seconds + 0.3 && now;
    }, 10_000);
    assert.ok(after.elapsed_seconds < before.elapsed_seconds + 60, `${after.elapsed_seconds}`);
  }
  assert.equal(await coming('the end of the import', importing.ended), 0, importing.logged);
  assert.ok((await stats()).elapsed_seconds < 120);
  await stop(service);
});
