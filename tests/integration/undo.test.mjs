// SPDX-License-Identifier: MIT
// undo.test.mjs - one job of five is taken back: what is left is what the other four alone give, row for
// row, whatever is killed or stopped meanwhile; and its source imported again is new again.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { bin, long, makeSource, Service, shell, sources, sql, until } from './service.mjs';

const rows = 6000;
let files;

async function copyOf(file, name, statement) {
  const copy = path.join(sources, name);
  copyFileSync(file, copy);
  await shell(copy, statement);
  return copy;
}

/** Five states of one database: rows come, go, lose and find what they say, and say something else. */
before(async () => {
  const { file } = await makeSource('undo.db', '--rows', rows, '--seed', 12);
  files = [
    await copyOf(file, 'undo-1.db', `DELETE FROM session_history WHERE id > ${rows * 0.7};
      UPDATE session_history SET stopped = NULL WHERE id % 7 = 0;
      UPDATE session_history_metadata SET title = NULL, full_title = NULL WHERE id % 5 = 0;`),
    await copyOf(file, 'undo-2.db', `DELETE FROM session_history WHERE id < ${rows * 0.2} OR id > ${rows * 0.9};
      UPDATE session_history_metadata SET title = title || ' (corrected)' WHERE id % 11 = 0;
      UPDATE session_history SET player = NULL WHERE id % 3 = 0;`),
    file,
    await copyOf(file, 'undo-4.db', `DELETE FROM session_history WHERE id % 4 = 0;
      UPDATE session_history SET paused_counter = paused_counter + 5 WHERE id % 13 = 0;`),
    await copyOf(file, 'undo-5.db', `DELETE FROM session_history WHERE id < ${rows * 0.5};
      UPDATE session_history SET stopped = stopped + 1 WHERE id % 17 = 0;
      UPDATE session_history_metadata SET title = 'Renamed' WHERE id % 19 = 0;`),
  ];
});

async function importAll(service, which) {
  const jobs = [];
  for (const file of which) jobs.push(await service.begin(file), await service.end());
  return jobs.filter((job) => typeof job === 'string');
}

/** Every stored play, each column by its name, but for our own numbers. */
async function playsOf(service) {
  const columns = (await sql(service.history, "SELECT name FROM pragma_table_info('plays')")).flat()
    .filter((name) => !['id', 'job_no', 'source_id', 'item_id', 'grouped'].includes(name));
  const said = await shell(service.history, `SELECT ${columns.map((name) => `quote(${name})`).join(" || '|' || ")},
    (SELECT hex(body) FROM items WHERE items.id = item_id) FROM plays ORDER BY native_id, started_at`, '-readonly');
  return said.split('\n');
}

function assertSamePlays(actual, expected) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) assert.equal(actual[i], expected[i]);
}

const jobOf = async (service, id) => (await service.fetched(`/sync/jobs/${id}`));
const ended = (service, id) => until('the end of the undo', async () => {
  const { status, body } = await service.ask(`GET /sync/jobs/${id}`);
  return status === 200 && body.job.progress.status !== 'running' && body;
}, 120_000);

async function undo(service, job) {
  const { status, body } = await service.patiently(`POST /sync/jobs/${job}/undo`, {});
  assert.equal(status, 202, JSON.stringify(body));
  return body.correlation_id;
}
const reasons = (answer) => Object.fromEntries(answer.receipt.by_reason.map(({ key, n }) => [key, n]));
const figuresOf = ({ removed, kept, restored, split }) =>
  Object.fromEntries(Object.entries({ removed, kept, restored, split }).filter(([, n]) => n > 0));

async function withService(work) {
  const service = await Service.start();
  try {
    return await work(service);
  } finally {
    await service.stop();
  }
}

const alone = (without) => withService(async (service) => {
  await importAll(service, files.filter((_, at) => at !== without));
  return playsOf(service);
});

