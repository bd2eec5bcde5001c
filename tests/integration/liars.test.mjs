// SPDX-License-Identifier: MIT
// liars.test.mjs - a worker on another machine that maps wrongly is found by the rows that are mapped again here,
// let in no more, and nothing that it said stays.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bin, figures, freePort, makeSource, place, run, Service, until } from './service.mjs';

const started = [];

/** A worker's machine; with `lies` its import worker is the lying one. */
class Machine {
  constructor(name, lies) {
    Object.assign(this, { name, data: path.join(place, `${name}-data`), files: path.join(place, `${name}-files`), bin });
    mkdirSync(this.files);
    if (!lies) return;
    this.bin = path.join(place, `${name}-bin`);
    mkdirSync(this.bin);
    copyFileSync(path.join(bin, 'playbus'), path.join(this.bin, 'playbus'));
    copyFileSync(path.join(bin, 'liar'), path.join(this.bin, 'playbus-import-worker'));
  }

  spawn(env, ...args) {
    return spawn(path.join(this.bin, 'playbus'), ['worker', ...args, '--data', this.data], { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, ...env } });
  }

  async join(service, env = {}) {
    const { body } = await service.patiently('POST /workers', { name: this.name });
    const joining = this.spawn({}, 'join');
    joining.stdin.end(`${body.invitation}\n`);
    assert.equal(await new Promise((resolve) => { joining.on('close', resolve); }), 0);
    this.child = this.spawn(env, 'run', '--allow', this.files);
    started.push(this.child);
    await until(`${this.name} is connected`, async () => (await this.seen(service))?.state === 'connected');
  }

  async seen(service) { return (await service.fetched('/workers')).items.find((one) => one.name === this.name); }
}

after(() => { for (const child of started) child.kill('SIGTERM'); });

describe('a worker that is slow', () => {
  test('is left idle where others wait for it: the import ends before it has read one range', async () => {
    const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_BATCH_ROWS: '500' } });
    const { file, manifest } = await makeSource('slowly.db', '--rows', 40_000, '--seed', 43);
    const slow = new Machine('slow', true);
    copyFileSync(file, path.join(slow.files, 'slowly.db'));
    await slow.join(service, { LIAR_SLEEPS: '120' });
    await service.begin(file);
    const idle = await until('a person sees it', async () => { const one = await slow.seen(service); return one.idle_because && one; });
    assert.equal(idle.idle_because, 'slower');
    assert.ok(Date.parse(idle.idle_until) > Date.now());
    assert.match(await run(path.join(bin, 'playbus'), 'worker', 'list', '--data', service.data), /left idle until .*: slower than the others/);
    const stats = await service.end();
    assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
    assert.equal((await slow.seen(service)).rows ?? 0, 0);
    await until('that is over with the import', async () => (await slow.seen(service)).idle_because === undefined);
    assert.match(service.logged, /costs more than it brings/);
    await service.stop();
  });
});

describe('a worker that a person revokes', () => {
  test('has nothing stored of what waited its turn, and others read its ranges', async () => {
    const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '500' } });
    const { file, manifest } = await makeSource('revoked.db', '--rows', 20_000, '--seed', 47);
    const [stuck, ahead, honest] = [new Machine('stuck', true), new Machine('ahead'), new Machine('after')];
    for (const machine of [stuck, ahead, honest]) copyFileSync(file, path.join(machine.files, 'revoked.db'));
    await stuck.join(service, { LIAR_SLEEPS: '60000' });
    await ahead.join(service);
    await service.begin(file);
    let [stored, since] = [-1, 0];
    await until('all waits for one range', async () => {
      const { stats } = await service.fetched('/import/status');
      if (stats.phase !== 'importing' || stats.processed_records !== stored) [stored, since] = [stats.processed_records, Date.now()];
      return Date.now() - since > 1000;
    });
    for (const machine of [ahead, stuck]) assert.equal((await service.ask(`DELETE /workers/${(await machine.seen(service)).id}`)).status, 200);
    await until('what waited is refused', () => /let in no more are refused/.test(service.logged));
    assert.equal((await service.fetched('/import/status')).stats.processed_records, stored);
    await honest.join(service);
    const stats = await service.end();
    assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
    await service.stop();
  });
});

