// SPDX-License-Identifier: MIT
// access.test.mjs - signing in, being signed out in the middle of work, and what a viewer may do, as
// a person meets it in the browser.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { password } from './panel.mjs';
import { beginHeld, hold, large, quiet, slowService, viewer } from './sources.mjs';

let service;
let source;
before(async () => {
  [service, source] = await Promise.all([slowService(), large()]);
  await service.signIn();
});
beforeEach(() => quiet(service));

/** Ends every session of the browser's user but those named, as an administrator can. */
async function revoke(context) {
  const [{ name, value }] = await context.cookies();
  const headers = { cookie: `${name}=${value}` };
  const { body } = await service.ask('GET /auth/sessions', undefined, headers);
  const { id } = body.items.find((session) => session.current);
  const gone = await service.ask(`DELETE /auth/sessions/${id}`);
  assert.ok(gone.status < 300, JSON.stringify(gone.body));
}

test('a wrong password is refused in words, a right one opens the page that was asked for', async (t) => {
  const who = await person(t, service);
  who.expect(answered(401));
  const panel = await who.tab('/#access');
  await panel.box(/^(User )?Name/).fill('admin');
  await panel.page.getByLabel('Password', { exact: true }).fill('not the right password');
  await panel.button('Sign in').click();
  await panel.page.getByRole('alert').getByText('Name or password is wrong').waitFor();
  await panel.signIn();
  await panel.page.getByRole('heading', { name: 'Access', level: 1 }).waitFor();
});

test('a session that ends in mid-import opens a sign-in dialog over the unchanged page, and the import goes on', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(401));
  const panel = await who.tab();
  const release = hold(service);
  await panel.begin(source.file, { dryRun: true });
  await panel.runs();
  const typed = await panel.bar.elementHandle();
  const { now } = await panel.figures();
  await revoke(who.context);
  await panel.dialog('Sign in').waitFor();
  assert.ok(await typed.evaluate((element) => element.isConnected), 'the page was taken away');
  await panel.signIn();
  release();
  await panel.ends('Preview');
  const course = await panel.course();
  assert.ok(course.at(-1) >= now && course.some((value) => value > now), 'the bar did not go on after the sign-in');
  assert.equal((await service.fetched('/import/status')).stats.status, 'completed');
});

test('what was typed is still there after the sign-in that interrupted it', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(401));
  const panel = await who.tab();
  await panel.choose('/a/path/typed/by hand.db');
  await revoke(who.context);
  await panel.dialog('Sign in').waitFor();
  await panel.signIn();
  assert.equal(await panel.path.inputValue(), '/a/path/typed/by hand.db');
});

test('a viewer sees the import and its figures, and can neither start nor stop one nor open what is not theirs', async (t) => {
  const who = await person(t, service, { as: await viewer(service) });
  const release = await beginHeld(service, source.file, { dry_run: true });
  const panel = await who.tab();
  await panel.runs();
  await panel.eventually('the figures', async () => (await panel.figures()).text !== null);
  for (const name of ['Start Import', 'Stop Import', 'Validate Database']) {
    const button = panel.button(name);
    assert.ok(await button.count() === 0 || await button.first().isDisabled(), `${name} can be pressed`);
  }
  assert.equal(await panel.page.getByRole('navigation').getByRole('link', { name: 'Audit log' }).count(), 0);
  release();
  await panel.region('Receipt').or(panel.region('Preview')).waitFor({ timeout: 120_000 });
  assert.deepEqual(panel.requests.filter((request) => !request.startsWith('GET ')), []);
  const refused = panel.requests.filter((request) => /\/(users|tokens|audit|import\/candidates|system)/.test(request));
  assert.deepEqual(refused, [], 'the panel asks for what a viewer may not have');
  const followed = await who.tab('/#audit'); // an administrator's link
  await followed.shows(/^Only an administrator may see this page/);
  await eye(t)(followed, '48-withheld');
  assert.deepEqual(followed.requests.filter((request) => /audit/.test(request)), []);
});

