// SPDX-License-Identifier: MIT
// server_sync.test.mjs - the continuous sync of media servers: each on its own, whatever the others do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertExact, begin, ended, startMedia, stopAll, stored } from './plex_sync.mjs';
import { beginSync, jobEnded, jobsOf, place, progressOf, startSync, syncNow } from './server_sync.mjs';
import { bin, until } from './service.mjs';

describe('a sync that a person starts', () => {
  let here;
  before(async () => { here = await place({ plays: 1500, days: 900 }); });
  after(() => stopAll(here));

  test('brings all that the server remembers, and is told of by its id', async () => {
    const stats = await syncNow(here);
    assert.deepEqual([stats.status, stats.imported_records + stats.merged_records, stats.error_count], ['completed', 1500, 0], JSON.stringify(stats));
    assert.equal(stats.server_id, here.id);
    await assertExact(here);
    assert.equal((await progressOf(here)).status, 'completed');
    assert.deepEqual((await jobsOf(here)).map(({ title, identity }) => [title, identity]), [['home', here.media.machineIdentifier]]);
    const { server: { sync } } = await here.service.fetched(`/servers/${here.id}`);
    assert.deepEqual([sync.scheduled, sync.interval_minutes, sync.error], [true, 15, undefined]);
    assert.equal(Date.parse(sync.newest_play_at), Math.max(...here.media.history.rows.map((row) => row.viewedAt)) * 1000);
  });

  test('is one with what the historical sync brought', async () => {
    await begin(here.service);
    const stats = await ended(here.service);
    assert.deepEqual([stats.status, stats.imported_records, stats.duplicate_records], ['completed', 0, 1500]);
    await assertExact(here);
  });

  test('is stopped, refused while it runs, and excluded by a historical one of its server', async () => {
    const { service, media, id } = here;
    await media.fault('slow', { path: '/status/sessions/history', msPerAnswer: 1500 });
    await beginSync(here);
    const second = await startSync(here);
    assert.deepEqual([second.status, second.body.code, second.body.details.stats.server_id], [409, 'SYNC_RUNNING', id], JSON.stringify(second.body));
    const historical = await service.patiently('POST /sync/plex/historical', { days_back: 10 });
    assert.deepEqual([historical.status, historical.body.code], [409, 'SYNC_RUNNING']);
    const stopped = await service.patiently(`DELETE /servers/${id}/sync`);
    assert.deepEqual([stopped.status, stopped.body.stats.status], [200, 'cancelled']);
    assert.equal((await service.patiently(`DELETE /servers/${id}/sync`)).body.code, 'NOT_RUNNING');
    await begin(service);
    assert.deepEqual((await startSync(here)).body.code, 'SYNC_RUNNING');
    await service.patiently('DELETE /sync/plex/historical');
    await media.clear();
  });

  test('of a server that is unknown, disabled or without a token is refused by name', async () => {
    const { service, id } = here;
    assert.deepEqual((await startSync({ service, id: 'nobody' })).body.code, 'SERVER_NOT_FOUND');
    await service.patiently(`PUT /servers/${id}`, { enabled: false });
    const disabled = await startSync(here);
    assert.deepEqual([disabled.status, disabled.body.code], [422, 'SERVER_DISABLED']);
    await service.patiently(`PUT /servers/${id}`, { enabled: true });
  });

  test('is followed by the command line to its receipt', async () => {
    const child = spawn(path.join(bin, 'playbus'), ['server', 'sync', 'home', '--data', here.service.data], { stdio: 'pipe' });
    let out = '';
    child.stdout.on('data', (text) => { out += text; });
    child.stderr.on('data', (text) => { out += text; });
    const code = await new Promise((resolve) => { child.on('exit', resolve); });
    assert.equal(code, 0, out);
    assert.match(out, /home/);
  });
});

const minute = { env: { PLAYBUS_SYNC_MINUTE_MS: '20' } };
const standing = async ({ service, id }) => (await service.fetched(`/servers/${id}`)).server.sync;
const looks = async (here, number = 1) => {
  for (let i = 0; i < number; i++) {
    const { last_checked_at: before } = await standing(here);
    await until('it was looked at again', async () => (await standing(here)).last_checked_at > (before ?? ''));
  }
};

