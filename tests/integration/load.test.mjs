// SPDX-License-Identifier: MIT
// load.test.mjs - whatever people search for, short questions are answered, an export that has begun is not
// cut, an import goes on, and who has to wait is told for how long.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Service, long, makeSource } from './service.mjs';

const rows = long ? 1_000_000 : 60_000;
const clients = 200;
const seconds = long ? 30 : 6;
const callers = [];
let service;

before(async () => {
  service = await Service.start({ env: { PLAYBUS_LIMIT_PASSIVE: '1000' } });
  const { file } = await makeSource('load.db', '--rows', rows, '--seed', 12);
  assert.equal((await service.import(file)).imported_records, rows);
  const admin = await service.signIn();
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

/** One GET: {status, ms, again, bytes}. */
function get(where, headers) {
  return new Promise((resolve, reject) => {
    const began = Date.now();
    http.get(service.url + where, { headers, agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (piece) => { bytes += piece.length; });
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode, ms: Date.now() - began, again: answer.headers['retry-after'], whole: answer.complete, bytes }));
    }).on('error', reject);
  });
}

const short = ['/import/status', '/sync/status', '/sync/jobs', '/history?limit=50'];
const walks = ['/history?q=nothing-like-this-anywhere', '/history?user=nobody-of-that-name', '/history/summary?by=user'];

test('200 clients that mix searches, summaries, pages and status, beside an import and an export', async () => {
  const { file } = await makeSource('load-beside.db', '--rows', 20_000, '--seed', 13, '--start', 1_000_000_000);
  const exported = get('/history/export?format=jsonl', callers[0]);
  await service.begin(file);
  const end = Date.now() + seconds * 1000;
  const answers = [];
  await Promise.all([...Array(clients).keys()].map(async (i) => {
    for (let n = i; Date.now() < end; n++) {
      const all = [...short, ...walks];
      const where = all[n % all.length];
      answers.push({ where, ...await get(where, callers[i % callers.length]) });
    }
  }));
  for (const { where, status, again, ms } of answers) {
    assert.ok([200, 429, 503, 504].includes(status), `${where}: ${status}`);
    assert.ok(![429, 503].includes(status) || Number(again) > 0, `${where}: ${status} without Retry-After`);
    assert.ok(ms < 10_000, `${where}: ${ms} ms`);
  }
  const quick = answers.filter(({ where }) => short.includes(where));
  const answered = quick.filter(({ status }) => status === 200).length;
  assert.ok(answered >= 0.9 * quick.length, `${answered} of ${quick.length} short questions were answered`);
  assert.ok(answers.some(({ where, status }) => walks.includes(where) && status === 200), 'searches come to their turn');
  const { status, whole } = await exported;
  assert.deepEqual([status, whole], [200, true], 'the export was not cut');
  const done = await service.end();
  assert.deepEqual([done.status, done.imported_records], ['completed', 20_000]);
  assert.equal((await get('/history?limit=50', callers[1])).status, 200);
});
