// SPDX-License-Identifier: MIT
// crash.test.mjs - kill -9 of anything, at any instant: the job goes on by itself, and what it leaves
// is what an undisturbed run leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Service, figures, long, makeSource, until } from './service.mjs';

const actors = ['history', 'broker', 'tautulli', 'import-worker-1', 'gateway', 'audit', 'server-sync', 'plex'];
const rounds = long ? 25 : 1; // of each source
const killsOfARound = 10;
const rows = 100_000;
const rising = ['processed_records', 'imported_records', 'skipped_records', 'error_count', 'progress_percent', 'elapsed_seconds', 'seq'];

/** The same numbers each run, so that a failure can be looked at again. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Kills actors until `count` are dead or the job is over; says which. */
async function killAtRandom(service, random, count, over) {
  const killed = [];
  while (killed.length < count && !over.now) {
    const actor = killed.length < actors.length ? actors[killed.length] : actors[Math.floor(random() * actors.length)];
    await new Promise((resolve) => setTimeout(resolve, 50 + random() * 250)); // the random instant
    const pid = await until(`${actor} lives`, () => {
      const now = service.pid(actor);
      return now !== undefined && now !== killed.find((k) => k.pid === now)?.pid && now;
    });
    try {
      process.kill(pid, 'SIGKILL');
      killed.push({ actor, pid });
      if (actor === 'gateway') over.gatewayDied = Date.now();
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
  return killed;
}

/**
 * Follows a job over REST: no counter falls, 503 says when to ask again, answers come within 5 s; of
 * twenty one may be later, on a machine that has other work too.
 */
async function follow(service, over) {
  let last = null;
  const late = [];
  for (let asked = 1; ; asked++) {
    try {
      const { status, body, headers, ms } = await service.ask('GET /import/status');
      if (ms >= 5000) late.push(ms);
      assert.ok(late.length <= 1 + asked / 20, `answered after ${late} ms`);
      if (status !== 200) {
        assert.ok(status === 503 || status === 504, JSON.stringify(body));
        assert.ok(status === 504 || headers.get('retry-after'), 'a 503 says when to ask again');
      } else {
        for (const name of last === null ? [] : rising) {
          assert.ok(body.stats[name] >= last[name], `${name} fell from ${last[name]} to ${body.stats[name]}`);
        }
        last = body.stats;
        if (last.status !== 'running') {
          over.now = true;
          return last;
        }
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      assert.ok(over.gatewayDied !== undefined && Date.now() - over.gatewayDied < 60_000,
        `the gateway was alive and did not answer: ${error.cause ?? error}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

for (const [kind, options] of [['clean', []], ['dirty', ['--dirty']]]) {
  test(`an import of a ${kind} source survives kill -9 of every process and leaves what an undisturbed one leaves`, async () => {
    const source = await makeSource(`${kind}.db`, '--rows', rows, ...options);
    const calm = await Service.start();
    const expected = figures(await calm.import(source.file));
    const expectedPlays = await calm.plays();
    assert.equal(expected.imported_records, source.manifest.expected.imported);
    await calm.stop();
    for (let round = 1; round <= rounds; round++) {
      const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '200' } }); // long enough for all of them
      const over = { now: false };
      await service.begin(source.file);
      const [stats, killed] = await Promise.all([
        follow(service, over), killAtRandom(service, randomNumbers(round), killsOfARound, over)]);
      assert.deepEqual(figures(stats), expected, `killed: ${killed.map((k) => k.actor)}`);
      assert.equal(await service.plays(), expectedPlays);
      assert.equal(killed.length, killsOfARound, 'the import was over before');
      await service.stop();
    }
  });
}
