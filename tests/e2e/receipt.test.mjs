// SPDX-License-Identifier: MIT
// receipt.test.mjs - how a run ends for who looks on: its receipt comes into view, says whose run it
// was and what became of every row, and one button is what to do next.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { makeSource, sources } from '../integration/service.mjs';
import { person, shapes } from './browser.mjs';
import { eye } from './eye.mjs';
import { beginHeld, hold, large, quiet, slowService, viewer } from './sources.mjs';

let service;
let admin;
let source;
before(async () => {
  [service, source] = await Promise.all([slowService(), large()]);
  admin = await service.signIn();
});
beforeEach(() => quiet(service));

const number = (n) => n.toLocaleString('en-GB');

for (const { shape, viewport } of shapes.filter(({ colorScheme }) => colorScheme === 'light')) {
  test(`the receipt is in view when a run ends, and its one next step below its figures, on a ${shape}`, async (t) => {
    const who = await person(t, service, { as: admin, viewport });
    const panel = await who.tab();
    const release = hold(service);
    await panel.begin(source.file, { dryRun: true });
    await panel.runs();
    await release.to(10);
    await panel.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    release();
    await panel.ends('Preview');
    await panel.eventually('the heading is in view', () => panel.page.getByRole('heading', { name: 'Preview' })
      .evaluate((heading) => { const { top } = heading.getBoundingClientRect(); return top >= 0 && top < innerHeight / 2; }));
    const next = await panel.button('Run this import').boundingBox();
    assert.ok(next.y > 0 && next.y + next.height < viewport.height, `the next step is at ${next.y}`);
    const figure = await panel.region('Preview').getByText('Would import', { exact: true }).boundingBox();
    assert.ok(figure.y < next.y, 'the figures come first');
    assert.equal(await panel.start.isVisible(), false, 'the form is folded away');
    assert.deepEqual(await panel.primaries(), ['Run this import']);
    await panel.another.click();
    await panel.start.waitFor();
    assert.deepEqual(await panel.primaries(), ['Run this import']);
    assert.equal((await panel.focused()).name, 'Database Path');
  });
}

test('a stopped run accounts for every row, those not reached too, by user and by library', async (t) => {
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  const release = hold(service);
  await panel.begin(source.file);
  await panel.runs();
  await release.to(20);
  await panel.stopImport();
  release();
  await panel.ends();
  assert.equal((await panel.focused()).name, 'Receipt', 'the focus was lost with the Stop button');
  const { stats } = await service.fetched('/import/status');
  const left = stats.total_records - stats.processed_records;
  assert.ok(left > 0);
  const receipt = panel.region('Receipt');
  await receipt.getByRole('row', { name: `Not reached: the run ended before them ${number(left)}` }).waitFor();
  await receipt.getByRole('row', { name: `${number(stats.total_records)} rows accounted for` }).waitFor();
  await panel.shows(`The run ended at ${(Math.floor(stats.progress_percent * 10) / 10).toFixed(1)}%: ${number(left)} of ${number(stats.total_records)} rows were not reached.`);
  assert.deepEqual(await panel.primaries(), ['Resume Import']);

  const { receipt: told } = await service.fetched(`/sync/jobs/${stats.job_id}`);
  for (const [name, lines] of [['Rows by user', told.by_user], ['Rows by library', told.by_library]]) {
    const table = receipt.getByRole('table', { name });
    await table.getByRole('row', { name: `${lines[0].key} ${number(lines[0].imported)}` }).waitFor();
  }
  const search = panel.box('Search users');
  const { key } = told.by_user.at(-1);
  await search.fill(key.toUpperCase());
  const found = receipt.getByRole('table', { name: 'Rows by user' }).getByRole('row');
  await panel.eventually('one user', async () => await found.count() === 2 && (await found.last().textContent()).includes(key));
  await search.fill('nobody of that name');
  await panel.shows('No user matches.');
});

