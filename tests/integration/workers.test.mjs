// SPDX-License-Identifier: MIT
// workers.test.mjs - import workers on other machines: who is let in, what they may say, and that what they bring
// is what one machine alone stores.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { connected, invite, joined, Machine, worker } from './machines.mjs';
import { bin, figures, freePort, long, makeSource, place, run, Service, shell, until } from './service.mjs';

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
    const { rows, rows_by } = await worker(service, 'attic');
    assert.deepEqual([rows, rows_by], [far.processed_records, 'reads']);
  });

  /** Both ends of an import by this service and by one machine alone, and that they are the same. */
  async function sameAsAlone(file, far) {
    const near = await alone.import(file);
    assert.deepEqual(figures(far), figures(near));
    assert.equal(far.status, 'completed');
    assert.equal(await service.plays(), await alone.plays());
    const receipt = async (one, { job_id }) => (await one.fetched(`/sync/jobs/${job_id}`)).receipt ?? {};
    assert.deepEqual(await receipt(service, far), await receipt(alone, near));
  }

  test('a database that differs is not read there, and the rows are sent: they become what one machine stores', async () => {
    const { file } = await makeSource('other.db', '--rows', 6000, '--dirty', '--seed', 6);
    await shell(file, "UPDATE session_history_metadata SET summary = hex(zeroblob(1500000)) WHERE id IN (3000, 3001)"); // too wide to be sent as they are
    await shell(file, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 11000) INSERT INTO users (user_id, username) SELECT 5000000 + i, 'user' || i FROM n"); // names in more than one part
    copyFileSync((await makeSource('twin.db', '--rows', 6000, '--dirty', '--seed', 7)).file, path.join(attic.files, 'other.db'));
    await sameAsAlone(file, await service.import(file));
    assert.equal((await worker(service, 'attic')).rows_by, 'sent');
    assert.match(await run(path.join(bin, 'playbus'), 'worker', 'list', '--data', service.data), /attic .*is sent rows/);
  });

  test('a worker that is sent rows is killed in the middle, and nothing is lost', async () => {
    const { file } = await makeSource('sent.db', '--rows', 9000, '--dirty', '--seed', 10);
    await service.begin(file);
    for (const share of long ? [0.05, 0.4, 0.7] : [0.05]) {
      await until('it is under way', async () => (await service.fetched('/import/status')).stats.processed_records > 9000 * share);
      attic.child.kill('SIGKILL');
      await attic.ended;
      attic.work();
    }
    await sameAsAlone(file, await service.end());
    assert.doesNotMatch(attic.logged, /BAD_MESSAGE/);
  });

  /** How many messages of a key the audit log tells of, by what they were. */
  async function audited(name) {
    const { items } = await service.fetched('/audit/events?limit=500&action=worker_message');
    const sums = {};
    for (const { actor, target, count, outcome } of items.filter((one) => one.actor === name)) {
      sums[target] = (sums[target] ?? 0) + (count ?? 1);
      assert.ok(['NOT_FOR_ASKER', 'BAD_MESSAGE', 'WORKER_DIFFERS', 'others'].includes(outcome), outcome);
    }
    return sums;
  }
  const total = (sums) => Object.values(sums).reduce((sum, n) => sum + n, 0);

  test('a worker\'s key may say what a worker says, and nothing else: refused by name, and audited', async () => {
    const allowed = ['actor.hello', 'lease.take', 'lease.renew', 'lease.done', 'rows.names', 'rows.ask', 'batch.commit'];
    const door = service.pid('door');
    assert.deepEqual(await knock(attic.key, '--frames'), { cut: undefined });
    await until('what is no message is audited', async () => (await audited('attic')).frames === 1);
    const answers = await knock(attic.key);
    const { heard, ...messages } = answers;
    assert.equal(heard, 'at-last', JSON.stringify(answers));
    for (const kind of ['reply:', 'refused:', 'event:', 'beat:']) {
      assert.ok(Object.keys(messages).filter((message) => message.startsWith(kind)).length > 1, kind);
    }
    for (const [message, code] of Object.entries(messages).filter(([one]) => !one.includes(':'))) {
      assert.equal(code === 'NOT_FOR_ASKER', !allowed.includes(message), `${message}: ${code}`);
    }
    const forbidden = Object.keys(messages).length - allowed.length + 1;
    const { refused, rows } = await worker(service, 'attic');
    assert.ok(forbidden > 200 && refused === forbidden, `${refused} of ${forbidden}`);
    await until('the audit log knows of each', async () => total(await audited('attic')) === forbidden);
    const { items } = await service.fetched('/audit/events?limit=500&action=worker_message');
    const told = items.find(({ target }) => target === 'server.credentials');
    assert.deepEqual([told.phase, told.actor, told.outcome, told.address], ['refused', 'attic', 'NOT_FOR_ASKER', '127.0.0.1']);
    assert.ok(items.length <= 97, 'however many there are, it is told of so many kinds');
    assert.equal((await worker(service, 'attic')).rows, rows, 'what it says of rows is not counted');
    assert.equal(service.pid('door'), door);
  });

  test('what a worker may say, said to do harm, harms neither the door nor the import of others', async () => {
    const crook = new Machine('crook');
    assert.equal((await crook.join((await invite(service, { name: 'crook' })).invitation)).status, 0);
    const pids = ['door', 'broker', 'history', 'tautulli'].map((actor) => service.pid(actor));
    const { file } = await makeSource('harm.db', '--rows', 4000, '--dirty', '--seed', 11);
    copyFileSync(file, path.join(attic.files, 'harm.db'));
    const job = await service.begin(file);
    const said = await knock(crook.key, '--hostile', job);
    assert.ok(Object.keys(said).length === 21 && !Object.values(said).includes('cut'), JSON.stringify(said));
    const refused = Object.entries(said).filter(([message]) => /rows\.|least:batch|greatest:batch/.test(message));
    assert.ok(refused.length === 8 && refused.every(([, code]) => /^[A-Z_]{3,}$/.test(code)), JSON.stringify(said));
    await sameAsAlone(file, await service.end());
    assert.deepEqual(['door', 'broker', 'history', 'tautulli'].map((actor) => service.pid(actor)), pids);
    const { rows } = await worker(service, 'crook');
    assert.ok(!rows, 'none of it counts as rows, not even what was stored before');
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
    const [mark, endpoint, , key, secret] = one.invitation.split(' ');
    const kept = readFileSync(shed.key, 'utf8');
    const other = await shed.join([mark, endpoint, key, key, secret].join(' ')); // another machine's
    assert.notEqual(other.status, 0);
    assert.match(other.said, /works for tcp:/);
    assert.equal(readFileSync(shed.key, 'utf8'), kept, 'who works for one is not taken from it');
    assert.equal(await knock(shed.key, '--stranger'), 'not let in');
    assert.deepEqual(await knock(shed.key, '--as', (await worker(service, 'attic')).id), { cut: undefined });
  });

  /** The certificate that an invitation's line holds, as a file of `knock`. */
  function keyOf({ invitation }, name) {
    const [, endpoint, door, key, secret] = invitation.split(' ');
    const file = path.join(place, `${name}.key`);
    writeFileSync(file, `metadata\n    endpoint = "${endpoint}"\n    door = "${door}"\ncurve\n    public-key = "${key}"\n    secret-key = "${secret}"\n`, { mode: 0o600 });
    return file;
  }

  test('an invitation is good for one message, whatever that is, but for a worker of another version', async () => {
    for (const kind of ['', 'reply', 'refused', 'event', 'beat']) {
      const name = `used by ${kind || 'command'}`;
      const key = keyOf(await invite(service, { name }), name);
      const said = await knock(key, '--only', kind);
      assert.ok('cut' in said, JSON.stringify(said));
      assert.deepEqual(Object.values(said).filter((code) => code === 'OK'), []);
      assert.equal(await worker(service, name), undefined, 'it is over');
      assert.equal(await knock(key), 'not let in');
      await until('the audit log tells of the one message', async () => total(await audited(name)) === 1);
    }
    const invited = await invite(service, { name: 'older' });
    const key = keyOf(invited, 'older');
    assert.deepEqual(await knock(key, '--differs'), { 'worker.join': 'WORKER_DIFFERS' });
    await until('that is audited', async () => (await audited('older'))['worker.join'] === 1);
    assert.equal((await worker(service, 'older')).state, 'invited');
    assert.equal((await new Machine('older').join(invited.invitation)).status, 0, 'with the right version it joins');
  });

  test('plain tcp, garbage and a flood of connections let nobody in and keep nobody out', async () => {
    const sockets = [];
    const counted = async (name) => (await service.fetched('/workers')).counters.find((one) => one.name === name).n;
    const flood = (i) => {
      const socket = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.7' });
      socket.on('error', () => {});
      socket.resume();
      socket.write(i % 2 ? 'GET / HTTP/1.1\r\n\r\n' : Buffer.concat([Buffer.from('ff00000000000000017f0300', 'hex'), Buffer.alloc(52), Buffer.alloc(3000, i)]));
      sockets.push(socket);
    };
    await until('that address is heard no more', async () => {
      for (let i = 0; i < 150; i++) flood(i); // again: what it may do grows with the time that a busy machine takes
      return (await counted('shut')) > 0;
    });
    const late = net.connect({ port, host: '127.0.0.1', localAddress: '127.0.0.7' }, () => { late.heard = true; });
    late.on('error', () => {});
    const { file } = await makeSource('flood.db', '--rows', 1500, '--seed', 8);
    copyFileSync(file, path.join(attic.files, 'flood.db'));
    assert.equal((await service.import(file)).status, 'completed');
    assert.equal(await knock(attic.key, '--frames').then((told) => 'cut' in told), true, 'another address is heard');
    assert.equal(late.heard, undefined);
    for (const socket of [...sockets, late]) socket.destroy();
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
