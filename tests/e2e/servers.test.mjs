// SPDX-License-Identifier: MIT
// servers.test.mjs - media servers as an administrator meets them: one is added, tested, changed and removed; what is
// wrong is said in the service's words; a certificate is trusted after its fingerprint was shown; a token is seen nowhere.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Service } from '../integration/service.mjs';
import { MediaServer } from '../support/media_server.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { viewer } from './sources.mjs';

let service;
let media;
let admin;
before(async () => {
  [service, media] = await Promise.all([Service.start(), MediaServer.start({ tls: true })]);
  admin = await service.signIn();
});
after(() => media.stop());
beforeEach(async () => {
  await media.clear();
  for (const { id } of (await service.fetched('/servers')).items) await service.ask(`DELETE /servers/${id}`);
});

async function open(t) {
  const who = await person(t, service, { as: admin });
  who.expect(answered(400, 404, 409, 422));
  const panel = await who.tab('/#servers');
  await panel.page.getByRole('heading', { name: 'Servers', level: 1 }).waitFor();
  return panel;
}
async function fill(panel, { name = 'Home', address = media.url, token = media.tokens.owner }) {
  await panel.button('Add by address').click();
  const asked = panel.dialog('Add a server');
  await panel.box('Name', asked).fill(name);
  await panel.box('Address', asked).fill(address);
  await panel.box('Token', asked).fill(token);
  return asked;
}
const entry = (panel, name) => panel.page.getByRole('list', { name: 'Media servers' }).getByRole('listitem').filter({ has: panel.page.getByRole('heading', { name }) });

test('a server is added, tested, changed and removed, and its token is nowhere on the page', async (t) => {
  const look = eye(t);
  const panel = await open(t);
  await panel.shows(/^No servers yet/);
  await look(panel, '80-servers-none');
  const asked = await fill(panel, {});
  await look(panel, '81-servers-add', 'Add server');
  await panel.button('Add server', asked).click();
  await asked.waitFor({ state: 'hidden' });
  const home = entry(panel, 'Home');
  await home.getByText('Works', { exact: true }).waitFor();
  await home.getByText(/Test Media Server/).waitFor();
  await home.getByText(`••••••••${media.tokens.owner.slice(-4)}`).waitFor();
  await look(panel, '82-servers-one');
  assert.ok(!(await panel.page.content()).includes(media.tokens.owner), 'the token is on the page');

  await media.fault('maintenance');
  await panel.button('Test Home').click();
  await home.getByText('In maintenance', { exact: true }).waitFor();
  await home.getByText('The server is starting or in maintenance').waitFor();
  await look(panel, '83-servers-maintenance');
  await media.clear();

  await panel.button('Change Home').click();
  const change = panel.dialog('Change Home');
  await panel.box('Name', change).fill('Attic');
  await look(panel, '84-servers-change', 'Save');
  await panel.button('Save', change).click();
  const attic = entry(panel, 'Attic');
  await attic.getByText('Works', { exact: true }).waitFor();

  await panel.button('Remove Attic').click();
  const sure = panel.dialog('Remove Attic?');
  await look(panel, '85-servers-remove', 'Remove Attic');
  await panel.page.keyboard.press('Escape');
  await sure.waitFor({ state: 'hidden' });
  await panel.button('Remove Attic').click();
  await panel.button('Remove Attic', sure).click();
  await panel.shows(/^No servers yet/);
  assert.deepEqual((await service.fetched('/servers')).items, []);
});

test('each thing that can be wrong has its own sentence and what helps, before anything is stored', async (t) => {
  const panel = await open(t);
  const asked = await fill(panel, {});
  const said = new Set();
  const submit = async () => {
    await panel.button('Add server', asked).click();
    await panel.button('Add server', asked).waitFor();
    const problem = asked.getByRole('alert');
    await problem.locator('strong').waitFor();
    said.add(await problem.textContent());
  };
  for (const fault of ['maintenance', 'missing', 'notMedia', 'jellyfin']) {
    await media.fault(fault);
    await submit();
    await media.clear();
  }
  await panel.box('Token', asked).fill(media.tokens.shared);
  await submit();
  await panel.box('Address', asked).fill('http://no-such-host.invalid:32400');
  await submit();
  assert.equal(said.size, 6, [...said].join('\n'));
  assert.deepEqual((await service.fetched('/servers')).items, []);
  await eye(t)(panel, '86-servers-wrong', 'Add server');
  await panel.button('Add all the same', asked).click();
  await asked.waitFor({ state: 'hidden' });
  await entry(panel, 'Home').getByText('The name of the server is not known here').waitFor();
  await eye(t)(panel, '87-servers-does-not-work');
});