describe('a schedule', () => {
  let here;
  before(async () => { here = await place({ plays: 300, days: 400 }, minute); });
  after(() => stopAll(here));

  test('brings what there is, then what comes, and leaves no job where nothing came', async () => {
    await looks(here, 4);
    await assertExact(here);
    const first = await jobsOf(here);
    assert.equal(first.length, 1, JSON.stringify(first));
    assert.equal(first[0].asked_by, undefined);
    const watched = here.media.play();
    await until('the new play is there', async () => (await stored(here.service)).length === 301);
    await assertExact(here);
    await looks(here);
    const [second] = await jobsOf(here);
    assert.deepEqual([second.progress.imported_records + second.progress.merged_records, second.progress.total_records], [1, 1]);
    await looks(here, 2);
    assert.equal((await jobsOf(here)).length, 2);
    assert.equal((await progressOf(here)).job_id, second.job_id, 'the newest that brought something is told of');
    assert.ok(watched);
  });
});

describe('what keeps a schedule from its server', () => {
  let here;
  before(async () => {
    here = await place({ plays: 200, days: 100, seed: 4 }, minute);
    await looks(here);
  });
  after(() => stopAll(here));
  const settled = (what, wanted) => until(what, async () => {
    const sync = await standing(here);
    return wanted(sync) && sync;
  }, 30_000);

  test('a token that is refused stops it, with since when, until a person gives another', async () => {
    const { service, media, id } = here;
    const revoked = media.tokens.owner;
    media.place.renewToken();
    const stopped = await settled('it has stopped', ({ state }) => state === 'stopped');
    assert.equal(stopped.error.code, 'SERVER_TOKEN_REFUSED');
    assert.match(stopped.error.remedy, /token/);
    assert.ok(Date.now() - Date.parse(stopped.error.since) < 60_000);
    assert.equal(stopped.next_at, undefined);
    assert.ok(!JSON.stringify(stopped).includes(revoked));
    const asked = media.asked.length;
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
    assert.equal(media.asked.length, asked, 'nobody asks with it any more');
    assert.equal((await syncNow(here)).error_code, 'SERVER_TOKEN_REFUSED');
    await service.patiently(`PUT /servers/${id}`, { name: 'home again' });
    const still = await settled('it is stopped again', ({ state }) => state === 'stopped');
    assert.deepEqual(still.error, stopped.error, 'since then, whatever a person tried');
    await service.patiently(`PUT /servers/${id}`, { name: 'home', token: media.tokens.owner });
    await settled('it goes on', ({ state, error }) => state !== 'stopped' && error === undefined);
    await looks(here);
  });

  test('a look at a server that does not answer is stopped, and makes no job', async () => {
    const { service, media, id } = here;
    const before = (await jobsOf(here)).length;
    await media.fault('slow', { msPerAnswer: 15_000 });
    await settled('it is looked at', ({ state }) => state === 'running');
    const { status, body } = await service.patiently(`DELETE /servers/${id}/sync`);
    assert.deepEqual([status, body.stats?.status], [200, 'idle'], JSON.stringify(body));
    await service.patiently(`PUT /servers/${id}`, { scheduled: false });
    const { state, error } = await standing(here);
    assert.deepEqual([state, error, (await jobsOf(here)).length], ['stopped', undefined, before]);
    assert.equal((await service.patiently(`DELETE /servers/${id}/sync`)).body.code, 'NOT_RUNNING');
    await media.clear();
    await service.patiently(`PUT /servers/${id}`, { scheduled: true });
    await looks(here);
  });

  test('a job that a person begins beside such a look is what is stopped', async () => {
    const { service, media, id } = here;
    await media.fault('slow', { msPerAnswer: 15_000 });
    await settled('it is looked at', ({ state }) => state === 'running');
    let job;
    await until('a job is begun', async () => { const { status, body } = await startSync(here); job = body.correlation_id; return status === 202; });
    const { status, body } = await service.patiently(`DELETE /servers/${id}/sync`);
    assert.deepEqual([status, body.stats?.job_id, body.stats?.status], [200, job, 'cancelled'], JSON.stringify(body));
    await media.clear();
    await looks(here);
  });

  for (const [what, heldMs] of [['just being made', 0], ['made later than anybody waits for it', 4500]]) {
    test(`a job that is ${what} is stopped as soon as it is`, async () => {
      const { service, media, id } = here;
      const quiet = async (ms) => {
        const seen = { asked: -1, since: 0 };
        await until('it is asked nothing', () => {
          if (seen.asked !== media.asked.length) Object.assign(seen, { asked: media.asked.length, since: performance.now() });
          return performance.now() - seen.since > ms;
        });
      };
      await service.patiently(`PUT /servers/${id}`, { scheduled: false });
      await quiet(300);
      const before = (await jobsOf(here)).map(({ job_id: job }) => job);
      const imported = (await stored(service)).length;
      const history = service.pid('history');
      await media.fault('slow', { msPerAnswer: 300 });
      await service.patiently(`PUT /servers/${id}`, { scheduled: true });
      await settled('a look has begun', ({ state }) => state === 'running');
      process.kill(history, 'SIGSTOP');
      try {
        media.play();
        await quiet(700); // the look is over, so the job is to be made
        const { status, body } = await service.patiently(`DELETE /servers/${id}/sync`);
        assert.deepEqual([status, body.stats?.status], [200, 'idle'], JSON.stringify(body));
        await service.patiently(`PUT /servers/${id}`, { scheduled: false });
        await new Promise((resolve) => { setTimeout(resolve, heldMs); });
      } finally {
        process.kill(history, 'SIGCONT');
      }
      let made;
      await until('the job was made and stopped', async () => {
        made = (await jobsOf(here)).filter(({ job_id: job }) => !before.includes(job)).map(({ progress }) => progress.status);
        return made.length > 0 && !made.includes('running');
      });
      assert.deepEqual(made, ['cancelled']);
      assert.equal((await stored(service)).length, imported);
      await media.clear();
      assert.equal((await syncNow(here)).status, 'completed', 'a person may');
      assert.equal((await stored(service)).length, imported + 1);
      await service.patiently(`PUT /servers/${id}`, { scheduled: true });
    });
  }

  test('one that is away is asked less and less often, and all is well when it is back', async () => {
    await here.media.fault('refused');
    const away = await settled('it is told', ({ error }) => error !== undefined);
    assert.deepEqual([away.error.code, away.state === 'stopped'], ['SERVER_UNREACHABLE', false]);
    here.media.play();
    await here.media.clear();
    await settled('it is well again', ({ error }) => error === undefined);
    await until('what was missed is there', async () => (await jobsOf(here)).length >= 2);
    await assertExact(here);
    assert.ok((await jobsOf(here)).every(({ progress }) => progress.error_code !== 'SERVER_UNREACHABLE'), 'no job tells of the outage');
  });

  for (const [what, fault] of [
    ['maintenance', ['maintenance', {}]], ['an empty 503', ['status', { code: 503, type: 'text/plain', body: '' }]],
    ['a 503 that says when', ['status', { code: 503, headers: { 'retry-after': '005' } }]],
  ]) {
    test(`${what} is no error`, async () => {
      const asked = here.media.asked.length;
      await here.media.fault(...fault);
      await until('it was met', () => here.media.asked.length > asked);
      const waiting = await settled('it waits', ({ state }) => state === 'waiting');
      assert.equal(waiting.error, undefined);
      await here.media.clear();
      await looks(here);
    });
  }

  test('a historical sync of the server is waited for, silently', async () => {
    const { service, media } = here;
    const before = (await jobsOf(here)).length;
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 8 });
    await until('it has begun', async () => (await service.patiently('POST /sync/plex/historical', { days_back: 3650 })).status === 202);
    await settled('it waits', ({ state }) => state === 'waiting');
    assert.equal((await standing(here)).error, undefined);
    await service.patiently('DELETE /sync/plex/historical');
    await media.clear();
    await looks(here);
    assert.equal((await jobsOf(here)).length, before);
  });

  test('one that is switched off, or disabled, is left alone; how often is a setting', async () => {
    const { service, id } = here;
    const off = (await service.patiently(`PUT /servers/${id}`, { scheduled: false, interval_minutes: 30 })).body.server.sync;
    assert.deepEqual([off.scheduled, off.interval_minutes, off.state], [false, 30, 'stopped']);
    assert.equal((await service.ask(`PUT /servers/${id}`, { interval_minutes: 0 })).status, 400);
    assert.equal((await syncNow(here)).status, 'completed', 'a person may');
    await service.patiently(`PUT /servers/${id}`, { scheduled: true, interval_minutes: 15 });
    await looks(here);
  });
});

