// SPDX-License-Identifier: MIT
// cable.test.mjs - a worker behind a cable that is pulled, heals, or never does: nothing is lost or doubled, no
// counter falls, and a stop is answered meanwhile. LONG=1: 100 rounds, and processes are killed in between.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Cable, connected, invite, joined, listed, Machine, worker } from './machines.mjs';
import { bin, freePort, long, makeSource, run, Service, until } from './service.mjs';

const cable = new Cable();
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const stats = async (service) => (await service.fetched('/import/status')).stats;

/** Watches an import's counters from now on; the returned function ends that, and says what fell. */
function watch(service) {
  const fell = [];
  let last = null;
  let over = false;
  const watching = (async () => {
    while (!over) {
      const now = await stats(service).catch(() => null); // the gateway's own trouble is not asked about here
      for (const name of ['processed_records', 'imported_records', 'error_count', 'skipped_records']) {
        if (last?.job_id === now?.job_id && now?.[name] < last?.[name]) fell.push(`${name}: ${last[name]} -> ${now[name]}`);
      }
      last = now ?? last;
      await pause(50);
    }
  })();
  return async () => {
    over = true;
    await watching;
    return fell;
  };
}

describe('a worker behind a cable', { skip: cable.forbidden || false }, () => {
  let service;
  let cellar;
  let seed = 20;

  /** A database, with its copy in the cellar. */
  async function source(rows, ...more) {
    const name = `cable-${seed++}.db`;
    const made = await makeSource(name, '--rows', rows, '--seed', seed, ...more);
    copyFileSync(made.file, path.join(cellar.files, name));
    return made;
  }

  async function underWay(file) {
    const job = await service.begin(file);
    await until('it is under way', async () => (await stats(service)).processed_records > 0);
    return job;
  }

  function isWhole(end, { expected }) {
    assert.deepEqual([end.status, end.imported_records, end.error_count], ['completed', expected.imported, expected.errors]);
  }

  before(async () => {
    const port = await freePort();
    service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://${cable.here}:${port}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '250' } });
    cellar = new Machine('cellar', cable.through);
    await joined(service, cellar, 'cellar');
  });
  after(() => service.stop());

  test('a slow line is slow, and its worker stays known', async () => {
    const { file, manifest } = await source(2500);
    cable.slow('3mbit');
    try {
      await underWay(file);
      const told = cellar.logged.length;
      isWhole(await service.end(), manifest);
      assert.doesNotMatch(cellar.logged.slice(told), /broker is away/);
    } finally {
      cable.fast();
    }
  });

  for (const [which, seconds] of [['both', 1], ...(long ? [['out', 4], ['in', 4], ['both', 5], ['both', 20], ['out', 1], ['in', 1], ['out', 20], ['in', 20]] : [])]) {
    test(`the cable is pulled (${which}) for ${seconds} s in the middle of an import: nothing is lost or doubled`, async () => {
      const { file, manifest } = await source(8000, '--dirty');
      await underWay(file);
      const fell = watch(service);
      cable.pull(which);
      const before = await stats(service);
      await pause(seconds * 1000); // what is tested is the time
      cable.heal();
      const end = await service.end();
      isWhole(end, manifest);
      assert.deepEqual(await fell(), []);
      assert.ok(before.processed_records < end.processed_records, 'the cable was pulled in the middle');
      assert.equal((await worker(service, 'cellar')).address, cable.there);
    });
  }

  test('stopped while the cable is pulled, resumed when it is whole', async () => {
    const { file, manifest } = await source(8000);
    await underWay(file);
    cable.pull('out');
    const stopped = await service.ask('DELETE /import');
    assert.equal(stopped.status, 200, JSON.stringify(stopped.body));
    assert.ok(stopped.ms < 2000, `the stop took ${stopped.ms} ms`); // the sentence is about this time
    cable.heal();
    assert.equal((await stats(service)).status, 'cancelled');
    isWhole(await service.import(file, { resume: true }), manifest);
  });

  test('the cable is pulled in the middle of a join: the same invitation, later, completes it', async () => {
    for (let i = 0; i < (long ? 12 : 1); i++) {
      const which = ['in', 'out'][i % 2];
      const name = `late-${i}`;
      const { invitation } = await invite(service, { name });
      const late = new Machine(name, cable.through);
      const first = late.join(invitation);
      await pause(Math.random() * 250);
      cable.pull(which);
      const { status } = await first;
      cable.heal();
      if (status !== 0) {
        const again = await late.join(invitation);
        assert.equal(again.status, 0, again.said);
      }
      late.work();
      await connected(service, name);
      await late.stop();
      assert.equal((await service.ask(`DELETE /workers/${(await worker(service, name)).id}`)).status, 200);
    }
  });

  test('the cable is pulled for ever: another worker ends the import', async () => {
    const { file, manifest } = await source(8000);
    const attic = new Machine('attic');
    copyFileSync(file, path.join(attic.files, 'attic.db'));
    await underWay(file);
    const fell = watch(service);
    cable.pull('out');
    await joined(service, attic, 'attic');
    isWhole(await service.end(), manifest);
    assert.deepEqual(await fell(), []);
    assert.ok((await worker(service, 'attic')).rows > 0);
    await attic.stop();
    cable.heal();
    await connected(service, 'cellar');
  });

  test('a door killed between two imports: the second begins as soon as the first did', async () => {
    const took = [];
    for (const killed of [false, true]) {
      const { file, manifest } = await source(500);
      const door = service.pid('door');
      if (killed) {
        process.kill(door, 'SIGKILL');
        await until('another door', () => ![undefined, door].includes(service.pid('door')));
        await until('it is answered', async () => (await service.ask('GET /workers')).status === 200);
        await connected(service, 'cellar');
      }
      const began = Date.now();
      isWhole(await service.import(file), manifest);
      took.push(Date.now() - began);
    }
    assert.ok(took[1] < took[0] + 6000, `${took} ms: a place asks again after 10 s`);
  });

  /* What happens amid a round, at random: a cable, a death, or both. */
  const kills = { worker: async () => { await cellar.stop('SIGKILL'); cellar.work(); }, door: kill('door'), broker: kill('broker'), nothing: async () => {} };
  function kill(actor) {
    return async () => {
      try { process.kill(await until(actor, () => service.pid(actor)), 'SIGKILL'); } catch (error) { assert.equal(error.code, 'ESRCH'); } // it died before
    };
  }
  const any = (list) => list[Math.floor(Math.random() * list.length)];

  test('rounds at random instants, processes killed in between', async (t) => {
    const brief = { rows: 3000, cut: 1500 };
    const { rows, cut } = long ? { rows: 6000, cut: 8000 } : brief;
    for (let round = 0; round < (long ? 100 : 2); round++) {
      const { file, manifest } = await source(rows, '--dirty');
      const plan = { which: any(['both', 'out', 'in', 'nothing']), first: any(Object.keys(kills)), second: any(Object.keys(kills)), stop: round % 3 === 1,
        after: Math.random() * 1500, cut: long && round % 20 === 19 ? 20_000 : Math.random() * cut };
      const began = Date.now();
      const said = () => `round ${round} ${JSON.stringify(plan)}: ${Date.now() - began} ms`;
      const fell = watch(service);
      await service.begin(file);
      await pause(plan.after);
      if (plan.which !== 'nothing') cable.pull(plan.which);
      await kills[plan.first]();
      await pause(plan.cut / 2);
      let ends = false;
      if (plan.stop) {
        const stopped = await service.patiently('DELETE /import');
        ends = stopped.status !== 200; // it was over
        assert.ok(stopped.ms < 2000, `${said()}: the stop took ${stopped.ms} ms`);
      }
      await kills[plan.second]();
      await pause(plan.cut / 2);
      if (plan.which !== 'nothing') cable.heal();
      const healed = Date.now();
      let end = await service.end().catch((error) => { throw new Error(`${said()}: ${error.message}\n${service.logged}\n${cellar.logged}`); });
      if (plan.stop && !ends) {
        assert.equal(end.status, 'cancelled', said());
        await service.begin(file, { resume: true });
        end = await service.end();
      }
      assert.deepEqual(await fell(), [], said());
      isWhole(end, manifest);
      if (long) t.diagnostic(`${said()}, ${Date.now() - healed} ms after it was healed`);
    }
  });
});

