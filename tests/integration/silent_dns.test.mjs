// SPDX-License-Identifier: MIT
// silent_dns.test.mjs - a media server whose name is never resolved: what is asked of it can be stopped at once, and
// nobody else waits.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { begin, ended, register, standing, startMedia, sync } from './plex_sync.mjs';
import { makeSource, place, root, run, Service, until } from './service.mjs';

const atOnceMs = 2000;

describe('a name that DNS never answers for', () => {
  let media;
  let service;
  let silent; // the id of the server at that name
  let other;
  let first; // the pids of those who ask servers
  const actors = () => ['plex', 'server-sync'].map((actor) => service.pid(actor));
  before(async () => {
    const library = path.join(place, 'silent_resolver.so');
    await run('gcc', '-shared', '-fPIC', '-o', library, path.join(root, 'tests/integration/silent_resolver.c'));
    media = await startMedia({ plays: 400, days: 300, seed: 31 });
    service = await Service.start({ env: { LD_PRELOAD: library } });
    other = await register(service, media);
    const added = await service.patiently('POST /servers', { name: 'silent', address: 'http://never.test:32400', token: media.tokens.owner });
    assert.equal(added.status, 201, JSON.stringify(added.body));
    silent = added.body.server.id;
    first = actors();
  });
  after(async () => {
    assert.deepEqual(actors(), first, 'no actor had to be started again');
    const began = Date.now();
    await service.stop();
    assert.ok(Date.now() - began < 20_000, `the end of the service took ${Date.now() - began} ms`);
  });

  /** What has nothing to do with that server is answered as if it were not there. */
  async function assertOthersGoOn() {
    for (const [what, status] of [['GET /system', 200], [`POST /servers/${other}/test`, 200], [`GET /servers/${other}/libraries`, 200], ['GET /servers', 200]]) {
      const answer = await service.patiently(what);
      assert.equal(answer.status, status, `${what}: ${JSON.stringify(answer.body)}`);
      assert.ok(answer.ms < atOnceMs, `${what} took ${answer.ms} ms`);
    }
  }

  async function stopAtOnce() {
    const stopped = await service.patiently('DELETE /sync/plex/historical');
    assert.deepEqual([stopped.status, stopped.body.stats.status], [200, 'cancelled'], JSON.stringify(stopped.body));
    assert.ok(stopped.ms < atOnceMs, `stopped after ${stopped.ms} ms`);
  }

  test('its sync is stopped at once, others are asked meanwhile, and one of another begins then', async () => {
    for (let round = 0; round < 3; round++) { // the threads that wait for ever are no one's burden
      await begin(service, { server_id: silent });
      await until('it is being reached', async () => (await standing(service)).stats.phase !== 'queued');
      await assertOthersGoOn();
      await stopAtOnce();
    }
    assert.equal((await sync(service, { server_id: other })).processed_records, 400);
  });

  test('while it is tested and asked for its libraries, imports and syncs of others run', async () => {
    const { file } = await makeSource('meanwhile.db', '--rows', 3000);
    const asked = [service.ask(`POST /servers/${silent}/test`), service.ask(`GET /servers/${silent}/libraries`)];
    await assertOthersGoOn();
    assert.equal((await service.import(file)).status, 'completed');
    assert.equal((await sync(service, { server_id: other })).status, 'completed');
    for (const { body } of await Promise.all(asked)) {
      assert.ok(['SERVER_TIMED_OUT', 'SERVER_UNREACHABLE'].includes(body.code), JSON.stringify(body));
    }
  });
});