test('a certificate of nobody\'s authority is shown by its fingerprint and confirmed; another one later is asked about', async (t) => {
  const look = eye(t);
  const panel = await open(t);
  const asked = await fill(panel, { address: media.url.replace('http:', 'https:') });
  await panel.button('Add server', asked).click();
  const box = asked.getByRole('checkbox', { name: /trust this certificate/ });
  await box.waitFor();
  await look(panel, '88-servers-certificate', 'Add server');
  await box.check();
  await panel.button('Add server', asked).click();
  await asked.waitFor({ state: 'hidden' });
  const home = entry(panel, 'Home');
  await home.getByText('Works', { exact: true }).waitFor();
  const { certificate_sha256: first } = (await service.fetched('/servers')).items[0];
  await media.fault('newCertificate');
  await panel.button('Test Home').click();
  await home.getByText(/shows another certificate/).waitFor();
  await look(panel, '89-servers-another-certificate');
  await panel.button('Compare the certificate', home).click();
  const change = panel.dialog('Change Home');
  await look(panel, '89b-servers-compare', 'Save');
  await change.getByRole('checkbox', { name: /trust this certificate/ }).check();
  await panel.button('Save', change).click();
  await home.getByText('Works', { exact: true }).waitFor();
  assert.notEqual((await service.fetched('/servers')).items[0].certificate_sha256, first);
});

describe('Jellyfin and Emby', () => {
  let jelly;
  before(async () => { jelly = await MediaServer.start({ kind: 'jellyfin', plays: 0 }); });
  after(() => jelly.stop());

  async function choose(panel, kind, way, address, name) {
    await panel.button('Add by address').click();
    const asked = panel.dialog('Add a server');
    await asked.getByRole('radio', { name: kind, exact: true }).check();
    if (way) await asked.getByRole('radio', { name: way, exact: true }).check();
    await panel.box('Name', asked).fill(name);
    await panel.box('Address', asked).fill(address);
    return asked;
  }

  test('one is added by an API key and by a name and password; a card tells its kind, version and who is signed in', async (t) => {
    const look = eye(t);
    const panel = await open(t);
    const emby = await MediaServer.start({ kind: 'emby', plays: 0, seed: 2 });
    const keyed = await choose(panel, 'Emby', undefined, emby.url, 'Keyed');
    await keyed.locator('input[name=token]').fill(emby.tokens.key); // the way to open it is called so too
    await panel.button('Add server', keyed).click();
    await keyed.waitFor({ state: 'hidden' });
    await entry(panel, 'Keyed').getByText('Works', { exact: true }).waitFor();
    await entry(panel, 'Keyed').getByText('Test Media Server, 4.9.5.0').waitFor();
    const asked = await choose(panel, 'Jellyfin', 'Name and password', jelly.url, 'Jelly');
    await panel.box('User name', asked).fill('ben');
    await panel.box('Password', asked).fill('staple battery');
    await look(panel, '90-servers-password', 'Add server');
    await panel.button('Add server', asked).click();
    await asked.getByRole('alert').getByText(/no administrator/).waitFor();
    await panel.box('User name', asked).fill('ada');
    await panel.box('Password', asked).fill('correct horse');
    await panel.box('Address', asked).fill('http://no-such-host.invalid:8096');
    await panel.button('Add server', asked).click();
    await asked.getByRole('checkbox', { name: /send the password unencrypted/ }).waitFor();
    await look(panel, '91-servers-insecure', 'Add server');
    await panel.box('Address', asked).fill(jelly.url);
    await panel.button('Add server', asked).click();
    await asked.waitFor({ state: 'hidden' });
    const home = entry(panel, 'Jelly');
    await home.getByText('Works', { exact: true }).waitFor();
    await home.getByText('Jellyfin', { exact: true }).waitFor();
    await home.getByText('Signed in as ada').waitFor();
    await look(panel, '92-servers-kinds');
    const content = await panel.page.content();
    for (const secret of ['correct horse', emby.tokens.key, ...jelly.household.sessions().map(({ token }) => token)]) assert.ok(!content.includes(secret), secret);
    await emby.stop();
  });

  test('Quick Connect shows a code, and adds the server when an administrator has typed it', async (t) => {
    const look = eye(t);
    const panel = await open(t);
    const asked = await choose(panel, 'Jellyfin', 'Quick Connect', jelly.url, 'Quick');
    await look(panel, '93-servers-quick-connect', 'Get a code');
    await panel.button('Get a code', asked).click();
    const shown = panel.dialog('Quick Connect');
    const code = await shown.locator('.code').textContent();
    assert.match(code, /^[0-9]{6}$/);
    await look(panel, '94-servers-code');
    jelly.household.agree(code);
    await shown.waitFor({ state: 'hidden' });
    await entry(panel, 'Quick').getByText('Signed in as ada').waitFor();
    const another = await choose(panel, 'Jellyfin', 'Quick Connect', jelly.url, 'Other');
    await panel.button('Get a code', another).click();
    jelly.household.agree(await shown.locator('.code').textContent(), 'ben');
    await shown.getByText(/no administrator/).waitFor();
    await panel.button('Begin again', shown).click();
    const given = panel.page.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes('/quick-connect/'));
    await shown.locator('.code').waitFor();
    await panel.button('Cancel', shown).click();
    await given;
  });
});

