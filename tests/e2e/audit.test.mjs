// SPDX-License-Identifier: MIT
// audit.test.mjs - the audit log as a person meets it: what an open page does by itself when its session
// ends is no refusal; acts and what came of them in words, from lists, on every screen.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Service, makeSource, sql, until } from '../integration/service.mjs';
import { accessible } from './axe.mjs';
import { answered, person, picture, shapes, unreachable } from './browser.mjs';
import { password } from './panel.mjs';
import { viewer } from './sources.mjs';

let service;
before(async () => {
  service = await Service.start();
  await service.signIn();
});

/** Every entry of the log, oldest first, once all of them have got there. */
async function entries() {
  await until('everything is delivered', async () => {
    const [[waiting]] = await sql(`${service.data}/accounts.db`, `SELECT count(*) FROM audit_outbox WHERE ready_at <= ${Date.now()}`);
    return waiting === '0';
  });
  const lines = (await (await service.fetch('/audit/export?format=jsonl')).text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line)).reverse();
}

/** What the log gained in refusals while this was done. */
async function refusals(work) {
  const { length } = await entries();
  await work();
  return (await entries()).slice(length).filter(({ phase }) => phase === 'refused')
    .map(({ action, outcome, actor }) => [action, outcome, actor]);
}

const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const atSignIn = (panel) => panel.page.getByRole('heading', { name: 'Sign in' }).waitFor();
/** It has asked for its news, and all that it asked for was answered. */
async function answeredFeed(panel) {
  await panel.eventually('the page has its news', () => Promise.resolve(panel.requests.some((one) => one.startsWith('GET /sync/status'))));
  await panel.page.waitForLoadState('networkidle');
}

test('signing out leaves no refusal behind, whatever else this browser has open', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(401));
  const [panel, other] = [await who.tab(), await who.tab('/#audit')];
  await Promise.all([answeredFeed(panel), answeredFeed(other)]);
  assert.deepEqual(await refusals(async () => {
    await panel.page.route('**/auth/logout', async (route) => {
      const answer = await route.fetch();
      await pause(700); // the sockets were closed long before this page learns that it is signed out
      await route.fulfill({ response: answer });
    });
    await panel.button('Sign out').click();
    await Promise.all([atSignIn(panel), atSignIn(other)]);
    assert.equal(await panel.dialog('Sign in').count(), 0, 'who signed out is told that the session has ended');
    await panel.page.reload();
    await atSignIn(panel);
  }), []);
});

test('a session that somebody else ends leaves no refusal behind, open, reloaded and opened again later', async (t) => {
  const [mine, theirs] = [await service.signIn(), await service.signIn()];
  const who = await person(t, service, { as: mine });
  who.expect(answered(401), unreachable); // a handshake that is refused is one
  const panel = await who.tab();
  await answeredFeed(panel);
  assert.deepEqual(await refusals(async () => {
    const { body } = await service.ask('GET /auth/sessions', undefined, { cookie: mine.cookie });
    const { id } = body.items.find((session) => session.current);
    assert.equal((await service.ask(`DELETE /auth/sessions/${id}`, undefined, theirs)).status, 200);
    await panel.dialog('Sign in').waitFor();
    await panel.page.reload(); // it looks as if it were signed in still
    await atSignIn(panel);
  }), []);
  await panel.signIn();
  await answeredFeed(panel);
  await panel.page.goto('about:blank');
  assert.deepEqual(await refusals(async () => {
    const given = { current_password: password, new_password: `${password} too` };
    const back = { current_password: given.new_password, new_password: password };
    for (const one of [given, back]) assert.equal((await service.ask('POST /auth/password', one, theirs)).status, 200);
    const again = await who.tab(); // its session was ended with the password
    await atSignIn(again);
    await again.page.evaluate(() => localStorage.setItem('playbus.signed-in', '2999-01-01T00:00:00Z'));
    await again.page.reload();
    await atSignIn(again);
  }), []);
});

