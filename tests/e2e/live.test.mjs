// SPDX-License-Identifier: MIT
// live.test.mjs - the panel tells the truth while the world around it changes: reloads, no socket,
// late answers, a second tab, a gateway that dies.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { answered, browser, person, unreachable } from './browser.mjs';
import { Panel } from './panel.mjs';
import { back, beginHeld, hold, large, quiet, slowService } from './sources.mjs';

let service;
let admin;
let source;
before(async () => {
  [service, source] = await Promise.all([slowService({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '10' } }), large(), browser()]); // a browser takes seconds to start
  admin = await service.signIn();
});

beforeEach(() => quiet(service));

function neverFalls(values, what) {
  for (let i = 1; i < values.length; i++) assert.ok(values[i] >= values[i - 1], `${what}: ${values[i - 1]} was followed by ${values[i]}`);
}

/** The same rows again as a dry run, held in its middle: it takes as long and leaves nothing. */
const dry = () => beginHeld(service, source.file, { dry_run: true });

/** The bar has been this far, even if it is gone by now. */
const reached = (panel, percent) => panel.eventually(`the bar at ${percent}`, async () => (await panel.course()).some((value) => value >= percent));

for (const socket of [true, false]) {
  test(`a reload in mid-import shows the running import at once and follows it ${socket ? 'over the socket' : 'by asking, while no socket can be had'}`, async (t) => {
    const release = await dry();
    const who = await person(t, service, { as: admin });
    if (!socket) {
      await who.context.routeWebSocket(/\/api\/v1\/ws$/, (ws) => ws.close({ code: 1006 }));
    }
    const panel = await who.tab();
    await panel.runs();
    const first = (await panel.figures()).now;
    await panel.page.reload();
    await panel.runs();
    await panel.eventually('the bar is where the import is', async () => {
      const { stats } = await service.fetched('/import/status');
      return Math.abs((await panel.figures()).now - stats.progress_percent) < 1;
    });
    const again = await panel.figures();
    assert.ok(again.now >= first, 'the bar fell at the reload');
    assert.deepEqual([again.min, again.max], [0, 100]);
    const { samples } = await service.fetched(`/sync/jobs/${(await service.fetched('/import/status')).stats.job_id}`);
    assert.ok(samples.length > 0);
    await panel.page.getByRole('img', { name: /rate/i }).waitFor();
    release();
    await panel.ends('Preview');
    neverFalls(await panel.course(), 'the bar');
    if (!socket) assert.ok(panel.sent('GET /import/status') + panel.sent('GET /sync/status') >= 2, 'nothing was asked');
  });
}

test('an older answer that arrives late changes nothing', async (t) => {
  const release = await dry();
  const who = await person(t, service, { as: admin });
  const panel = new Panel(await who.context.newPage(), service);
  let deliver;
  const moved = new Promise((resolve) => { deliver = resolve; });
  let late = 0;
  await panel.page.route(/\/api\/v1\/(sync|import)\/status/, async (route) => {
    const response = await route.fetch();
    await moved;
    await route.fulfill({ response });
    late++;
  });
  await panel.page.goto('/');
  await panel.runs(); // from the socket alone
  const further = (await panel.figures()).now + 10; // what the socket told first may be older than what was asked
  await release.to(further);
  await reached(panel, further);
  deliver();
  await panel.eventually('the old answer has come', () => late > 0);
  release();
  await panel.ends('Preview');
  neverFalls(await panel.course(), 'the bar');
});

test('two tabs show the same import; what one starts or stops the other follows; signing out in one ends both', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(401));
  const [one, two] = [await who.tab(), await who.tab()];
  const release = hold(service);
  await one.begin(source.file, { dryRun: true });
  await two.runs();
  await release.to(10);
  await Promise.all([reached(one, 10), reached(two, 10)]);
  await one.eventually('both show the same', async () => (await one.figures()).now === (await two.figures()).now);
  await two.stopImport();
  release();
  await one.rests();
  assert.equal(one.sent('POST /import/tautulli') + two.sent('POST /import/tautulli'), 1);
  await two.button('Sign out').click();
  await one.page.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('a gateway killed in mid-import is said at once, and the panel recovers by itself', async (t) => {
  const release = await dry();
  const who = await person(t, service, { as: admin });
  who.expect(unreachable, answered(502, 503, 504));
  const panel = await who.tab();
  await panel.runs();
  release();
  process.kill(service.pid('gateway'), 'SIGKILL');
  await panel.eventually('the loss is announced', async () => (await panel.said()).some(({ text }) => text.includes('Connection lost. Retrying...')));
  await panel.ends('Preview');
  neverFalls(await panel.course(), 'the bar');
  await panel.hides('Connection lost. Retrying...');
});

test('while the connection is away the panel says so; when it is back it shows what is true by then', async (t) => {
  const release = await dry();
  const who = await person(t, service, { as: admin });
  who.expect(unreachable);
  const panel = await who.tab();
  await panel.runs();
  const pid = service.pid('gateway');
  await who.context.setOffline(true);
  process.kill(pid, 'SIGKILL'); // ends the socket too, which offline alone does not
  await panel.shows('Connection lost. Retrying...', 90_000); // by the ping's silence, if the close is held back too
  release();
  await back(service);
  await service.end();
  await who.context.setOffline(false);
  await panel.ends('Preview');
});

test('a part of the page that could not be fetched while the connection was away comes when it is back', async (t) => {
  const release = await dry();
  const who = await person(t, service, { as: admin });
  who.expect(unreachable);
  const panel = new Panel(await who.context.newPage(), service);
  let refused = 0;
  await panel.page.route(/\/assets\/(plots|RatePlot)-/, (route) => {
    refused++;
    return refused <= 2 ? route.abort() : route.continue();
  });
  await panel.page.goto('/');
  await panel.runs();
  await panel.page.getByRole('img', { name: /rate/i }).locator('canvas').waitFor();
  assert.ok(refused > 2);
  release();
  await panel.ends('Preview');
});

test('numbers change without replacing what a person has focused', async (t) => {
  const release = await dry();
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.runs();
  await panel.stop.focus();
  const [stop, bar] = await Promise.all([panel.stop.elementHandle(), panel.bar.elementHandle()]);
  const { now } = await panel.figures();
  await release.to(now + 10);
  await reached(panel, now + 10);
  assert.equal((await panel.focused()).name, 'Stop Import');
  assert.ok(await stop.evaluate((element) => element.isConnected), 'the button was replaced');
  assert.ok(await bar.evaluate((element) => element.isConnected), 'the bar was replaced');
});