describe('a worker that delivers what cannot be stored', () => {
  test('is revoked after a few of its leases, and others read its ranges', async () => {
    const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '500' } });
    const { file, manifest } = await makeSource('nonsense.db', '--rows', 20_000, '--seed', 48);
    const [liar, honest] = [new Machine('babbler', true), new Machine('sober')];
    for (const machine of [liar, honest]) copyFileSync(file, path.join(machine.files, 'nonsense.db'));
    await liar.join(service, { LIAR_NONSENSE: '2000' });
    await honest.join(service);
    await service.begin(file);
    const revoked = await until('the liar is revoked', async () => { const one = await liar.seen(service); return one?.state === 'revoked' && one; });
    assert.match(revoked.problem, /3 batches that cannot be stored/);
    const stats = await service.end();
    assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
    const entry = await until('the audit log knows', async () => (await service.fetched('/audit/events?limit=200&action=revoke_worker')).items[0]);
    assert.deepEqual([entry.target, entry.outcome], ['babbler', 'BATCH_REFUSED']);
    await service.stop();
  });
});

describe('a range that nobody elsewhere can store', () => {
  test('goes round while one says so, ends the import when all do, and the rest comes when it is resumed', async () => {
    const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '500' } });
    const { file, manifest } = await makeSource('unwanted.db', '--rows', 6000, '--seed', 49);
    const machines = [new Machine('first', true), new Machine('second', true), new Machine('third')];
    for (const machine of machines) copyFileSync(file, path.join(machine.files, 'unwanted.db'));
    const [first, second, third] = machines;
    await first.join(service, { LIAR_NONSENSE: '3000-3499' });
    await service.begin(file);
    await until('the first has refused it', () => /does not read these rows, others do.*BATCH_REFUSED/.test(service.logged));
    await until('it is left idle', async () => (await first.seen(service)).idle_because === 'cannot_read');
    assert.equal((await service.fetched('/import/status')).stats.status, 'running');
    await second.join(service, { LIAR_NONSENSE: '3000-3499' });
    const failed = await service.end();
    assert.deepEqual([failed.status, failed.error_code], ['error', 'POISON_BATCH']);
    const [, from, to] = /The rows from id (\d+) to (\d+) were refused by 2 workers on other machines, the last time as BATCH_REFUSED/.exec(failed.error_text ?? JSON.stringify(failed));
    assert.ok(from >= 3000 && from < 3500 && to > from, `${from} to ${to}`);
    assert.ok(failed.processed_records > 0 && failed.last_processed_id < from, JSON.stringify(failed));
    for (const machine of [first, second]) assert.equal((await machine.seen(service)).state, 'connected');
    await third.join(service);
    for (const machine of [first, second]) machine.child.kill('SIGTERM');
    const stats = await service.import(file, { resume: true });
    assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
    await service.stop();
  });
});

describe('a database that changes', () => {
  test('while its rows are with an honest worker, is cut anew: nobody is revoked, and the import ends', async () => {
    const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '500' } });
    const { file, manifest } = await makeSource('edited.db', '--rows', 3000, '--seed', 45);
    const holder = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
    const does = (what) => new Promise((resolve) => {
      holder.stdout.once('data', resolve);
      holder.stdin.write(`${what}; SELECT 'done';\n`);
    });
    await does("PRAGMA wal_autocheckpoint = 0; PRAGMA journal_mode = WAL; UPDATE session_history_metadata SET tagline = 'Before'");
    const honest = new Machine('patient', true);
    await honest.join(service, { LIAR_SLEEPS: '2' });
    await service.begin(file);
    await until('some rows came', async () => (await service.fetched('/import/status')).stats.processed_records > 0);
    await does("UPDATE session_history_metadata SET title = 'Another' WHERE id > (SELECT max(id) / 2 FROM session_history)");
    const stats = await service.end();
    holder.stdin.end();
    assert.deepEqual([stats.status, stats.imported_records], ['completed', manifest.expected.imported]);
    assert.equal((await honest.seen(service)).state, 'connected');
    assert.match(service.logged, /its ranges are cut anew/);
    honest.child.kill('SIGTERM');
    await service.stop();
  });
});