/** A way to the door whose connections can go dead: open at both ends, and nothing passes any more. */
async function wayTo(port) {
  const way = { live: new Set(), came: 0 };
  way.server = net.createServer((near) => {
    way.came++;
    const far = net.connect(port, '127.0.0.1');
    const pair = [near, far];
    near.pipe(far).pipe(near);
    way.live.add(pair);
    for (const socket of pair) socket.on('error', () => {}).on('close', () => { for (const one of pair) one.destroy(); way.live.delete(pair); });
  });
  way.goDead = () => { for (const [near, far] of way.live) { near.unpipe(far); far.unpipe(near); near.pause(); far.pause(); } };
  await new Promise((resolve) => { way.server.listen(0, '127.0.0.1', resolve); });
  after(() => { way.server.close(); for (const pair of way.live) for (const socket of pair) socket.destroy(); });
  return way;
}

test('a worker whose connection went dead comes back by another: one line, one process, and each row counted once', async () => {
  const port = await freePort();
  const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${port}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '250' } });
  const way = await wayTo(port);
  const loft = new Machine('loft');
  const soon = async (what, ask) => { // the sentence is about these two seconds of a person's
    const began = Date.now();
    await until(what, ask);
    assert.ok(Date.now() - began < 2000, `${what}: ${Date.now() - began} ms`);
  };
  const isOne = async (state, processes) => {
    const workers = await listed(service);
    assert.equal(workers.length, 1, JSON.stringify(workers));
    return workers[0].state === state && workers[0].processes === processes;
  };
  await joined(service, loft, 'loft', { address: `127.0.0.1:${way.server.address().port}` });
  const { file, manifest } = await makeSource('loft.db', '--rows', 5000, '--seed', 19);
  copyFileSync(file, path.join(loft.files, 'loft.db'));
  await service.begin(file);
  await until('it is under way', async () => (await stats(service)).processed_records > 0);
  const came = way.came;
  way.goDead();
  await until('it connects anew', () => way.came > came);
  await soon('it is connected', () => isOne('connected', 1));
  const end = await service.end();
  assert.deepEqual([end.status, end.imported_records], ['completed', manifest.expected.imported]);
  assert.equal((await worker(service, 'loft')).rows, end.processed_records);
  const lines = (await run(path.join(bin, 'playbus'), 'worker', 'list', '--data', service.data)).split('\n').filter((line) => line.includes('loft'));
  assert.equal(lines.length, 1, lines.join('\n'));
  await loft.stop('SIGKILL');
  await soon('it is away', () => isOne('away', 0));
  loft.work();
  await until('it is back', () => isOne('connected', 1));
  assert.equal((await worker(service, 'loft')).processes, 1);
  await loft.stop();
  await service.stop();
});
