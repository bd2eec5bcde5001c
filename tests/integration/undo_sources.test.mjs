// SPDX-License-Identifier: MIT
// undo_sources.test.mjs - five jobs that tell of the same plays from several sources, one of them taken
// back: overlapping imports, one that completes the other, a Plex history, a renumbered copy, and two
// accounts that were made one person. What is left is what the other four alone give.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { bin, long, run, Service, shell, sources, sql, until } from './service.mjs';

const server = 'c0ffee00d15ea5edfeedfacecafebeef01234567';
const set = path.join(sources, 'undo-sources');
const file = (name) => path.join(set, name);
let owner;

before(async () => {
  mkdirSync(set);
  await run(path.join(bin, 'make-labelled'), set, '--plays', long ? '6000' : '1500', '--server-id', server);
  copyFileSync(file('tautulli.db'), file('earlier.db'));
  await shell(file('earlier.db'), `DELETE FROM session_history WHERE id % 5 = 0;
    UPDATE session_history SET stopped = NULL WHERE id % 7 = 0;
    UPDATE session_history_metadata SET title = NULL, full_title = NULL WHERE id % 11 = 0;`);
  const accounts = readFileSync(file('plex.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line).accountID);
  assert.ok(accounts.includes(1), 'the owner played nothing');
  const service = await Service.start();
  try {
    await steps.plex(service);
    await service.import(file('tautulli.db'));
    const { proposals } = await service.fetched('/people');
    owner = proposals.find(({ weaker }) => !weaker).accounts.map(({ server_id, user_id }) => ({ server_id, user_id }));
  } finally {
    await service.stop();
  }
});

const newest = async (service, operation) => (await service.fetched(`/sync/jobs?operation=${operation}&limit=1`)).items[0];

async function ended(service, id) {
  return until(`the end of ${id}`, async () => {
    const { job } = await service.fetched(`/sync/jobs/${id}`);
    return job.progress.status !== 'running' && job;
  }, 120_000);
}

const imported = (name) => async (service) => {
  const id = await service.begin(file(name));
  assert.equal((await service.end()).status, 'completed');
  return id;
};

const steps = {
  earlier: imported('earlier.db'),
  plex: async (service) => {
    await run(path.join(bin, 'plex-feed'), '--data', service.data, '--server', server, '--batch', '300', file('plex.jsonl'));
    return (await newest(service, 'plex_historical')).job_id;
  },
  whole: imported('tautulli.db'),
  copy: imported('copy.db'),
  join: async (service) => {
    const { status, body } = await service.patiently('POST /people/join', { accounts: owner });
    assert.equal(status, 202, JSON.stringify(body));
    const { job_id: id } = await newest(service, 'regroup');
    assert.equal((await ended(service, id)).progress.status, 'completed');
    return id;
  },
};
const names = Object.keys(steps);
let apart = 0;

/** Every play, each column but our own numbers, and the rows that tell of it. */
async function playsOf(service) {
  const columns = (await sql(service.history, "SELECT name FROM pragma_table_info('plays')")).flat()
    .filter((name) => !['id', 'job_no', 'source_id', 'item_id', 'grouped'].includes(name));
  const said = await shell(service.history, `SELECT ${columns.map((name) => `quote(p.${name})`).join(" || '|' || ")},
    (SELECT hex(body) FROM items WHERE items.id = item_id), (SELECT kind FROM sources WHERE no = source_id),
    coalesce((SELECT group_concat(said, ' ') FROM (SELECT s.kind || ':' || o.native_id || ':' || o.content_hash AS said
      FROM play_sources o JOIN sources s ON s.no = o.source_id WHERE o.play_id = p.id AND o.body IS NOT NULL ORDER BY 1)), '')
    FROM plays p ORDER BY native_id, started_at`, '-readonly');
  // One row that stands alone under another number is the same play as one under its own.
  return said.split('\n').map((line) => line.replace(/\|[^| ]+$/, '|'));
}

async function withService(work) {
  const service = await Service.start();
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

for (const taken of names) {
  test(`${taken} undone leaves what the other four alone give`, { timeout: 300_000 }, async () => {
    const expected = await withService(async (service) => {
      for (const name of names) if (name !== taken) await steps[name](service);
      return playsOf(service);
    });
    await withService(async (service) => {
      const jobs = {};
      for (const name of names) jobs[name] = await steps[name](service);
      const { body: told } = await service.patiently(`GET /sync/jobs/${jobs[taken]}/undo`);
      const { status, body } = await service.patiently(`POST /sync/jobs/${jobs[taken]}/undo`, {});
      assert.equal(status, 202, JSON.stringify(body));
      const done = await ended(service, body.correlation_id);
      assert.equal(done.progress.status, 'completed', JSON.stringify(done));
      if (taken !== 'join') { // the figures shown beforehand are those of the receipt, split plays among them
        const { receipt } = await service.fetched(`/sync/jobs/${body.correlation_id}`);
        const said = Object.fromEntries(receipt.by_reason.map(({ key, n }) => [key, n]));
        for (const name of ['removed', 'kept', 'restored', 'split']) assert.equal(said[name] ?? 0, told[name], name);
        apart += told.split;
      }
      const left = await playsOf(service);
      for (let i = 0; i < Math.max(left.length, expected.length); i++) assert.equal(left[i], expected[i], `play ${i}`);

      const again = await service.ask(`POST /sync/jobs/${jobs[taken]}/undo`, {});
      assert.equal(again.status, 409);
      assert.equal(again.body.code, 'NOT_UNDOABLE');

      await steps[taken](service);
      assert.equal((await service.fetched('/sync/jobs?limit=1')).items[0].progress.status, 'completed');
    });
  });
}

test('among these some plays came apart', () => assert.ok(apart > 0));