describe('rows that a person has undone', () => {
  test('stay away from the schedule, and come back when a person syncs', async () => {
    const here = await place({ plays: 60, days: 100, seed: 7 }, minute);
    const { service, media, id } = here;
    await looks(here, 2);
    const [job] = await jobsOf(here);
    await until('it is undone', async () => {
      await service.patiently(`POST /sync/jobs/${job.job_id}/undo`);
      return (await jobsOf(here))[0].undone_at !== undefined;
    });
    media.play();
    await until('the new play is there', async () => (await stored(service)).length === 1);
    await looks(here, 2);
    assert.equal((await stored(service)).length, 1);
    await until('a person could begin', async () => (await service.patiently(`POST /servers/${id}/sync`)).status === 202);
    await until('all are there', async () => (await stored(service)).length === 61);
    await assertExact(here);
    await stopAll(here);
  });
});

describe('three servers, of which one hangs and one has a dead name', () => {
  test('the third is synced as if it were alone', async () => {
    const here = await place({ plays: 200, days: 100, seed: 8 }, minute);
    const { service } = here;
    const hanging = await startMedia({ plays: 10, days: 10 });
    await hanging.fault('slow', { msPerAnswer: 600_000 });
    await service.patiently('POST /servers', { name: 'hangs', address: hanging.url, token: hanging.tokens.owner });
    await service.patiently('POST /servers', { name: 'dead', address: 'http://nobody.invalid:32400', token: 'x'.repeat(20) });
    await looks(here, 3);
    await assertExact(here);
    const { items } = await service.fetched('/servers');
    const dead = await until('it is told of the dead name', async () => (await service.fetched('/servers')).items.find(({ name, sync }) => name === 'dead' && sync.error));
    assert.equal(dead.sync.error.code, 'SERVER_HOST_UNKNOWN');
    assert.deepEqual(items.map(({ sync }) => sync.interval_minutes), [15, 15, 15]);
    await stopAll(here);
  });
});