test('an administrator adds a viewer, who must choose a password at the first sign-in', async (t) => {
  const first = 'given by an administrator';
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab('/#access');
  await panel.button('Add user').click();
  const asked = panel.dialog('Add user');
  await panel.box(/^(User )?Name/, asked).fill('walter');
  await asked.getByLabel('Role').selectOption('viewer');
  await asked.getByLabel(/^Password|^First password/).fill(first);
  await panel.button('Add user', asked).click();
  await asked.waitFor({ state: 'hidden' });
  await panel.region('Users').getByRole('row', { name: /walter/ }).waitFor();

  const newcomer = await person(t, service);
  newcomer.expect(answered(401, 403));
  const theirs = await newcomer.tab();
  await theirs.box(/^(User )?Name/).fill('walter');
  await theirs.page.getByLabel('Password', { exact: true }).fill(first);
  await theirs.button('Sign in').click();
  const change = theirs.page.getByRole('heading', { name: 'Choose a new password' });
  await change.waitFor();
  await theirs.page.getByLabel(/^Current password/).fill(first);
  for (const box of await theirs.page.getByLabel(/^New password/).all()) await box.fill(password);
  await theirs.button('Change password').click();
  await change.waitFor({ state: 'hidden' });
  await theirs.page.getByRole('heading', { name: 'Data Sync' }).first().waitFor();
});

test('a token is shown once, works, and no longer works after it was revoked', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab('/#access');
  await panel.button('Create token').click();
  const asked = panel.dialog('Create token');
  await panel.box(/^Name/, asked).fill('backup script');
  await panel.button('Create token', asked).click();
  const shown = panel.page.getByText(/pbt_[A-Za-z0-9_-]{40,}/).or(panel.page.getByLabel('New token')).first();
  await shown.waitFor();
  const token = await shown.evaluate((element) => element.value ?? element.textContent.trim());
  const as = { authorization: `Bearer ${/pbt_\S+/.exec(token)[0]}` };
  assert.equal((await service.ask('GET /sync/status', undefined, as)).status, 200);
  await panel.page.reload();
  await panel.region('Tokens').getByRole('row', { name: /backup script/ }).waitFor();
  assert.equal(await panel.page.getByText(/pbt_[A-Za-z0-9_-]{40,}/).count(), 0);
  await panel.button(/^Revoke.*backup script/).click();
  const sure = panel.page.getByRole('dialog').getByRole('button', { name: /revoke/i });
  await sure.click();
  await panel.region('Tokens').getByRole('row', { name: /backup script/ }).waitFor({ state: 'detached' });
  assert.equal((await service.ask('GET /sync/status', undefined, as)).status, 401);
});

test('a password older than five minutes is asked again before users are changed, and Escape changes nothing', async (t) => {
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(403));
  const panel = await who.tab('/#access');
  const stale = { success: false, error: 'Your password is needed for this', code: 'PASSWORD_NEEDED', remedy: '', correlation_id: 'stale-password' };
  let refusals = 0;
  await panel.page.route('**/api/v1/users', (route) => (route.request().method() === 'POST' && refusals++ < 2 ?
    route.fulfill({ status: 403, json: stale }) : route.continue()));
  await panel.button('Add user').click();
  const asked = panel.dialog('Add user');
  await panel.box(/^(User )?Name/, asked).fill('carla');
  await asked.getByLabel(/^Password|^First password/).fill(password);
  await panel.button('Add user', asked).click();
  const confirm = panel.dialog('Confirm your password');
  await confirm.waitFor();
  await panel.page.keyboard.press('Escape');
  await confirm.waitFor({ state: 'hidden' });
  assert.equal((await service.fetched('/users')).items.some(({ name }) => name === 'carla'), false);
  await panel.button('Add user', asked).click();
  await confirm.getByLabel('Password', { exact: true }).fill(password);
  await panel.button('Confirm', confirm).click();
  await panel.region('Users').getByRole('row', { name: /carla/ }).waitFor();
});
