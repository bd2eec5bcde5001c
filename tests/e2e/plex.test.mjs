// SPDX-License-Identifier: MIT
// plex.test.mjs - the history of a Plex server as an administrator syncs it in the browser: libraries are chosen, it
// runs, is watched over a reload and in a second tab, is stopped and resumed, and ends with a receipt; an import and a sync exclude each other.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { until } from '../integration/service.mjs';
import { MediaServer } from '../support/media_server.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { beginHeld, large, quiet, slowService, viewer } from './sources.mjs';

const route = '/sync/plex/historical';
let service;
let media;
let admin;
let source;
before(async () => {
  [service, media, source] = await Promise.all([slowService(), MediaServer.start({ plays: 4000 }), large()]);
  const { body } = await service.patiently('POST /servers', { name: 'Home', address: media.url, token: media.tokens.owner });
  assert.equal((await service.patiently(`POST /servers/${body.server.id}/test`)).status, 200);
  admin = await service.signIn();
});
after(() => media.stop());
beforeEach(async () => {
  await media.clear();
  await service.ask(`DELETE ${route}`);
  await until('no sync runs', async () => (await service.fetched(route)).stats.status !== 'running');
  await quiet(service);
});

async function open(t, as = admin) {
  const who = await person(t, service, { as });
  who.expect(answered(409, 422));
  const panel = await who.tab();
  return { who, panel };
}
const startButton = (panel) => panel.button('Start Historical Sync');
const bar = (panel) => panel.page.getByRole('progressbar', { name: 'Sync progress' });
const isDone = (percent) => until(`${percent} % are done`, async () => (await service.fetched(route)).stats.progress_percent >= percent);

/** The form, which is folded away beneath a receipt. */
async function form(panel) {
  const again = panel.button('New Sync');
  await startButton(panel).or(again).first().waitFor();
  if (!await startButton(panel).isVisible()) await again.click();
  await panel.box('Movies').waitFor();
}

test('libraries and days are chosen, the sync runs to its receipt, and the summary tells of it', async (t) => {
  const look = eye(t);
  const { panel } = await open(t);
  await form(panel);
  await look(panel, '91-plex-form', 'Start Import');
  for (const name of ['TV Shows', 'Music']) await panel.box(name).uncheck();
  await panel.page.getByRole('combobox', { name: 'Days to sync back' }).selectOption('3650');
  await media.fault('slow', { msPerRow: 1 });
  const [sent] = await Promise.all([panel.page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith(route)), startButton(panel).click()]);
  assert.deepEqual([sent.postDataJSON().days_back, sent.postDataJSON().library_ids.length], [3650, 1]);
  await bar(panel).waitFor();
  await panel.shows(/^Plex Historical: Sync in progress/);
  await media.clear();
  await panel.ends();
  await panel.shows(/^Plex Historical: Sync completed/);
  await look(panel, '93-plex-receipt');
  const { stats } = await service.fetched(route);
  assert.equal(stats.status, 'completed');
  assert.equal(stats.processed_records, stats.total_records);
  assert.ok(stats.total_records > 0 && stats.total_records < 4000, String(stats.total_records));
});

test('it is watched over a reload and in a second tab, stopped in one and resumed in the other', async (t) => {
  const look = eye(t);
  const { who, panel } = await open(t);
  await form(panel);
  await panel.page.getByRole('combobox', { name: 'Days to sync back' }).selectOption('3650');
  await media.fault('slow', { msPerRow: 3 });
  await startButton(panel).click();
  await bar(panel).waitFor();
  await isDone(5);
  await look(panel, '92-plex-running');
  await panel.page.reload();
  await bar(panel).waitFor();
  const other = await who.tab();
  await bar(other).waitFor();
  await other.shows('Cannot run while the Plex history sync is active');
  await other.button('Stop Sync').first().click();
  const asked = other.dialog('Stop the sync?');
  await other.button('Stop Sync', asked).click();
  await asked.waitFor({ state: 'hidden' });
  await panel.ends();
  const { stats: stopped } = await service.fetched(route);
  assert.equal(stopped.status, 'cancelled');
  await look(panel, '94-plex-stopped', 'Resume Sync');
  await media.clear();
  await panel.button('Resume Sync').first().click();
  await until('it has ended', async () => (await service.fetched(route)).stats.status === 'completed');
  await panel.shows(/^Plex Historical: Sync completed/);
  const { stats } = await service.fetched(route);
  assert.equal(stats.job_id, stopped.job_id, 'another job than the one that was stopped');
  assert.equal(stats.processed_records, stats.total_records);
});

test('while an import runs the note says so and nothing can be started; a start that comes between is refused, and shows the import', async (t) => {
  const look = eye(t);
  const { panel } = await open(t);
  await form(panel);
  await panel.page.route('**/api/v1/sync/plex/historical', async (asked) => {
    if (asked.request().method() === 'POST') await beginHeld(service, source.file, { dry_run: true, percent: 1 });
    await asked.continue();
  });
  await startButton(panel).click();
  await panel.shows('Another import is already running');
  await panel.bar.waitFor();
  await until('nothing can be started', async () => await startButton(panel).getAttribute('aria-disabled') === 'true');
  await panel.shows('Note: Cannot run while Tautulli import is active.');
  await look(panel, '92b-plex-import-runs');
});

test('a server that is in maintenance is waited for, and says so', async (t) => {
  const { panel } = await open(t);
  await form(panel);
  await media.fault('maintenance');
  await startButton(panel).click();
  await panel.shows(/^Status: Waiting for the Plex server/);
  await eye(t)(panel, '92c-plex-waiting');
  await media.clear();
  await panel.ends();
});

test('a viewer sees how it stands and can start nothing', async (t) => {
  const { panel } = await open(t, await viewer(service, admin, 'viola'));
  await panel.shows(/^Plex Historical: /);
  await panel.shows(/^Only an administrator can start a sync/);
  assert.deepEqual(panel.requests.filter((request) => request.includes('/servers')), []);
});
