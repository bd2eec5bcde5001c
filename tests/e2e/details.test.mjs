// SPDX-License-Identifier: MIT
// details.test.mjs - what only a real browser can show: what a click does before and after its event,
// where the focus is, what goes on while nobody looks, and that nothing jumps.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { person } from './browser.mjs';
import { quiet, slowService } from './sources.mjs';

let service;
before(async () => {
  service = await slowService();
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
  await panel.shows('No entry matches these filters.');
  await panel.button('Clear').click();
  await rows.nth(1).waitFor();
  assert.equal(await panel.box('Who').inputValue(), '');
  for (const name of ['Download CSV', 'Download JSONL']) {
    assert.doesNotMatch(await panel.link(name).getAttribute('href'), /actor/);
  }
});