describe('workers that map wrongly', () => {
  let service;
  let alone;
  before(async () => {
    [service, alone] = await Promise.all([
      Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_WORKERS: '-1', PLAYBUS_IMPORT_BATCH_ROWS: '500' } }),
      Service.start(),
    ]);
  });
  after(() => Promise.all([service.stop(), alone.stop()]));

  const same = async (far, near) => {
    assert.deepEqual(figures(far), figures(near));
    assert.equal(await service.plays(), await alone.plays());
  };

  test('one whose every row is wrong has nothing stored, is revoked with the reason, and others read its ranges', async () => {
    const { file } = await makeSource('mapped.db', '--rows', 4000, '--seed', 41);
    const [liar, honest] = [new Machine('liar', true), new Machine('honest')];
    for (const machine of [liar, honest]) copyFileSync(file, path.join(machine.files, 'mapped.db'));
    await liar.join(service);
    await service.begin(file);
    const revoked = await until('the liar is revoked', async () => { const one = await liar.seen(service); return one?.state === 'revoked' && one; });
    assert.match(revoked.problem, /rows that are not those of the database/);
    assert.equal((await service.fetched('/import/status')).stats.processed_records, 0);
    await honest.join(service);
    const far = await service.end();
    assert.equal(far.status, 'completed');
    await same(far, await alone.import(file));
    const entry = await until('the audit log knows', async () => (await service.fetched('/audit/events?limit=200&action=revoke_worker')).items[0]);
    assert.deepEqual([entry.target, entry.outcome], ['liar', 'SAMPLE_DIFFERS']);
    honest.child.kill('SIGTERM');
    assert.equal((await service.ask(`DELETE /workers/${revoked.id}`)).status, 200);
    assert.equal(await liar.seen(service), undefined);
  });

  test('one that is sent its rows is found as well, and others are sent them', async () => {
    const { file } = await makeSource('lent.db', '--rows', 3000, '--seed', 44);
    const [liar, honest] = [new Machine('debtor', true), new Machine('lender')];
    await liar.join(service);
    await service.begin(file);
    await until('the liar is revoked', async () => (await liar.seen(service))?.state === 'revoked');
    assert.equal((await service.fetched('/import/status')).stats.processed_records, 0);
    await honest.join(service);
    await same(await service.end(), await alone.import(file));
    assert.equal((await honest.seen(service)).rows_by, 'sent');
    honest.child.kill('SIGTERM');
  });

  /** Lies from an id on, when rows of it are stored already; what `meanwhile` does comes between. */
  const lateLiar = async (name, seed, meanwhile) => {
    const { file } = await makeSource(`${name}.db`, '--rows', 4000, '--seed', seed);
    const [liar, honest] = [new Machine(name, true), new Machine(`${name}-other`)];
    for (const machine of [liar, honest]) copyFileSync(file, path.join(machine.files, `${name}.db`));
    await liar.join(service, { LIAR_FROM: '2600' });
    const job = await service.begin(file);
    await meanwhile();
    await until('the liar is revoked', async () => (await liar.seen(service))?.state === 'revoked');
    await honest.join(service);
    const far = await service.end();
    assert.equal(far.job_id, job);
    assert.ok(far.attempt > 1);
    await same(far, await alone.import(file));
    const back = await until('the audit log knows', async () => {
      const { items } = await service.fetched('/audit/events?limit=200&action=rows_taken_back');
      return items.find((one) => one.job_id === job);
    });
    assert.equal(back.outcome, 'SAMPLE_DIFFERS');
    honest.child.kill('SIGTERM');
  };

  test('one that began to lie late: all is taken back and read again in the same import, without anybody', () => lateLiar('late', 42, async () => {}));

  test('the same, with history, coordinator and door killed between the doubt and the end of it', () => lateLiar('later', 46, async () => {
    const doubted = () => service.logged.split('are not those of the sample').length;
    const before = doubted();
    await until('the history doubts', () => doubted() > before);
    const killed = {};
    for (const actor of ['history', 'tautulli', 'door', 'history', 'tautulli']) {
      killed[actor] = await until(`${actor} runs`, () => { const pid = service.pid(actor); return pid !== killed[actor] && pid; });
      process.kill(killed[actor], 'SIGKILL');
    }
  }));
});