test('a running import says which database and who started it; so do past ones, and a viewer is told who', async (t) => {
  const folder = 'a-folder-with-a-rather-long-name-as-they-are-found-on-a-nas/and-another-one-within-it';
  const { file } = await makeSource('far.db', '--rows', 20_000, '--seed', 41);
  const deep = path.join(sources, folder, 'tautulli.db');
  mkdirSync(path.dirname(deep), { recursive: true });
  copyFileSync(file, deep);
  const release = await beginHeld(service, deep, { dry_run: true });
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.runs();
  const shown = panel.page.getByText(/…\/tautulli\.db$/).first();
  await shown.waitFor();
  assert.equal(await shown.getAttribute('title'), deep);
  await panel.shows(/^Started by \S+, /);

  const other = await person(t, service, { as: await viewer(service, admin) });
  const theirs = await other.tab();
  await theirs.runs();
  await theirs.shows(/^Started by \S+, /);
  assert.equal(await theirs.seen(/\/tautulli\.db/), 0);
  assert.deepEqual(await theirs.primaries(), []);
  release();
  await panel.ends('Preview');
  await panel.region('Preview').getByText(deep, { exact: true }).waitFor();
  const row = panel.region('Past imports').getByRole('row').nth(1);
  assert.equal(await row.getByText(/…\/tautulli\.db$/).getAttribute('title'), deep);
  assert.match(await row.textContent(), /by \S+, took/);
  await theirs.ends('Preview');
  assert.equal(await theirs.seen(/\/tautulli\.db/), 0);
  assert.equal(await theirs.another.count(), 0);
});

test('plots of one month, of two, three, twenty-four and two hundred, of one day, and with gaps', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  await service.import(source.file, { dry_run: true });
  let lines = [];
  await who.context.route('**/api/v1/sync/jobs/*', async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    await route.fulfill({ response, json: { ...body, receipt: { ...body.receipt, by_month: lines } } });
  });
  const line = (month, imported, duplicate) => ({ key: `${Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, '0')}`, imported, duplicate, merged: 0, error: 0 });
  const first = 2024 * 12 + 3;
  const months = (n) => Array.from({ length: n }, (_, i) => line(first - n + i, 40 + (i * 37) % 90, (i * 11) % 30));
  const courses = { '1': months(1), '2': months(2), '3': months(3), '24': months(24), '200': months(200), day: [line(first, 1, 0)], gaps: [line(first, 12, 3), line(first + 9, 1, 0), line(first + 17, 30, 0)] };
  const panel = await who.tab();
  for (const [name, course] of Object.entries(courses)) {
    lines = course;
    await panel.page.reload();
    await panel.region('Past imports').getByRole('button', { name: /receipt/i }).first().click();
    const plot = panel.page.getByRole('img', { name: 'Plays per month' });
    await plot.locator('canvas').waitFor();
    const figure = panel.page.getByRole('figure').filter({ has: plot });
    const words = () => figure.locator('figcaption').textContent().then((text) => text.replace(/\s+/g, ' ').trim());
    const both = course.some((one) => one.duplicate > 0); // else none of the first colour is seen
    const legend = `Plays per month ${both ? 'All plays ' : ''}Would be imported`;
    await panel.eventually('the legend', async () => await words() === legend);
    await plot.scrollIntoViewIfNeeded();
    const { x, y, width, height } = await plot.boundingBox();
    await panel.page.mouse.move(x + width - 30, y + height / 2);
    const told = await panel.eventually(`a month's values under the mouse, of ${name}`, async () =>
      /^Plays per month \w+ (\d{4})(?: All plays (\d+))? Would be imported (\d+)$/.exec(await words()));
    const [front, all] = [Number(told[3]), Number(told[2] ?? told[3])];
    assert.ok(course.some((one) => one.imported === front && one.imported + one.duplicate === all && one.key.startsWith(told[1])), told[0]);
    await panel.page.mouse.move(x + width / 2, y - 300);
    await panel.eventually('nothing is said of nothing', async () => await words() === legend);
    await look(panel, `28-plot-${name}`);
    await panel.page.setViewportSize({ width: 1280, height: 800 });
  }
});
