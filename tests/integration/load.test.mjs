// SPDX-License-Identifier: MIT
// load.test.mjs - whatever people search for, short questions are answered, an export that has begun is not
// cut, an import goes on, and who has to wait is told for how long.
// Runs alone: it measures how soon many are answered at once. What readers cost an import: tests/bench/readers.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Service, long, makeSource } from './service.mjs';

const rows = long ? 1_000_000 : 60_000;
const clients = 200;
const seconds = long ? 30 : 6;
const slowest = long ? 5_000 : 10_000; // ms; the short run shares the machine with other tests
const beside = long ? 300_000 : 20_000; // rows imported meanwhile
const callers = [];
let service, admin;

before(async () => {
  service = await Service.start({ env: { PLAYBUS_LIMIT_PASSIVE: '1000' } });
  const { file } = await makeSource('load.db', '--rows', rows, '--seed', 12);
  assert.equal((await service.import(file)).imported_records, rows);
  admin = await service.signIn();
  for (let i = 0; i < 8; i++) {
    const [name, first, then] = [`reader${i}`, 'only until the first sign-in', `a quiet look at the plays, ${i}`];
    assert.equal((await service.ask('POST /users', { name, role: 'viewer', password: first }, admin)).status, 201);
    const session = await service.signIn({ name, password: first });
    assert.equal((await service.ask('POST /auth/password', { current_password: first, new_password: then }, session)).status, 200);
    callers.push(await service.signIn({ name, password: then }));
  }
});
after(() => service.stop());

const agent = new http.Agent({ keepAlive: true, maxSockets: clients + 10 });
after(() => agent.destroy());

/** One GET: {status, ms, again, whole, bytes}; `begun` is called when its answer begins. */
function get(where, headers, begun = () => {}) {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    http.get(service.url + where, { headers, agent }, (answer) => {
      begun();
      let bytes = 0;
      answer.on('data', (piece) => { bytes += piece.length; });
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, ms: Date.now() - began, again: answer.headers['retry-after'], whole: answer.complete, bytes }));
    }).on('error', reject);
  });
}

/** Imports a database of a server of its own; rows a second. */
async function rateOf(name, seed) {
  const { file } = await makeSource(name, '--rows', beside, '--seed', seed, '--server-id', name);
  const done = await service.import(file);
  assert.deepEqual([done.status, done.imported_records], ['completed', beside]);
  return beside / done.elapsed_seconds;
}

const short = ['/import/status', '/sync/status', '/sync/jobs', '/history?limit=50', '/import/errors'];
const walks = ['/history?q=nothing-like-this-anywhere', '/history?user=nobody-of-that-name', '/history/summary?by=user',
  '/history/export?format=csv&user=nobody-of-that-name'];

test('200 clients that mix searches, summaries, pages and status, beside an import and an export', async () => {
  const alone = await rateOf('load-alone.db', 14);
  let exported;
  await new Promise((begun) => { exported = get('/history/export?format=jsonl', callers[0], begun); });
  const importing = rateOf('load-beside.db', 13);
  const end = Date.now() + seconds * 1000;
  const answers = [];
  await Promise.all([...Array(clients).keys()].map(async (i) => {
    for (let n = i; Date.now() < end; n++) {
      const all = [...short, ...walks];
      const where = all[n % all.length];
      const asker = where === '/import/errors' ? admin : callers[i % callers.length];
      answers.push({ where, ...await get(where, asker) });
      await setTimeout(100 + Math.random() * 800); // who asked looks at what came
    }
  }));
  for (const { where, status, again, ms, whole } of answers) {
    assert.ok(whole, `${where}: ${status} was cut`);
    assert.ok([200, 429, 503, 504].includes(status), `${where}: ${status}`);
    assert.ok(![429, 503].includes(status) || Number(again) > 0, `${where}: ${status} without Retry-After`);
    assert.ok(ms < slowest || where.includes('/export'), `${where}: ${ms} ms`);
  }
  const quick = answers.filter(({ where }) => short.includes(where));
  const answered = quick.filter(({ status }) => status === 200).length;
  assert.ok(answered >= 0.9 * quick.length, `${answered} of ${quick.length} short questions were answered`);
  assert.ok(answers.some(({ where, status }) => walks.includes(where) && status === 200), 'searches come to their turn');
  const { status, whole } = await exported;
  assert.deepEqual([status, whole], [200, true], 'the export was not cut');
  const again = Date.now();
  while ((await get('/history?limit=50', callers[1])).status !== 200) { /* until all is as before */ }
  assert.ok(Date.now() - again < 2_000, `recovered after ${Date.now() - again} ms`);
  const rate = await importing;
  console.log(`imported at ${(rate / alone).toFixed(2)} of the rate alone; ${answered} of ${quick.length} short questions answered,`
    + ` the slowest answer ${Math.max(...answers.filter(({ where }) => !where.includes('/export')).map(({ ms }) => ms))} ms`);
});
