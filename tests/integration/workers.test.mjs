// SPDX-License-Identifier: MIT
// workers.test.mjs - import workers on other machines: who is let in, what they may say, and that what they bring
// is what one machine alone stores. The other machine is a network namespace, joined by a pair of veth.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bin, figures, freePort, long, makeSource, place, run, Service, until } from './service.mjs';

const playbus = path.join(bin, 'playbus');
const started = new Set();

/** A worker's machine: a data folder, a folder of its own for databases, and how a program is run on it. */
class Machine {
  constructor(name, through = []) {
    this.data = path.join(place, `${name}-data`);
    this.files = path.join(place, `${name}-files`);
    mkdirSync(this.files);
    this.through = through;
    this.logged = '';
  }

  spawn(...args) {
    const [program, ...rest] = [...this.through, playbus, 'worker', ...args];
    return spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** {status, said}: of `playbus worker join` with this line. */
  join(invitation) {
    const child = this.spawn('join', '--data', this.data);
    let said = '';
    child.stderr.on('data', (text) => { said += text; });
    child.stdin.end(`${invitation}\n`);
    return new Promise((resolve) => { child.on('close', (status) => resolve({ status, said })); });
  }

  work() {
    this.child = this.spawn('run', '--data', this.data, '--allow', this.files);
    this.child.stderr.on('data', (text) => { this.logged = (this.logged + text).slice(-20_000); });
    this.ended = new Promise((resolve) => { this.child.on('exit', resolve); });
    started.add(this);
  }

  async stop() {
    started.delete(this);
    this.child.kill('SIGTERM');
    await this.ended;
  }

  get key() { return path.join(this.data, 'worker/worker.key'); }
}

after(() => Promise.all([...started].map((machine) => machine.stop())));

async function invite(service, more = {}) {
  const { status, body } = await service.patiently('POST /workers', more);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

const listed = async (service) => (await service.fetched('/workers')).items;
const worker = async (service, name) => (await listed(service)).find((one) => one.name === name);
const connected = (service, name) => until(`${name} is connected`, async () => (await worker(service, name))?.state === 'connected');

async function joined(service, machine, name, more = {}) {
  const { invitation } = await invite(service, { name, ...more });
  const { status, said } = await machine.join(invitation);
  assert.equal(status, 0, said);
  machine.work();
  await connected(service, name).catch((error) => { throw new Error(`${error.message}\n${machine.logged}`); });
}

/** What the door says to a key: {message: code}, or the one line that it is not let in. */
async function knock(...args) {
  const lines = (await run(path.join(bin, 'knock'), ...args)).trim().split('\n');
  return lines[0] === 'not let in' ? lines[0] : Object.fromEntries(lines.map((line) => line.split(' ')));
}

describe('workers on other machines', () => {
  let service;
  let alone;
  let port;
  let attic;
  before(async () => {
    port = await freePort();
    [service, alone] = await Promise.all([
      Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${port}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '500' } }),
      Service.start(),
    ]);
    attic = new Machine('attic');
    await joined(service, attic, 'attic');
  });
  after(() => Promise.all([service.stop(), alone.stop()]));

  test('the door is shut where no setting opens it', async () => {
    const { status, body } = await alone.ask('GET /workers');
    assert.deepEqual([status, body.code], [409, 'DOOR_OFF']);
    assert.equal(alone.pid('door'), undefined);
  });

  test('with remote workers alone an import stores what one machine stores', async () => {
    const { file } = await makeSource('far.db', '--rows', 6000, '--dirty', '--seed', 5);
    copyFileSync(file, path.join(attic.files, 'another name.db'));
    const far = await service.import(file);
    const near = await alone.import(file);
    assert.deepEqual(figures(far), figures(near));
    assert.equal(far.status, 'completed');
    assert.equal(await service.plays(), await alone.plays());
    const [here, there] = await Promise.all([service, alone].map(async (one) => (await one.fetched(`/sync/jobs/${one === service ? far.job_id : near.job_id}`)).receipt ?? {}));
    assert.deepEqual(here, there);
    const { rows } = await worker(service, 'attic');
    assert.equal(rows, far.processed_records);
  });