describe('a long first look', () => {
  test('is stopped, and gone on with where it was', async () => {
    const here = await place({ plays: 1200, days: 500, seed: 11 });
    const { service, media, id } = here;
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 1 });
    const job = await beginSync(here);
    await until('some is stored', async () => (await progressOf(here))?.processed_records > 0);
    const { body } = await service.patiently(`DELETE /servers/${id}/sync`);
    assert.ok(body.stats.processed_records < 1200, JSON.stringify(body.stats));
    assert.equal(await beginSync(here), job);
    const stats = await jobEnded(here, job);
    assert.deepEqual([stats.status, stats.attempt, stats.processed_records, stats.duplicate_records], ['completed', 2, 1200, 0]);
    await assertExact(here);
    await stopAll(here);
  });

  test('of a server that is removed meanwhile ends', async () => {
    const here = await place({ plays: 1200, days: 500, seed: 12 });
    const { service, media, id } = here;
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 2 });
    const job = await beginSync(here);
    await service.patiently(`DELETE /servers/${id}`);
    const stats = await jobEnded(here, job);
    assert.deepEqual([stats.status, stats.error_code], ['error', 'SERVER_NOT_FOUND']);
    await stopAll(here);
  });
});

describe('processes that are killed', () => {
  test('lose nothing and double nothing: the sync, then the history, amid a long first look', async () => {
    const here = await place({ plays: 2000, days: 900, seed: 9 });
    const { service, media } = here;
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 1 });
    const job = await beginSync(here);
    for (const actor of ['server-sync', 'history']) {
      const had = (await progressOf(here))?.processed_records ?? 0;
      await until('some more is stored', async () => (await progressOf(here)).processed_records > had);
      process.kill(service.pid(actor), 'SIGKILL');
    }
    const stats = await jobEnded(here, job, 60_000);
    assert.deepEqual([stats.status, stats.imported_records + stats.merged_records], ['completed', 2000], JSON.stringify(stats));
    await assertExact(here);
    await stopAll(here);
  });
});