for (const at of long ? [0, 1, 2, 3, 4] : [0, 2, 4]) {
  test(`job ${at + 1} of five undone leaves what the other four alone give, and the figures were told before`, async () => {
    const expected = await alone(at);
    await withService(async (service) => {
      const jobs = await importAll(service, files);
      const { body: told } = await service.patiently(`GET /sync/jobs/${jobs[at]}/undo`);
      const answer = await ended(service, await undo(service, jobs[at]));
      assert.equal(answer.job.progress.status, 'completed', JSON.stringify(answer.job));
      assert.deepEqual(reasons(answer), figuresOf(told));
      assert.equal(answer.job.progress.processed_records, told.removed + told.kept + told.restored);
      assertSamePlays(await playsOf(service), expected);
      const undone = await jobOf(service, jobs[at]);
      assert.equal(undone.job.undone_by, answer.job.job_id);
      assert.ok(undone.job.undone_at);

      // Twice is harmless: it says when it was done, and nothing changes.
      const again = await service.ask(`POST /sync/jobs/${jobs[at]}/undo`, {});
      assert.equal(again.status, 409);
      assert.equal(again.body.code, 'NOT_UNDOABLE');
      assert.match(again.body.error, /undone already, at \d{4}/);
      assertSamePlays(await playsOf(service), expected);
    });
  });
}

test('undone and imported again, all of it is new, as the first time', () => withService(async (service) => {
  const job = await service.begin(files[2]);
  const first = await service.end();
  const plays = await playsOf(service);
  await ended(service, await undo(service, job));
  assert.deepEqual(await playsOf(service), ['']);
  const second = await service.import(files[2]);
  for (const name of ['imported_records', 'duplicate_records', 'error_count', 'total_records']) assert.equal(second[name], first[name], name);
  assertSamePlays(await playsOf(service), plays);
}));

test('killed at any instant an undo goes on by itself and leaves the same', { timeout: 600_000 }, async () => {
  const big = await makeSource('undo-kill.db', '--rows', 40_000, '--seed', 3);
  const kept = await copyOf(big.file, 'undo-kept.db', `DELETE FROM session_history WHERE id % 9 <> 0;
    UPDATE session_history_metadata SET title = 'Changed' WHERE id % 2 = 0;`);
  const expected = await withService(async (service) => {
    await importAll(service, [kept]);
    return playsOf(service);
  });
  let kills = 0;
  let seed = 7;
  const wanted = long ? 50 : 6;
  while (kills < wanted) {
    await withService(async (service) => {
      const [job] = await importAll(service, [big.file, kept]);
      const id = await undo(service, job);
      let last = 0;
      for (let over = false; !over;) {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        await new Promise((resolve) => setTimeout(resolve, 20 + (seed >>> 8) % 200)); // the random instant
        const { status, body } = await service.ask(`GET /sync/jobs/${id}`);
        if (status !== 200) continue;
        const { progress } = body.job;
        assert.ok(progress.processed_records >= last, 'what was counted stays counted');
        last = progress.processed_records;
        over = progress.status !== 'running';
        const pid = service.pid('history');
        if (!over && pid !== undefined && kills < wanted) {
          try {
            process.kill(pid, 'SIGKILL');
            kills++;
          } catch (error) {
            if (error.code !== 'ESRCH') throw error;
          }
        }
      }
      const answer = await ended(service, id);
      assert.equal(answer.job.progress.status, 'completed', JSON.stringify(answer.job));
      assertSamePlays(await playsOf(service), expected);
      const said = reasons(answer);
      assert.equal((said.removed ?? 0) + (said.kept ?? 0) + (said.restored ?? 0), answer.job.progress.processed_records);
    });
  }
});

test('stopped and asked for again it goes on; meanwhile nothing else starts beside it', () => withService(async (service) => {
  const { file } = await makeSource('undo-stop.db', '--rows', 100_000, '--seed', 4);
  const another = await service.begin(file, { dry_run: true });
  await service.end();
  const job = await service.begin(file);
  await service.end();
  const id = await undo(service, job);
  const beside = await service.ask('POST /import/tautulli', { db_path: files[0] });
  const other = await service.ask(`POST /sync/jobs/${job}/undo`, {});
  // Stopped is what this job's undo is, and no other.
  const elses = await service.ask(`DELETE /sync/jobs/${another}/undo`);
  assert.equal(elses.status, 409);
  assert.equal(elses.body.code, 'NOT_RUNNING');
  assert.match(elses.body.error, /is not being undone/);
  assert.equal((await service.ask('DELETE /sync/jobs/nobodys/undo')).body.code, 'JOB_NOT_FOUND');
  const stopped = await service.ask(`DELETE /sync/jobs/${job}/undo`);
  assert.equal(beside.status, 409);
  assert.equal(beside.body.code, 'UNDO_RUNNING');
  assert.equal(beside.body.job_id, id);
  assert.equal(other.status, 409);
  assert.equal(stopped.status, 200, JSON.stringify(stopped.body));
  assert.equal(stopped.body.stats.status, 'cancelled');
  const half = await jobOf(service, id);
  assert.ok(half.job.progress.processed_records < 100_000);
  const shown = await jobOf(service, job);
  assert.equal(shown.job.undone_by, id);
  assert.equal(shown.job.undone_at, undefined);
  const told = await service.fetched(`/sync/jobs/${job}/undo`);
  assert.equal(await undo(service, job), id);
  const answer = await ended(service, id);
  assert.equal(answer.job.progress.attempt, 2);
  assert.deepEqual(reasons(answer), figuresOf(told));
  assert.deepEqual(await playsOf(service), ['']);
}));

