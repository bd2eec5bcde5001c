// SPDX-License-Identifier: MIT
// leases.test.mjs - a worker can deliver what it was given to read, and nothing else.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { Service, bin, coming, freePort, makeSource, until } from './service.mjs';

test('batches outside their lease, under another seal or of nobody\'s are refused by name, in the audit log, and their rows come all the same', async () => {
  const source = await makeSource('leased.db', '--rows', 20_000);
  const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '500' } });
  const forger = spawn(path.join(bin, 'forger'), ['--data', service.data, '--name', 'forger'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => forger.on('exit', resolve));
  let said = '';
  forger.stdout.on('data', (text) => { said += text; });
  await until('the forger waits for a lease', () => said.includes('waits'));
  await service.begin(source.file);
  await coming('the end of the forger', ended);
  const answers = said.split('\n').filter((line) => line.includes(': '));
  assert.equal(answers.length, 11, said);
  for (const line of answers) assert.match(line, /: BATCH_NOT_LEASED$/);
  const stats = await service.end();
  assert.equal(stats.status, 'completed');
  assert.equal(stats.imported_records, source.manifest.expected.imported);
  assert.equal(stats.total_records, 20_000);
  const entry = await until('the entry of it', async () => {
    const log = await (await service.fetch('/audit/export?format=jsonl')).text();
    return log.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)).find((line) => line.action === 'batch_not_leased');
  });
  assert.equal(entry.outcome, 'BATCH_NOT_LEASED');
  assert.match(entry.actor, /^import-worker#/);
  await service.stop();
});

test('what a worker elsewhere says of a lease ends no import: others read, and all rows come', async () => {
  const source = await makeSource('slandered.db', '--rows', 6000);
  const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '500', PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}` } });
  const liars = ['DATABASE_DAMAGED', 'DATABASE_BUSY', 'TIMEOUT', 'SYSTEM', 'OK'].map((says) => {
    const child = spawn(path.join(bin, 'forger'), ['--data', service.data, '--name', says.toLowerCase()], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FORGER_SAYS: says } });
    const liar = { said: '', ended: new Promise((resolve) => { child.on('exit', resolve); }) };
    child.stdout.on('data', (text) => { liar.said += text; });
    return liar;
  });
  await Promise.all(liars.map((liar) => until('the liar waits for a lease', () => liar.said.includes('waits'))));
  await service.begin(source.file);
  await coming('the end of the liars', Promise.all(liars.map((liar) => liar.ended)));
  assert.deepEqual(liars.map((liar) => liar.said), liars.map(() => 'waits\nsaid: OK\n'));
  const stats = await service.end();
  assert.deepEqual([stats.status, stats.imported_records, stats.total_records], ['completed', source.manifest.expected.imported, 6000]);
  await service.stop();
});

test('a worker elsewhere gets rows of the lease it holds, and of no other', async () => {
  const source = await makeSource('coveted.db', '--rows', 20_000);
  const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '500', PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}` } });
  const child = spawn(path.join(bin, 'forger'), ['--data', service.data, '--name', 'covetous'], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FORGER_SAYS: 'ROWS' } });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  let said = '';
  child.stdout.on('data', (text) => { said += text; });
  await until('it waits for a lease', () => said.includes('waits'));
  await service.begin(source.file);
  await coming('its end', ended);
  const foreign = ['another lease', 'before it', 'behind it', 'another attempt', 'another job'].map((one) => `${one}: ROWS_NOT_LEASED`);
  assert.deepEqual(said.trim().split('\n'), ['waits', ...foreign, 'its own: OK', 'names: ROWS_NOT_LEASED']);
  const stats = await service.end();
  assert.deepEqual([stats.status, stats.imported_records], ['completed', source.manifest.expected.imported]);
  await service.stop();
});
