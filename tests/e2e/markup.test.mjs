// SPDX-License-Identifier: MIT
// markup.test.mjs - titles, paths and names that are HTML and script stay text in every view.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import path from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { makeSource, run, sources } from '../integration/service.mjs';
import { answered, person } from './browser.mjs';
import { password } from './panel.mjs';
import { hold, quiet, slowService } from './sources.mjs';

const image = '<img src=x onerror="window.hit=1">';
const script = '</p><script>window.hit=1</script>';
const link = '<a href="javascript:window.hit=1">win</a>';

let service;
let file;
before(async () => {
  service = await slowService({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '5' } });
  const made = await makeSource('hostile.db', '--rows', 2000, '--dirty', '--seed', 66);
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  await run('sqlite3', made.file, `
    UPDATE session_history SET user=${quoted(image)} WHERE id % 3 = 0;
    UPDATE session_history SET started=${quoted(script)} WHERE id % 40 = 1;
    UPDATE session_history SET player=${quoted(link)}, ip_address=${quoted(image)};
    UPDATE session_history_metadata SET title=${quoted(script)}, full_title=${quoted(image)}, grandparent_title=${quoted(link)};
    UPDATE session_history_media_info SET transcode_decision=${quoted(image)} WHERE id % 2 = 0;
    UPDATE library_sections SET section_name=${quoted(script)};`);
  file = path.join(sources, '<img src=x onerror=window.hit=1>&quot;\'.db');
  renameSync(made.file, file);
});
beforeEach(() => quiet(service));

/** Nothing of ours became an element or ran, anywhere in the page or its shadow roots. */
async function harmless(panel, view) {
  const found = await panel.page.evaluate(() => {
    const roots = [document];
    const bad = [];
    while (roots.length > 0) {
      for (const element of roots.pop().querySelectorAll('*')) {
        if (element.shadowRoot !== null) roots.push(element.shadowRoot);
        const inner = element.matches('img[src="x"], script:not([src]), a[href^="javascript:"]');
        if (inner || [...element.attributes].some(({ name }) => name.startsWith('on'))) bad.push(element.outerHTML.slice(0, 200));
      }
    }
    return { bad, hit: window.hit ?? null };
  });
  assert.deepEqual(found, { bad: [], hit: null }, `${view}: markup of a stranger is alive`);
}

test('in the check, the progress, the errors, the receipt and the list of jobs', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab();
  await panel.choose(file);
  await harmless(panel, 'typed path');
  await panel.button('Validate Database').click();
  await panel.region('Database check').waitFor();
  await harmless(panel, 'check');
  const release = hold(service);
  await panel.start.click();
  await panel.runs();
  await release.to(20);
  await harmless(panel, 'progress');
  const errors = panel.button(/^Rejected rows/);
  if (await errors.isVisible()) {
    if (await errors.getAttribute('aria-expanded') === 'false') await errors.click();
    await harmless(panel, 'errors');
  }
  release();
  await panel.ends();
  await harmless(panel, 'receipt');
  for (const kind of ['Rejected rows', 'Repaired rows']) {
    await panel.region(kind).getByRole('button', { name: /^Show row/ }).first().click();
    await panel.shows(image);
    await harmless(panel, kind);
    await panel.region(kind).getByRole('button', { name: /^Hide row/ }).click();
  }
  const past = panel.region('Past imports');
  await past.getByRole('table').waitFor();
  await past.getByRole('button', { name: /receipt/i }).first().click();
  await harmless(panel, 'past imports');
});

test('in an error about a path, in users, tokens, sessions and the audit log', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(403, 404));
  const panel = await who.tab();
  await panel.choose(path.join(sources, `${image}.db`));
  await panel.button('Validate Database').click();
  await panel.shows('Database file not found');
  await harmless(panel, 'error');

  const admin = await service.signIn();
  for (const [what, body] of [['POST /users', { name: image, role: 'viewer', password }], ['POST /tokens', { name: script.slice(0, 64) }]]) {
    const made = await service.ask(what, body, admin);
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
  await panel.goTo('Access');
  await panel.region('Users').getByText(image).first().waitFor();
  await panel.region('Tokens').getByText(script.slice(0, 64)).first().waitFor();
  await harmless(panel, 'Access');
  await panel.goTo('History');
  await panel.page.getByRole('link', { name: script }).first().click();
  await panel.dialog(script).getByRole('heading', { name: /^Told by/ }).waitFor();
  await harmless(panel, 'one play');
  await panel.page.keyboard.press('Escape');
  await harmless(panel, 'History');
  await panel.goTo('People');
  await panel.page.getByRole('table', { name: 'Persons' }).waitFor();
  await harmless(panel, 'People');
  await panel.goTo('Audit log');
  await panel.shows(/onerror/);
  await harmless(panel, 'Audit log');
  await panel.goTo('About');
  await harmless(panel, 'About');
});
