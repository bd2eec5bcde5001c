// SPDX-License-Identifier: MIT
// lan.test.mjs - the panel on another machine's name without TLS, where browsers withhold what they
// give to secure pages: the whole way works there too, under a standing warning.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { freePort } from '../integration/service.mjs';
import { browser, person } from './browser.mjs';
import { accessible } from './axe.mjs';
import { slowService, small } from './sources.mjs';

test('set-up and import work at http://nas.test, where the page is no secure context', async (t) => {
  const port = await freePort();
  await browser('--host-resolver-rules=MAP nas.test 127.0.0.1');
  const service = await slowService({
    env: { PLAYBUS_GATEWAY_PUBLIC_URL: `http://nas.test:${port}`, PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN: 'yes' },
    options: ['--listen', `0.0.0.0:${port}`],
  });
  service.origin = `http://nas.test:${port}`;
  const source = await small('lan.db', 51);
  const who = await person(t, service);
  const panel = await who.tab(`/#setup=${readFileSync(path.join(service.data, 'run/setup.code'), 'utf8').trim()}`);
  assert.equal(await panel.page.evaluate(() => isSecureContext), false);
  await panel.setUp();
  await panel.start.waitFor();
  await panel.shows(/without TLS|not encrypted|unencrypted/i);
  await accessible(panel.page, 'with the banner');
  await panel.begin(source.file);
  await panel.ends();
  assert.equal((await service.fetched('/import/status')).stats.imported_records, source.manifest.expected.imported);
  const [cookie] = await who.context.cookies();
  assert.deepEqual([cookie.httpOnly, cookie.sameSite, cookie.secure], [true, 'Strict', false]);
  await panel.page.reload();
  await panel.shows(/without TLS|not encrypted|unencrypted/i);
  await panel.goTo('Access');
  await panel.button('Create token').click();
  await panel.box(/^Name/, panel.dialog('Create token')).fill('on the nas');
  await panel.button('Create token', panel.dialog('Create token')).click();
  await panel.page.getByText(/pbt_[A-Za-z0-9_-]{40,}/).or(panel.page.getByLabel('New token')).first().waitFor();
});
