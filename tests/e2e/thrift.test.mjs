// SPDX-License-Identifier: MIT
// thrift.test.mjs - that the panel does nothing oftener than it has to: requests and listeners after a
// lot of clicking, and words said to a screen reader.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { makeSource } from '../integration/service.mjs';
import { person } from './browser.mjs';
import { hold, quiet, slowService } from './sources.mjs';

let service;
let admin;
let source;
before(async () => {
  [service, source] = await Promise.all([slowService(), makeSource('thrift.db', '--rows', 20_000, '--seed', 99)]);
  admin = await service.signIn();
});
beforeEach(() => quiet(service));

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

test('after twenty rounds of expanding and collapsing one click is one request, and nothing piles up', async (t) => {
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.start.waitFor();
  const session = await who.context.newCDPSession(panel.page);
  const counts = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return session.send('Memory.getDOMCounters');
  };
  const section = panel.button(/^Data Sync/);
  const round = async () => {
    await section.click();
    await panel.start.waitFor({ state: 'hidden' });
    await section.click();
    await panel.start.waitFor();
  };
  await round();
  const fresh = await counts();
  for (let i = 0; i < 20; i++) await round();
  const later = await counts();
  assert.ok(later.jsEventListeners <= fresh.jsEventListeners + 5, `${fresh.jsEventListeners} listeners became ${later.jsEventListeners}`);
  const release = hold(service);
  await panel.begin(source.file, { dryRun: true });
  await panel.runs();
  assert.equal(panel.sent('POST /import/tautulli'), 1);
  await panel.stop.dblclick(); // opens one dialog, not two
  await panel.button('Stop Import', panel.dialog(/stop/i)).dblclick();
  await panel.rests();
  release();
  assert.equal(panel.sent('DELETE /import'), 1);
  assert.equal(panel.sent('POST /import/tautulli'), 1);
});

test('a screen reader hears how far it is at most every five seconds, and start and end once', async (t) => {
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.start.waitFor();
  const ofProgress = (said) => said.filter(({ text }) => /^Dry run [\d.]+%/.test(text));
  const release = hold(service);
  await panel.begin(source.file, { dryRun: true });
  for (let percent = 1; percent < 95 && ofProgress(await panel.said()).length < 2; percent++) { // on a machine however fast
    await release.to(percent);
    await pause(300);
  }
  release();
  await panel.ends('Preview');
  const said = await panel.said();
  const progress = ofProgress(said);
  t.diagnostic(said.map(({ at, how, text }) => `${Math.round(at)} ${how}: ${text}`).join('; '));
  assert.ok(progress.length >= 2, 'too little was said of the progress');
  for (let i = 1; i < progress.length; i++) assert.ok(progress[i].at - progress[i - 1].at > 4900, 'two within five seconds');
  for (const sentence of [/^Dry run started/, /^Dry run completed/]) assert.equal(said.filter(({ text }) => sentence.test(text)).length, 1, String(sentence));
  assert.deepEqual(said.filter(({ how }) => how === 'assertive'), []);
});
