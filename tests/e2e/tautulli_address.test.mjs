// SPDX-License-Identifier: MIT
// tautulli_address.test.mjs - a Tautulli imported from its address in the panel: a wrong key is said, a right one is
// kept sealed, and the next time it is there to be chosen.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Service, makeSource } from '../integration/service.mjs';
import { TautulliApi } from '../support/media_server/tautulli_api.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';

let service;
let tautulli;
let admin;
before(async () => {
  const { file } = await makeSource('panel-address.db', '--rows', 300, '--no-wal');
  [service, tautulli] = await Promise.all([Service.start(), TautulliApi.start({ file })]);
  admin = await service.signIn();
});
after(() => tautulli.stop());

test('a Tautulli is added by its key, imported, and there to be chosen the next time', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  who.expect(answered(422));
  const panel = await who.tab('/#data-sync');
  const byAddress = panel.page.getByRole('radio', { name: 'A Tautulli, from its address' });
  await panel.path.waitFor();
  await byAddress.check();
  await panel.box('Address of Tautulli').fill(tautulli.url);
  await panel.box('API key').fill('f'.repeat(32));
  await panel.box('API key').press('Enter');
  await panel.shows('Tautulli does not accept the API key');
  await look(panel, '95-tautulli-address-refused', 'Start Import');
  await panel.box('API key').fill(tautulli.key);
  await panel.button('Add this Tautulli').click();
  await panel.page.getByRole('radio', { name: new RegExp(tautulli.url) }).and(panel.page.locator(':checked')).waitFor();
  await panel.button('Validate Database').click();
  await panel.region('Database check').waitFor();
  await look(panel, '96-tautulli-address-chosen', 'Start Import');
  await panel.start.click();
  await panel.another.waitFor();
  assert.equal((await service.fetched('/import/status')).stats.imported_records, 300);
  await look(panel, '97-tautulli-address-imported');
  await panel.another.click();
  await byAddress.check();
  await panel.page.getByRole('radio', { name: new RegExp(tautulli.url) }).and(panel.page.locator(':checked')).waitFor();
  assert.ok(!(await panel.page.content()).includes(tautulli.key), 'the key is on the page');
});