  test('a database that differs is not read there', async () => {
    const { file } = await makeSource('other.db', '--rows', 900, '--seed', 6);
    copyFileSync((await makeSource('twin.db', '--rows', 900, '--seed', 7)).file, path.join(attic.files, 'other.db'));
    await service.begin(file);
    await until('the import waits for a worker that has the rows', async () => (await service.fetched('/import/status')).stats.phase === 'waiting');
    assert.equal((await service.fetched('/import/status')).stats.processed_records, 0);
    assert.equal((await service.ask('DELETE /import')).status, 200);
  });

  test('a worker\'s key may say what a worker says, and nothing else: refused by name, and audited', async () => {
    const allowed = ['actor.hello', 'lease.take', 'lease.renew', 'lease.done', 'batch.commit'];
    const answers = await knock(attic.key);
    assert.ok(Object.keys(answers).length > 60, JSON.stringify(answers));
    for (const [message, code] of Object.entries(answers)) {
      assert.equal(code === 'NOT_FOR_ASKER', !allowed.includes(message), `${message}: ${code}`);
    }
    const entries = await until('the audit log knows', async () => {
      const { items } = await service.fetched('/audit/events?limit=200&action=worker_message');
      return items.length >= Object.keys(answers).length - allowed.length && items;
    });
    const told = entries.find(({ target }) => target === 'server.credentials');
    assert.deepEqual([told.phase, told.actor, told.outcome, told.address], ['refused', 'attic', 'NOT_FOR_ASKER', '127.0.0.1']);
    assert.ok((await worker(service, 'attic')).refused > 50);
  });

  test('an invitation names an address that another machine can use', async () => {
    for (const address of ['*:8675', '0.0.0.0:8675', '[::]:8675', '[::0]:8675', 'attic:*', 'attic', 'attic:0', 'attic:70000', 'at tic:8675']) {
      const { status, body } = await service.ask('POST /workers', { address });
      assert.deepEqual([status, body.code], [422, 'WORKER_ADDRESS_NEEDED'], address);
    }
    for (const address of ['attic.lan:8675', '[fd00::5]:8675', '192.0.2.7:8675']) {
      const { id, invitation } = await invite(service, { address });
      assert.ok(invitation.includes(` tcp://${address} `), invitation);
      assert.equal((await service.ask(`DELETE /workers/${id}`)).status, 200);
    }
  });

  test('an invitation is good once, and for its time', async () => {
    const one = await invite(service, { name: 'shed' });
    const shed = new Machine('shed');
    assert.equal((await shed.join(one.invitation)).status, 0);
    const again = await new Machine('thief').join(one.invitation);
    assert.equal(again.status, 1);
    assert.match(again.said, /invitation was used/);
    const short = await invite(service, { name: 'late', for_s: 1 });
    await until('it is over', async () => (await worker(service, 'late')) === undefined);
    assert.equal((await new Machine('late').join(short.invitation)).status, 1);
    assert.equal((await shed.join(one.invitation)).status, 0, 'who has joined is told so');
    assert.equal(await knock(shed.key, '--stranger'), 'not let in');
    assert.deepEqual(await knock(shed.key, '--as', (await worker(service, 'attic')).id), { cut: undefined });
  });

  test('plain tcp, garbage and a flood of connections let nobody in and keep nobody out', async () => {
    const sockets = [];
    for (let i = 0; i < 150; i++) {
      const socket = net.connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.resume();
      socket.write(i % 2 ? 'GET / HTTP/1.1\r\n\r\n' : Buffer.concat([Buffer.from('ff00000000000000017f0300', 'hex'), Buffer.alloc(52), Buffer.alloc(3000, i)]));
      sockets.push(socket);
    }
    await Promise.all(sockets.map((socket) => new Promise((resolve) => { socket.on('close', resolve); })));
    const { file } = await makeSource('flood.db', '--rows', 1500, '--seed', 8);
    copyFileSync(file, path.join(attic.files, 'flood.db'));
    assert.equal((await service.import(file)).status, 'completed');
  });

  test('the door is killed in the middle, and nothing is lost', async () => {
    const { file, manifest } = await makeSource('killed.db', '--rows', 5000, '--seed', 9);
    copyFileSync(file, path.join(attic.files, 'killed.db'));
    await service.begin(file);
    await until('it is under way', async () => (await service.fetched('/import/status')).stats.processed_records > 0);
    process.kill(service.pid('door'), 'SIGKILL');
    const stats = await service.end();
    assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
  });