test('who must choose a password first, and who may only look, is refused nothing by opening the panel', async (t) => {
  const [who, guest] = [await person(t, service), await person(t, service, { as: await viewer(service) })];
  const made = await service.ask('POST /users', { name: 'walter', role: 'viewer', password: 'given by an administrator' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(await refusals(async () => {
    const panel = await who.tab();
    await panel.box(/^(User )?Name/).fill('walter');
    await panel.page.getByLabel('Password', { exact: true }).fill('given by an administrator');
    await panel.button('Sign in').click();
    const change = panel.dialog('Choose a new password');
    await change.waitFor();
    await panel.page.reload();
    await change.waitFor();
    const looks = await guest.tab();
    for (const section of ['Access', 'About', 'Data Sync']) await looks.goTo(section);
    await answeredFeed(looks);
  }), []);
});

test('the log in words, found by lists, an act a line and its entries below, on every screen', async (t) => {
  const { file } = await makeSource('told.db', '--rows', 120);
  const admin = await service.signIn();
  await service.import(file);
  const made = await service.ask('POST /users', { name: 'bob', role: 'admin', password: 'a first password of bob' }, admin);
  assert.equal((await service.ask(`PATCH /users/${made.body.id}`, { role: 'viewer' }, admin)).status, 200);
  await service.ask('POST /import/tautulli', { db_path: `/srv/somewhere/${'very-long-folder-name/'.repeat(4)}tautulli.db` });
  const login = { method: 'POST', as: {}, headers: { origin: admin.origin, 'content-type': 'application/json' } };
  await service.fetch('/auth/login', { ...login, body: JSON.stringify({ name: 'admin', password: 'not the right one' }) });
  await entries();
  for (const { shape, ...options } of shapes) {
    const who = await person(t, service, { as: await service.signIn(), ...options });
    const panel = await who.tab('/#audit');
    const list = panel.page.getByRole('table', { name: 'Audit log' });
    await list.getByText('Changed a user: bob').waitFor();
    await list.getByText(`Started an import of ${file}`).waitFor();
    await panel.shows('Name or password is wrong');
    assert.equal(await list.getByText(/start_import|SIGN_IN_FAILED|change_user/).count(), 0, 'identifiers are shown');
    const [wide, room] = await panel.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(wide <= room, `${shape}: the page is ${wide} px wide in ${room}`);
    await accessible(panel.page, `${shape}: the list`);
    await picture(panel.page, `audit-${shape}-list`);

    await list.getByRole('row', { name: /Changed a user: bob/ }).getByRole('button').click();
    const dialog = panel.dialog('Changed a user: bob');
    for (const phase of ['asked for', 'outcome']) await dialog.getByRole('heading', { name: new RegExp(`^Entry \\d+: ${phase}$`) }).waitFor();
    await accessible(panel.page, `${shape}: an act`);
    await picture(panel.page, `audit-${shape}-act`);
    await panel.page.keyboard.press('Escape');

    const choice = (name) => panel.page.getByRole('combobox', { name, exact: true });
    if (!await choice('What').isVisible()) await panel.text('Filters').first().click();
    await choice('What').selectOption({ label: 'Sign in' });
    await choice('Outcome').selectOption({ label: 'Refused' });
    await panel.button('Apply').click();
    await list.getByText('Changed a user: bob').waitFor({ state: 'detached' });
    await list.getByText('Sign in as admin').waitFor();
    assert.match(await panel.link('Download CSV').getAttribute('href'), /action=sign_in&result=refused$/);
    await accessible(panel.page, `${shape}: filtered`);
    await picture(panel.page, `audit-${shape}-filtered`);
    await panel.box('Who').fill('nobody of that name');
    await panel.button('Apply').click();
    await panel.shows('Nothing matches these filters.');
    await accessible(panel.page, `${shape}: nothing found`);
    await picture(panel.page, `audit-${shape}-nothing`);
    await panel.button('Clear filters').click();
    await list.getByText('Changed a user: bob').waitFor();
    assert.equal(await panel.box('Who').inputValue(), '');
    await panel.button('Verify').click();
    await panel.shows(/intact/i);
    await picture(panel.page, `audit-${shape}-verified`);
  }
});
