// SPDX-License-Identifier: MIT
// details.test.mjs - what only a real browser can show: what a click does before and after its event,
// where the focus is, what goes on while nobody looks, and that nothing jumps.
// Runs alone: it measures where things are while they change.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { answered, person } from './browser.mjs';
import { beginHeld, large, quiet, slowService, small } from './sources.mjs';

/* An import whose pushes are made here: a million rows in a moment. */
function pushed(part) {
  const idle = { updated_records: 0, vanished_records: 0, merged_records: 0, duplicate_records: 0, skipped_records: 0, error_count: 0, imported_records: 0 };
  return { ...idle, operation: 'tautulli_import', status: 'running', phase: 'importing', job_id: 'job-1', correlation_id: 'job-1',
    total_records: 1_000_000, processed_records: 0, progress_percent: 0, records_per_second: 0, elapsed_seconds: 0, estimated_remaining_seconds: 0, ...part };
}

let service;
let source;
let long;
before(async () => {
  [service, source, long] = await Promise.all([slowService(), small(), large()]);
  await service.signIn();
});
beforeEach(() => quiet(service));

test('Clear ends a filter of the audit log, for the list and for both downloads', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab('/#audit');
  const rows = panel.page.getByRole('table', { name: 'Audit log' }).getByRole('row');
  await rows.nth(1).waitFor();
  await panel.box('Who').fill('nobody of that name');
  await panel.button('Apply').click();
  await panel.shows('Nothing matches these filters.');
  await panel.button('Clear filters').click();
  await rows.nth(1).waitFor();
  assert.equal(await panel.box('Who').inputValue(), '');
  for (const name of ['Download CSV', 'Download JSONL']) {
    assert.doesNotMatch(await panel.link(name).getAttribute('href'), /actor/);
  }
});

test('an upload outlives a folded section and an import that begins elsewhere, and is imported afterwards', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab();
  await panel.start.waitFor();
  const session = await who.context.newCDPSession(panel.page);
  await session.send('Network.enable');
  const limit = (uploadThroughput) => session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  await limit(1 << 15);
  await panel.page.locator('input[type=file]').first().setInputFiles(source.file);
  const upload = panel.page.getByRole('progressbar', { name: /upload/i });
  await upload.waitFor();
  const section = panel.button(/^Data Sync/);
  await section.click();
  await upload.waitFor({ state: 'hidden' });
  const release = await beginHeld(service, long.file, { dry_run: true });
  await section.click();
  await panel.runs();
  assert.equal(await upload.isVisible(), false);
  await service.ask('DELETE /import');
  release();
  await upload.waitFor();
  assert.equal(await panel.start.isEnabled(), false);
  await panel.shows('An import can be started once the upload has ended');
  await limit(-1);
  await panel.page.getByRole('group', { name: 'Database' }).getByText('small.db').waitFor();
  await panel.region('Database check').waitFor();
  await panel.start.click();
  await panel.ends();
});

test('after a dry run its one next step is seen without scrolling', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab();
  await panel.begin(source.file, { dryRun: true });
  await panel.ends('Preview');
  const { y, height } = await panel.button('Run this import').boundingBox();
  assert.ok(y > 0 && y + height < 800, `the button is at ${y}`);
  await panel.button('Run this import').click();
  await panel.ends();
});

for (const viewport of [{ width: 1280, height: 800 }, { width: 900, height: 800 }, { width: 390, height: 844 }]) {
  test(`nothing moves while the numbers of an import grow, at ${viewport.width} px`, async (t) => {
    const who = await person(t, service, { as: await service.signIn(), viewport });
    who.expect(answered(404)); // a job of that name has no samples here
    const first = pushed({ seq: 1_000 });
    await who.context.route('**/api/v1/import/status', (route) => route.fulfill({ json: { success: true, stats: first } }));
    await who.context.route('**/api/v1/sync/status', (route) => route.fulfill({ json: { tautulli_import: first } }));
    let socket;
    await who.context.routeWebSocket(/\/api\/v1\/ws$/, (ws) => { socket = ws; });
    const panel = await who.tab();
    await panel.runs();
    const names = ['Speed:', 'Elapsed:', 'Remaining:', 'Imported:', 'Skipped:', 'Rejected:', 'Rate, in records per second'];
    const places = async () => {
      const { x, y, width } = await panel.bar.boundingBox();
      const others = await Promise.all([...names.map((name) => panel.page.getByText(name, { exact: true })), panel.stop].map((one) => one.boundingBox()));
      return [[x, y, width], ...others.map((box) => [box.x, box.y])];
    };
    const before = await places();
    const courses = [
      { processed_records: 940, imported_records: 1, progress_percent: 0.1, records_per_second: 470, elapsed_seconds: 2, estimated_remaining_seconds: 2125 },
      { processed_records: 98_765, imported_records: 90_000, skipped_records: 8_765, duplicate_records: 8_765, progress_percent: 9.8, records_per_second: 12_345, elapsed_seconds: 8, estimated_remaining_seconds: 73 },
      { processed_records: 1_000_000, imported_records: 1_000_000, skipped_records: 1_000_000, duplicate_records: 900_000, merged_records: 100_000, error_count: 1_000_000,
        progress_percent: 100, records_per_second: 123_456, elapsed_seconds: 86_000, estimated_remaining_seconds: 86_000 },
    ];
    for (const [i, course] of courses.entries()) {
      socket.send(JSON.stringify({ type: 'sync_progress', data: { operation: 'tautulli_import', status: 'running', progress: pushed({ ...course, seq: 2_000 + i }) } }));
      await panel.shows(new RegExp(`^${course.processed_records.toLocaleString('en-GB')} / 1,000,000 records$`));
      assert.deepEqual(await places(), before, `at ${course.processed_records}`);
    }
    assert.deepEqual(await panel.sideways(), []);
  });
}

test('what can be pressed stays where it is while the page is still asking', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const heldBack = async (...calls) => {
    let answer;
    const asked = new Promise((resolve) => { answer = resolve; });
    for (const call of calls) {
      await who.context.route(`**/api/v1/${call}`, async (route) => {
        await asked;
        await route.continue();
      }, { times: 1 });
    }
    return answer;
  };
  const answerOthers = await heldBack('servers', 'import/candidates', 'sync/plex/historical', 'sync/jobs?operation=tautulli_import*');
  const panel = await who.tab();
  const past = panel.button(/^Show receipt of/).first();
  await panel.start.waitFor();
  const place = await panel.start.boundingBox();
  answerOthers();
  await panel.shows(/Server Sync: No servers yet/);
  await past.waitFor();
  assert.deepEqual(await panel.start.boundingBox(), place);

  const answerStatus = await heldBack('import/status');
  const jobs = panel.page.waitForResponse(/sync\/jobs\?operation=tautulli_import/);
  await panel.page.reload();
  await (await jobs).finished();
  assert.equal(await past.isVisible(), false, 'the form will push it down');
  answerStatus();
  await past.waitFor();

  for (const [section, call, above, below] of [['Access', 'users', 'Your account', 'Create token'], ['Audit log', 'audit/acts*', 'What was done', 'Change key']]) {
    const answerAbove = await heldBack(call);
    await panel.goTo(section);
    await panel.page.getByRole('heading', { name: above }).waitFor();
    assert.equal(await panel.button(below).isVisible(), false, `${below} will be pushed down`);
    answerAbove();
    await panel.button(below).waitFor();
  }
});
