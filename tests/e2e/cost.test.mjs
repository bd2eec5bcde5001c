// SPDX-License-Identifier: MIT
// cost.test.mjs - what the panel costs: bytes until it can be used, main-thread time of a push, and
// memory over a long import.
// Runs alone: it measures time on the page's main thread.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { long, makeSource } from '../integration/service.mjs';
import { browser, person } from './browser.mjs';
import { hold, quiet, slowService } from './sources.mjs';
import { pushesBesideTicks } from './trace.mjs';

let service;
let admin;
let much;
before(async () => {
  [service, much] = await Promise.all([slowService({ env: { PLAYBUS_IMPORT_BATCH_ROWS: long ? '2000' : '8' } }), makeSource('much.db', '--rows', long ? 1_000_000 : 60_000, '--seed', 99)]);
  admin = await service.signIn();
});
beforeEach(() => quiet(service));

const HELD_MS = 3000;
const ROUNDS = 8;
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

test('Data Sync can be used after at most 60 KiB, compressed by gzip, and one parallel round of calls', async (t) => {
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.start.waitFor();
  const loaded = [];
  const began = new Map(); // path of a call: when it was asked
  who.context.on('request', (request) => loaded.push(request));
  await who.context.route('**/api/v1/**', async (route) => {
    began.set(new URL(route.request().url()).pathname, Date.now());
    await pause(HELD_MS); // whatever waits for an answer is asked that much later
    await route.continue();
  });
  await panel.page.reload(); // a browser that was signed in here asks everything at once
  await panel.start.waitFor();
  await panel.eventually('the button can be pressed', () => panel.start.isEnabled());
  const usable = Date.now();
  const needed = [...loaded];
  const sizes = await Promise.all(needed.filter((request) => request.method() === 'GET').map(async (request) => {
    const { pathname, search } = new URL(request.url());
    if (!pathname.startsWith('/api/')) {
      const answer = await fetch(request.url(), { headers: { 'accept-encoding': 'gzip' } });
      const plain = Buffer.from(await answer.arrayBuffer());
      return [pathname, answer.headers.get('content-encoding') === 'gzip' ? Number(answer.headers.get('content-length') ?? gzipSync(plain).length) : plain.length];
    }
    const body = await (await request.response())?.body().catch(() => Buffer.alloc(0)) ?? Buffer.alloc(0);
    return [`${pathname}${search}`, gzipSync(body).length];
  }));
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  t.diagnostic(`${total} bytes: ${sizes.map(([name, bytes]) => `${name} ${bytes}`).join(', ')}`);
  assert.ok(total <= 60 * 1024, `${total} bytes`);

  const first = Math.min(...began.values());
  const second = [...began].filter(([, at]) => at >= first + HELD_MS && at + HELD_MS < usable).map(([name]) => name);
  assert.deepEqual(second, [], 'calls of a second round');
});

test('a push costs at most twice what a frame costs that changes one number, and no task is long', async (t) => {
  const who = await person(t, service, { as: admin, record: false });
  const panel = await who.tab();
  await panel.start.waitFor();
  const median = (all) => [...all].sort((a, b) => a - b)[all.length >> 1];
  const list = (all) => all.map((ms) => ms.toFixed(1)).join(' ');
  let best = Infinity;
  for (let round = 0; round < ROUNDS && best > 2; round++) { // what else the machine does only adds
    await quiet(service);
    await service.begin(much.file, { dry_run: true });
    await panel.runs();
    await pause(1000);
    const { ticks, pushes, longTasks } = await pushesBesideTicks(await browser(), panel.page, 10);
    t.diagnostic(`main thread, ms: frames with one number ${list(ticks)}; pushes ${list(pushes)}; long tasks: ${longTasks.join(', ') || 'none'}`);
    assert.deepEqual(longTasks, [], 'tasks of more than 50 ms');
    if (pushes.length >= 3 && ticks.length >= 3) best = Math.min(best, median(pushes) / median(ticks));
  }
  assert.ok(best <= 2, `a push costs ${best.toFixed(2)} times a frame`);
});

test(`memory stays flat over ${long ? 'a million rows' : 'a long import'}`, async (t) => {
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.start.waitFor();
  const session = await who.context.newCDPSession(panel.page);
  await session.send('HeapProfiler.enable');
  const weigh = async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes } = await session.send('Memory.getDOMCounters');
    return { mib: usedSize / (1 << 20), nodes };
  };
  const release = hold(service);
  await service.begin(much.file, { dry_run: true });
  await panel.runs();
  release();
  await pause(1500);
  const weights = [await weigh()];
  while ((await service.fetched('/import/status')).stats.status === 'running') {
    await pause(1000);
    weights.push(await weigh());
  }
  const last = weights.at(-2);
  t.diagnostic(weights.map(({ mib, nodes }) => `${mib.toFixed(2)} MiB, ${nodes} nodes`).join('; '));
  assert.ok(weights.length >= 4, 'the import was over before its weight could grow');
  assert.ok(last.mib < weights[0].mib + 1, `${weights[0].mib} MiB became ${last.mib} MiB`);
  assert.ok(last.nodes < weights[0].nodes + 300, `${weights[0].nodes} nodes became ${last.nodes}`);
});