  test('who is revoked is cut at once, and stays out', async () => {
    await connected(service, 'attic');
    const { id } = await worker(service, 'attic');
    const { status, body } = await service.ask(`DELETE /workers/${id}`);
    assert.deepEqual([status, body.name], [200, 'attic']);
    assert.equal(await worker(service, 'attic'), undefined);
    assert.equal(await knock(attic.key), 'not let in');
    await until('the worker says so', () => /does not let this worker in/.test(attic.logged));
    assert.equal((await service.ask(`DELETE /workers/${id}`)).status, 404);
  });
});

/* ---- another machine ---- */

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString();
const tag = process.pid % 10_000;
const space = `playbus-${tag}`;
const ends = [`pbm${tag}`, `pbw${tag}`];
const subnet = `10.213.${tag % 250}`;

/** Why there can be no other machine; '' if there can. */
function openNetwork() {
  try {
    ip('netns', 'add', space);
    ip('link', 'add', ends[0], 'type', 'veth', 'peer', 'name', ends[1], 'netns', space);
    ip('addr', 'add', `${subnet}.1/24`, 'dev', ends[0]);
    ip('link', 'set', ends[0], 'up');
    ip('-n', space, 'addr', 'add', `${subnet}.2/24`, 'dev', ends[1]);
    ip('-n', space, 'link', 'set', ends[1], 'up');
    ip('-n', space, 'link', 'set', 'lo', 'up');
    return '';
  } catch (error) {
    closeNetwork();
    return `this machine forbids network namespaces: ${String(error.stderr ?? error.message).trim()}`;
  }
}

function closeNetwork() {
  for (const args of [['link', 'del', ends[0]], ['netns', 'del', space]]) {
    try { ip(...args); } catch { /* it is not there */ }
  }
}

const forbidden = openNetwork();
after(closeNetwork);

describe('a worker behind a cable', { skip: forbidden || false }, () => {
  let service;
  let cellar;
  before(async () => {
    const port = await freePort();
    service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://${subnet}.1:${port}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '250' } });
    cellar = new Machine('cellar', ['ip', 'netns', 'exec', space]);
    await joined(service, cellar, 'cellar');
  });
  after(() => service.stop());

  test('a slow line is slow, and its worker stays known', async () => {
    const { file, manifest } = await makeSource('slow.db', '--rows', 2500, '--seed', 31);
    copyFileSync(file, path.join(cellar.files, 'slow.db'));
    const slow = ['ip', 'netns', 'exec', space, 'tc', 'qdisc'];
    execFileSync(slow[0], [...slow.slice(1), 'add', 'dev', ends[1], 'root', 'tbf', 'rate', '3mbit', 'burst', '16kb', 'latency', '2s']);
    try {
      await service.begin(file);
      await until('it is under way', async () => (await service.fetched('/import/status')).stats.processed_records > 0);
      const told = cellar.logged.length;
      const stats = await service.end();
      assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
      assert.doesNotMatch(cellar.logged.slice(told), /broker is away/);
    } finally {
      execFileSync(slow[0], [...slow.slice(1), 'del', 'dev', ends[1], 'root']);
    }
  });

  for (const seconds of long ? [1, 5, 20] : [1]) {
    test(`the cable is pulled for ${seconds} s in the middle of an import: nothing is lost or doubled`, async () => {
      const { file, manifest } = await makeSource(`cable-${seconds}.db`, '--rows', 12_000, '--seed', 20 + seconds);
      copyFileSync(file, path.join(cellar.files, `cable-${seconds}.db`));
      await service.begin(file);
      await until('it is under way', async () => (await service.fetched('/import/status')).stats.processed_records > 0);
      ip('link', 'set', ends[0], 'down');
      const before = (await service.fetched('/import/status')).stats.processed_records;
      await new Promise((resolve) => { setTimeout(resolve, seconds * 1000); }); // what is tested is the time
      ip('link', 'set', ends[0], 'up');
      const stats = await service.end();
      assert.deepEqual([stats.status, stats.imported_records, stats.error_count], ['completed', manifest.expected.imported, manifest.expected.errors]);
      assert.ok(before < stats.processed_records, 'the cable was pulled in the middle');
      assert.equal((await worker(service, 'cellar')).address, `${subnet}.2`);
    });
  }
});
