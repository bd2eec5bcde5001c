// SPDX-License-Identifier: MIT
// server_sync.test.mjs - the continuous sync of media servers: each on its own, whatever the others do.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertExact, begin, ended, stopAll } from './plex_sync.mjs';
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
    assert.deepEqual((await jobsOf(here)).map(({ title }) => title), ['home']);
  });

  test('is one with what the historical sync brought', async () => {
    await begin(here.service);
    const stats = await ended(here.service);
    assert.deepEqual([stats.status, stats.imported_records, stats.duplicate_records], ['completed', 0, 1500]);
    await assertExact(here);
  });

  test('is stopped, refused while it runs, and excluded by a historical one of its server', async () => {
    const { service, media, id } = here;
    await media.fault('slow', { path: '/status/sessions/history', msPerRow: 5 });
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