test('a viewer has no servers to see', async (t) => {
  const who = await person(t, service, { as: await viewer(service, admin, 'vera') });
  const panel = await who.tab('/#servers');
  await panel.shows(/^Only an administrator may see this page/);
  assert.deepEqual(panel.requests.filter((request) => request.includes('/servers')), []);
});

describe('signing in with Plex', () => {
  let signing; // a service that asks the test's plex.tv
  let own;
  before(async () => {
    own = await MediaServer.start({});
    signing = await Service.start({ env: { PLAYBUS_PLEX_TV_ADDRESS: own.plexTv.url } });
  });
  after(() => own.stop());

  async function begin(t, { blocked = false } = {}) {
    const who = await person(t, signing, { as: await signing.signIn() });
    who.expect(answered(404, 409, 422));
    if (blocked) await who.context.addInitScript(() => { window.open = () => null; });
    const panel = await who.tab('/#servers');
    const popup = blocked ? undefined : who.context.waitForEvent('page');
    await panel.button('Sign in with Plex').click();
    const asked = panel.dialog('Sign in with Plex');
    const link = asked.getByRole('link', { name: /Open Plex/ });
    await link.waitFor();
    return { who, panel, asked, link, page: await popup };
  }
  const codeOf = (address) => new URLSearchParams(new URL(address).hash.slice(2)).get('code');

  test('the window opens in the click and cannot see the panel; the server is added, and no token is seen', async (t) => {
    const look = eye(t);
    const { panel, asked, link, page } = await begin(t);
    await page.waitForURL(/\/auth#/);
    assert.equal(await page.evaluate(() => window.opener), null);
    assert.equal(page.url(), await link.getAttribute('href'));
    await look(panel, '95-sign-in-waiting');
    own.plexTv.approve(codeOf(page.url()));
    await panel.button(/^Add /, asked).first().waitFor();
    await look(panel, '96-sign-in-servers');
    await panel.button(/^Add /, asked).first().click();
    await asked.waitFor({ state: 'hidden' });
    await panel.page.getByRole('list', { name: 'Media servers' }).getByText('Works', { exact: true }).waitFor();
    await look(panel, '97-sign-in-added');
    const content = await panel.page.content();
    for (const [whose, token] of Object.entries(own.tokens)) assert.ok(!content.includes(token), `the token of ${whose} is on the page`);
    assert.equal((await signing.fetched('/servers')).items[0].identity, own.machineIdentifier);
    await panel.button('Sign in with Plex').click();
    await panel.page.keyboard.press('Escape');
    await asked.waitFor({ state: 'hidden' });
  });

  test('where the browser opens no window a link does, and a person may give up', async (t) => {
    const { who, panel, asked, link } = await begin(t, { blocked: true });
    await panel.shows(/did not let a window open/);
    await eye(t)(panel, '98-sign-in-blocked', undefined);
    const popup = who.context.waitForEvent('page');
    await link.click();
    const page = await popup;
    await page.waitForURL(/\/auth#/);
    assert.equal(await page.evaluate(() => window.opener), null);
    const gone = panel.page.waitForRequest((request) => request.method() === 'DELETE' && request.url().includes('/servers/plex/pin/'));
    await panel.button('Cancel', asked).click();
    await gone;
  });

  test('one that has run out says so, and another is begun', async (t) => {
    const { panel, asked, page } = await begin(t);
    await page.waitForURL(/\/auth#/);
    own.plexTv.expire(codeOf(page.url()));
    await panel.shows(/^This sign-in is over/);
    await eye(t)(panel, '99-sign-in-over', 'Begin again');
    await panel.button('Begin again', asked).click();
    await asked.getByRole('link', { name: /Open Plex/ }).waitFor();
  });
});
