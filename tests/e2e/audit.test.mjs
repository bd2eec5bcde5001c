// SPDX-License-Identifier: MIT
// audit.test.mjs - the audit log as a person meets it: what an open page does by itself when its session
// ends is no refusal; acts and what came of them in words, from lists, on every screen.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Service, sql, until } from '../integration/service.mjs';
import { answered, person, unreachable } from './browser.mjs';
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
const answeredFeed = (panel) => panel.eventually('the page has its news', () => Promise.resolve(panel.requests.some((one) => one.startsWith('GET /sync/status'))));

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
