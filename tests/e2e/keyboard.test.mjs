// SPDX-License-Identifier: MIT
// keyboard.test.mjs - the whole way without a mouse: every stop can be seen and has a name, dialogs
// keep the focus and give it back, Escape leaves them; and nothing is lost at 320 px or 200 %.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { answered, person } from './browser.mjs';
import { password } from './panel.mjs';
import { hold, large, slowService, small } from './sources.mjs';

let service;
let source;
let long;
before(async () => {
  [service, source, long] = await Promise.all([slowService(), small(), large()]);
});

test('set up, check, try, run, stop and resume with the keyboard alone', async (t) => {
  const who = await person(t, service);
  const panel = await who.tab(`/#setup=${readFileSync(path.join(service.data, 'run/setup.code'), 'utf8').trim()}`);
  const { keyboard } = panel.page;
  const type = async (name, text) => {
    await panel.tabTo(name);
    await keyboard.press('Control+A');
    await keyboard.type(text);
  };
  const press = async (name, options) => {
    await panel.tabTo(name, options);
    await panel.eventually(`${name} can be pressed`, async () => (await panel.focused())?.disabled === false); // nothing is on its way
    await keyboard.press('Enter');
  };
  await panel.page.getByRole('heading', { name: 'Set up Playbus' }).waitFor();
  await type(/^(User )?Name/, 'admin');
  const secrets = await panel.page.getByLabel(/password/i).and(panel.page.locator('input')).count();
  await type(/^Password/, password);
  for (let i = 1; i < secrets; i++) {
    await keyboard.press('Tab');
    await type(/password/i, password);
  }
  await keyboard.press('Enter');
  await panel.start.waitFor();

  await type(/^Database Path/, source.file);
  await press('Validate Database');
  await panel.region('Database check').waitFor();
  await panel.tabTo(/^Dry run/, { back: true });
  await keyboard.press('Space');
  await press('Start Dry Run');
  await panel.ends('Preview');
  await press('Run this import');
  await panel.ends();

  await panel.page.reload();
  await panel.start.waitFor();
  await type(/^Database Path/, long.file);
  const release = hold(service);
  await press('Start Import');
  await panel.runs();
  await release.to(10);
  await press('Stop Import');
  const asked = panel.dialog(/stop/i);
  await asked.waitFor();
  for (let i = 0; i < 6; i++) {
    await keyboard.press('Tab');
    const focus = await panel.focused();
    assert.ok(focus === null || await asked.evaluate((dialog) => dialog.matches(':focus-within') || dialog.contains(document.activeElement)
      || document.activeElement.matches(':focus-within')), 'the focus left the dialog');
  }
  await keyboard.press('Escape');
  await asked.waitFor({ state: 'hidden' });
  assert.equal((await panel.focused()).name, 'Stop Import', 'the focus did not come back');
  await keyboard.press('Enter');
  await panel.button('Stop Import', asked).waitFor();
  await press('Stop Import');
  release();
  await asked.waitFor({ state: 'hidden' });
  await panel.eventually('the focus is somewhere', async () => await panel.focused() !== null);
  const go = hold(service); // what is left is read faster than a busy machine's browser draws
  await press(/^Resume( Import)?$/);
  await panel.runs();
  go();
  await panel.ends();
});

test('at 320 px and at 200 % nothing is cut off and nothing scrolls sideways', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(409)); // no door is open here: the page of workers says so
  const panel = await who.tab();
  await panel.start.waitFor();
  for (const section of ['Data Sync', 'Servers', 'History', 'People', 'Workers', 'Access', 'Audit log', 'About']) {
    await panel.goTo(section);
    for (const viewport of [{ width: 320, height: 640 }, { width: 640, height: 400 }]) {
      await panel.page.setViewportSize(viewport);
      assert.deepEqual(await panel.sideways(), [], `${section} at ${viewport.width} px`);
    }
    await panel.page.setViewportSize({ width: 1280, height: 800 });
  }
});
