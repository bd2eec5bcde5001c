// SPDX-License-Identifier: MIT
// flow.test.mjs - what a person does with the panel, from the first start to the receipt.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { Service, makeSource, sources } from '../integration/service.mjs';
import { answered, person } from './browser.mjs';
import { beginHeld, hold, large, quiet, slowService, small } from './sources.mjs';

let service;
let source;
let long;
before(async () => {
  [service, source, long] = await Promise.all([slowService(), small(), large()]);
});
beforeEach(() => quiet(service));

const number = (n) => n.toLocaleString('en-GB');

test('a person sets Playbus up, validates, tries, runs an import and reads the receipt', async (t) => {
  const code = readFileSync(path.join(service.data, 'run/setup.code'), 'utf8').trim();
  const who = await person(t, service);
  const panel = await who.tab(`/#setup=${code}`);
  await panel.page.getByRole('heading', { name: 'Set up Playbus' }).waitFor();
  await panel.setUp('admin');
  await panel.page.getByRole('heading', { name: 'Data Sync' }).first().waitFor();
  assert.ok(!panel.page.url().includes(code), 'the code stays in the address');

  const { expected } = source.manifest;
  await panel.choose(source.file);
  await panel.button('Validate Database').click();
  const check = panel.region('Database check');
  await check.getByText(number(expected.total)).first().waitFor();

  await panel.begin(source.file, { dryRun: true });
  const preview = panel.region('Preview');
  await preview.getByText(number(expected.imported)).first().waitFor();
  assert.deepEqual((await service.fetched('/history?limit=1')).items, [], 'a dry run stored something');

  await panel.button('Run this import').click();
  await panel.ends();
  const receipt = panel.region('Receipt');
  await receipt.getByText(number(expected.imported)).first().waitFor();
  await receipt.getByRole('img', { name: /per month/i }).waitFor();
  await panel.another.click();
  await panel.shows(/Last Import: /);

  const rejected = panel.region('Rejected rows').getByRole('table');
  await rejected.getByText('Invalid timestamp format').first().waitFor();
  const all = await rejected.getByRole('row').count();
  await panel.box('Search rejected rows').fill('timestamp');
  await panel.eventually('fewer rows after a search', async () => {
    const found = await rejected.getByRole('row').count();
    return found > 1 && found < all;
  });
  const download = panel.page.waitForEvent('download');
  await receipt.getByRole('link', { name: /Download/ }).first().click();
  const lines = readFileSync(await (await download).path(), 'utf8').trim().split('\n');
  assert.ok(lines.length > 1, 'the file has no rows');
  const [newest] = (await service.fetched('/sync/jobs?limit=1')).items;
  assert.equal(newest.progress.imported_records, expected.imported);
});

test('an import that was stopped says what is kept, is offered again and goes on to the exact end', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab();
  const release = hold(service);
  await panel.begin(long.file);
  await panel.runs();
  await release.to(10);
  await panel.stop.click();
  const asked = panel.dialog(/stop/i);
  await asked.getByText(/kept|stays/i).waitFor();
  await panel.page.keyboard.press('Escape');
  await asked.waitFor({ state: 'hidden' });
  assert.equal((await panel.focused()).name, 'Stop Import', 'the focus did not come back');
  await panel.stopImport();
  release();
  const stopped = await service.end();
  assert.equal(stopped.status, 'cancelled');

  await panel.page.reload();
  const letGo = hold(service);
  await panel.button(/^Resume/).click();
  await panel.runs();
  const resumed = (await service.fetched('/import/status')).stats;
  assert.equal(resumed.job_id, stopped.job_id);
  letGo();
  await panel.ends();
  const { stats } = await service.fetched('/import/status');
  assert.equal(stats.imported_records, long.manifest.expected.imported);
  assert.equal(stats.processed_records, stats.total_records);
});

test('a wrong path, a foreign file and a forbidden folder are named with their remedy, and can be corrected', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(403, 404, 422));
  const panel = await who.tab();
  const noDatabase = path.join(sources, 'letter.db');
  writeFileSync(noDatabase, 'Dear reader, this is no database.\n'.repeat(40));
  const refused = [
    [path.join(sources, 'missing.db'), 'Database file not found'],
    [noDatabase, 'This file is no SQLite database'],
    ['/etc/passwd', 'This path is outside the allowed folders'],
  ];
  if (process.getuid() !== 0) {
    const locked = path.join(sources, 'locked.db');
    copyFileSync(source.file, locked);
    chmodSync(locked, 0);
    refused.push([locked, 'Access denied to database file']);
  }
  for (const [file, sentence] of refused) {
    for (const press of [panel.button('Validate Database'), panel.start]) {
      await panel.choose(file);
      await press.click();
      await panel.shows(sentence);
    }
  }
  assert.ok((await panel.said()).some(({ how, text }) => how === 'assertive' && text.includes('Database file not found')));

  await panel.begin(source.file, { dryRun: true });
  await panel.ends('Preview');
  for (const [, sentence] of refused) assert.equal(await panel.seen(sentence), 0, `${sentence} is still shown`);
});

test('a start beside a running import says so and shows that one', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(409));
  const panel = await who.tab();
  const other = await makeSource('other.db', '--rows', 20_000, '--seed', 31);
  let release;
  await panel.page.route('**/api/v1/import/tautulli', async (route) => {
    release = await beginHeld(service, other.file);
    await route.continue();
  });
  await panel.begin(source.file);
  await panel.shows('Another import is already running');
  await panel.runs();
  const { total } = other.manifest.expected;
  await panel.shows(new RegExp(`${number(total)}`));
  await panel.stopImport();
  release();
});

test('a database from the person\'s own computer is uploaded, checked and imported', async (t) => {
  const mine = await makeSource('mine.db', '--rows', 1500, '--seed', 77, '--start', 1_200_000_000);
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab();
  await panel.page.locator('input[type=file]').first().setInputFiles(mine.file);
  await panel.page.getByRole('group', { name: 'Database' }).getByText('mine.db').waitFor();
  await panel.button('Validate Database').click();
  await panel.region('Database check').getByText(number(1500)).first().waitFor();
  await panel.start.click();
  await panel.ends();
  const { stats } = await service.fetched('/import/status');
  assert.equal(stats.imported_records, mine.manifest.expected.imported);
});

test('an upload that is cancelled leaves nothing behind', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(/net::ERR_(ABORTED|FAILED)/);
  const panel = await who.tab();
  const session = await who.context.newCDPSession(panel.page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1 << 18 });
  await panel.page.locator('input[type=file]').first().setInputFiles(long.file);
  await panel.page.getByRole('progressbar', { name: /upload/i }).waitFor();
  await panel.button('Cancel upload').click();
  await panel.page.getByRole('progressbar', { name: /upload/i }).waitFor({ state: 'hidden' });
  const { items } = await service.fetched('/import/candidates');
  assert.deepEqual(items.filter((item) => item.path.includes('/uploads/') && item.path.includes('large')), []);
});