test('stopped in the middle, an import and the undo of another job come between', { timeout: 300_000 }, async () => {
  const { file: whole } = await makeSource('undo-mid.db', '--rows', 80_000, '--seed', 8);
  const before = await copyOf(whole, 'undo-mid-1.db', `DELETE FROM session_history WHERE id % 3 = 0;
    UPDATE session_history SET stopped = NULL WHERE id % 50 = 1;`);
  const after = await copyOf(whole, 'undo-mid-2.db', `DELETE FROM session_history WHERE id % 4 = 0;
    UPDATE session_history_metadata SET title = 'Renamed' WHERE id % 40 = 1;`);
  const between = await copyOf(whole, 'undo-mid-3.db', `DELETE FROM session_history WHERE id % 5 = 0;
    UPDATE session_history SET paused_counter = paused_counter + 5 WHERE id % 30 = 1;`);
  const expected = await withService(async (service) => {
    await importAll(service, [after, between]);
    return playsOf(service);
  });
  await withService(async (service) => {
    const [first, second] = await importAll(service, [before, whole, after]);
    const half = await undo(service, second);
    while ((await jobOf(service, half)).job.progress.processed_records === 0) ; // until some rows are gone
    const stopped = await service.ask(`DELETE /sync/jobs/${second}/undo`);
    assert.equal(stopped.status, 200, 'it was over before it could be stopped');
    await importAll(service, [between]);
    assert.equal((await ended(service, await undo(service, first))).job.progress.status, 'completed');
    assert.equal(await undo(service, second), half);
    assert.equal((await ended(service, half)).job.progress.status, 'completed');
    assertSamePlays(await playsOf(service), expected);
  });
});

/** The folder is named as a person does who stands beside it. */
const run = (service, ...args) => new Promise((resolve) => {
  execFile(path.join(bin, 'playbus'), [...args, '--data', path.basename(service.data)], { timeout: 120_000, cwd: path.dirname(service.data) },
    (error, stdout, stderr) => resolve({ status: error?.code ?? 0, stdout, stderr }));
});

test('refused with its own sentence; the command line; the audit log', () => withService(async (service) => {
  const dry = await service.begin(files[0], { dry_run: true });
  await service.end();
  const job = await service.begin(files[0]);
  await service.end();
  for (const [id, code, words] of [[dry, 'NOT_UNDOABLE', /dry run/], ['nobodys', 'JOB_NOT_FOUND', /no such job/]]) {
    for (const method of ['GET', 'POST']) {
      const { status, body } = await service.ask(`${method} /sync/jobs/${id}/undo`, method === 'POST' ? {} : undefined);
      assert.equal(status, code === 'NOT_UNDOABLE' ? 409 : 404);
      assert.equal(body.code, code);
      assert.match(body.error, words);
    }
  }
  const looked = await run(service, 'undo', job.slice(0, 12), '--dry-run');
  assert.equal(looked.status, 0, looked.stderr);
  assert.match(looked.stdout, /removed\s+[\d,]+/);
  const unasked = await run(service, 'undo', job);
  assert.equal(unasked.status, 2);
  assert.match(unasked.stderr, /--yes/);
  const done = await run(service, 'undo', job, '--yes');
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /Undo completed/);
  const again = await run(service, 'undo', job, '--yes');
  assert.equal(again.status, 3, again.stderr);
  assert.match(again.stderr, /undone already/);
  const { items } = await service.fetched('/sync/jobs?operation=undo');
  const itself = await service.ask(`POST /sync/jobs/${items[0].job_id}/undo`, {});
  assert.equal(itself.body.code, 'NOT_UNDOABLE');
  assert.match(itself.body.error, /itself an undo/);
  await until('the audit log has it', async () => {
    const { items: entries } = await service.fetched('/audit/acts?action=start_undo');
    return entries.some((entry) => entry.target === job || entry.text.includes(job.slice(0, 8)));
  });
}));
