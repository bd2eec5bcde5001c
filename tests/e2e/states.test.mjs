// SPDX-License-Identifier: MIT
// states.test.mjs - every state of every section at desk and phone width, light and dark: axe finds
// nothing, nothing scrolls sideways, a page that offers something has one primary button, and
// PLAYBUS_SCREENSHOTS=folder keeps a picture of each.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { makeSource, shell, sources } from '../integration/service.mjs';
import { answered, person, unreachable } from './browser.mjs';
import { eye } from './eye.mjs';
import { password } from './panel.mjs';
import { beginHeld, hold, quiet, slowService, viewer } from './sources.mjs';

let service;
let admin;
let source;
let fresh;
before(async () => {
  [service, fresh] = await Promise.all([slowService(), slowService()]);
  mkdirSync(path.join(sources, 'config'));
  source = await makeSource('config/tautulli.db', '--rows', 20_000, '--dirty', '--seed', 5);
  admin = await service.signIn();
});
beforeEach(() => quiet(service));

test('set-up, sign-in and a wrong password', async (t) => {
  const look = eye(t);
  const who = await person(t, fresh);
  who.expect(answered(401, 403, 422));
  const panel = await who.tab(`/#setup=${readFileSync(path.join(fresh.data, 'run/setup.code'), 'utf8').trim()}`);
  await panel.page.getByRole('heading', { name: 'Set up Playbus' }).waitFor();
  await look(panel, '01-setup');
  await panel.box('Name').fill('admin');
  for (const box of await panel.page.getByLabel(/password/i).and(panel.page.locator('input')).all()) await box.fill('aaaaaaaaaaaaaaaa');
  await panel.button('Create administrator').click();
  await panel.page.getByRole('alert').getByText(/too easy/).waitFor();
  await look(panel, '02-setup-weak-password');

  const other = await person(t, service);
  other.expect(answered(401));
  const theirs = await other.tab();
  await theirs.button('Sign in').waitFor();
  await look(theirs, '03-sign-in');
  await theirs.box('Name').fill('admin');
  await theirs.page.getByLabel('Password', { exact: true }).fill('something else entirely');
  await theirs.button('Sign in').click();
  await theirs.page.getByRole('alert').getByText(/wrong/).waitFor();
  await look(theirs, '04-sign-in-wrong');
});

test('Data Sync from idle to the receipt', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  who.expect(answered(403, 404, 409, 422), unreachable);
  const panel = await who.tab();
  await panel.start.waitFor();
  await look(panel, '10-idle-first', 'Start Import');
  await panel.path.click();
  await panel.page.keyboard.press('ArrowDown');
  await look(panel, '11-candidates');
  await panel.page.keyboard.press('Escape');

  await panel.choose(path.join(sources, 'nowhere.db'));
  await panel.button('Validate Database').click();
  await panel.shows('Database file not found');
  await look(panel, '12-error-not-found', 'Choose another database');

  await panel.choose(source.file);
  await panel.button('Validate Database').click();
  await panel.region('Database check').waitFor();
  await look(panel, '13-check', 'Start Import');

  let release = hold(service);
  await panel.begin(source.file, { dryRun: true });
  await panel.runs();
  await release.to(10);
  await panel.button(/^Rejected rows \(/).waitFor();
  await look(panel, '14-dry-run', 'Stop Import');
  release();
  await panel.ends('Preview');
  await look(panel, '15-preview', 'Run this import');

  release = hold(service);
  await panel.button('Run this import').first().click();
  await panel.runs();
  await release.to(45);
  await panel.eventually('half of it', async () => (await panel.figures()).now >= 45);
  await look(panel, '16-importing', 'Stop Import');
  await panel.button(/^Rejected rows \(/).click();
  await look(panel, '17-importing-errors');
  await release.to(50); // held for too long it would be taken for hung, and started again
  await panel.shows(/Waiting for/);
  await look(panel, '18-waiting-for-worker', 'Stop Import');
  await panel.stop.click();
  await panel.dialog(/stop/i).waitFor();
  await look(panel, '19-stop-asked', 'Stop Import');
  await panel.button('Stop Import', panel.dialog(/stop/i)).click();
  await panel.rests();
  release();
  await service.end();
  await panel.button('Resume Import').waitFor(); // once the panel was told that it can
  await look(panel, '20-stopped', 'Resume Import');
  await panel.page.reload();
  await panel.start.waitFor();
  await look(panel, '21-resume-offered', 'Resume Import');

  await panel.button(/^Resume/).first().click();
  await panel.ends();
  await look(panel, '22-receipt', 'See the history');
  await panel.page.reload();
  await panel.start.waitFor();
  await look(panel, '23-idle-after', 'Start Import');
  await panel.region('Past imports').getByRole('button', { name: /receipt/i }).first().click();
  await look(panel, '24-past-import-opened', 'Start Import');
  const rejected = panel.region('Rejected rows');
  await rejected.getByRole('button', { name: /^Show row/ }).first().click();
  await look(panel, '24b-raw-row', 'Start Import');
  await panel.page.setViewportSize({ width: 390, height: 844 });
  const [whole, raw] = await Promise.all([rejected.boundingBox(), rejected.getByLabel(/^Columns of record/).boundingBox()]);
  assert.ok(raw.width > whole.width - 4, `a raw row has ${raw.width} of ${whole.width} pixels`);
  await panel.button(/^Data Sync/).click();
  await look(panel, '25-collapsed');
});

test('an import of what its owner changed, of a source with something to know, and plays stored twice', async (t) => {
  const look = eye(t);
  const warning = `${path.join(sources, `${'a-name-as-long-as-they-come-'.repeat(6)}.db`)}-wal is missing: what was written last may be missing too`;
  const changed = await makeSource('changed.db', '--rows', 1200, '--dirty', '--seed', 21);
  await service.import(changed.file);
  await shell(changed.file, "UPDATE session_history SET user_id = user_id + 1000, user = user || '-renamed' WHERE user_id > 0");
  await shell(service.history, 'UPDATE sources SET doubled = 399 WHERE no = (SELECT max(no) FROM sources)');

  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.page.routeWebSocket(/\/api\/v1\/ws$/, (ws) => {
    const server = ws.connectToServer();
    server.onMessage((text) => {
      const told = JSON.parse(text);
      if (told.data?.progress?.phase === 'importing') told.data.progress.message = warning;
      ws.send(JSON.stringify(told));
    });
  });
  await panel.page.reload();
  await panel.shows(/^399 plays are stored twice: .* They are joined when plays are grouped anew\.$/);
  const release = hold(service);
  await panel.begin(changed.file);
  await panel.runs();
  await release.to(10);
  await panel.shows(warning);
  await look(panel, '26-importing-warned');
  await panel.page.setViewportSize({ width: 320, height: 700 });
  assert.deepEqual(await panel.sideways(), []);
  release();
  await panel.ends();
  const [{ job_id: job }] = (await service.fetched('/sync/jobs?limit=1')).items;
  await shell(service.history, `INSERT OR REPLACE INTO job_warnings (job_no, n, text) SELECT no, 0, '${warning}' FROM jobs WHERE job_id = '${job}'`);
  await panel.page.reload();
  await panel.region('Past imports').getByRole('button', { name: /receipt/i }).first().click();
  const receipt = panel.region('Receipt');
  await receipt.getByRole('list', { name: 'Warnings' }).getByText(warning).waitFor();
  await receipt.getByRole('heading', { name: 'Said otherwise now; what is stored stays' }).waitFor();
  await receipt.getByText(/^[\d,]+ rows name another user now$/).waitFor();
  await look(panel, '27-receipt-changed', 'Start Import');
  await panel.page.setViewportSize({ width: 320, height: 700 });
  assert.deepEqual(await panel.sideways(), []);
});

test('a failed import, a lost connection, an upload under way, an update', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  who.expect(unreachable, answered(502, 503, 504), /net::ERR/);
  const panel = await who.tab();
  await panel.start.waitFor();
  const session = await who.context.newCDPSession(panel.page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1 << 18 });
  await panel.page.locator('input[type=file]').first().setInputFiles(source.file);
  await panel.page.getByRole('progressbar', { name: /upload/i }).waitFor();
  await look(panel, '30-uploading');
  await panel.button('Cancel upload').click();
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await session.detach();

  // Another database lies in its place when the import has to open it again.
  const doomed = await makeSource('doomed.db', '--rows', 20_000, '--dirty', '--seed', 8);
  const other = await makeSource('instead.db', '--rows', 20_000, '--seed', 9);
  const release = await beginHeld(service, doomed.file);
  await panel.runs();
  await panel.eventually('some progress', async () => (await panel.figures()).now >= 10);
  renameSync(other.file, doomed.file);
  for (const actor of ['import-worker-1', 'tautulli']) process.kill(service.pid(actor), 'SIGKILL');
  release();
  assert.equal((await service.end()).status, 'error');
  await panel.shows('This is not the database that was being imported');
  await panel.shows(/Choose the same database, or start a fresh import/);
  await look(panel, '31-failed', 'Start New Import');

  await who.context.setOffline(true);
  process.kill(service.pid('gateway'), 'SIGKILL');
  await panel.shows('Connection lost. Retrying...');
  await look(panel, '32-connection-lost');
  await who.context.setOffline(false);
  await panel.hides('Connection lost. Retrying...');

  await panel.page.routeWebSocket(/\/api\/v1\/ws$/, (ws) => ws.close({ code: 1006 })); // its hello tells the true one
  await panel.page.route('**/api/v1/auth/session', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), version: '99.0.0' } });
  });
  await panel.page.reload();
  await panel.shows('Playbus was updated');
  await look(panel, '33-updated');
});

test('Access, with its dialogs', async (t) => {
  const look = eye(t);
  const admin = await service.signIn(); // the gateway was restarted: the password counts as long ago
  for (const [what, body] of [
    ['POST /users', { name: 'hanna', role: 'viewer', password }],
    ['POST /users', { name: 'a-name-as-long-as-names-may-be-so-that-tables-must-cope-with-it', role: 'admin', password }],
    ['POST /tokens', { name: 'nightly export', role: 'viewer', expires_in_days: 30 }],
    ['POST /tokens', { name: 'home automation dashboard in the kitchen', role: 'admin' }],
  ]) {
    const made = await service.ask(what, body, admin);
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
  const who = await person(t, service, { as: await service.signIn() });
  who.expect(answered(403, 409, 422));
  const panel = await who.tab('/#access');
  await panel.region('Users').getByRole('row', { name: /hanna/ }).waitFor();
  await look(panel, '40-access');
  for (const [open, name] of [['Add user', '41-add-user'], ['Create token', '42-create-token']]) {
    await panel.button(open).click();
    await panel.dialog(open).waitFor();
    await look(panel, name);
    if (open === 'Add user') {
      await panel.page.keyboard.press('Escape');
      await panel.dialog(open).waitFor({ state: 'hidden' });
    }
  }
  await panel.box('Name', panel.dialog('Create token')).fill('look at me');
  await panel.button('Create token', panel.dialog('Create token')).click();
  await panel.page.getByText(/pbt_[A-Za-z0-9_-]{40,}/).or(panel.page.getByLabel('New token')).first().waitFor();
  await look(panel, '43-token-shown');
  await panel.page.reload();
  await panel.button(/^(Remove|Change) hanna/).first().click();
  await panel.page.getByRole('dialog').waitFor();
  await look(panel, '44-change-or-remove-user');
  await panel.page.keyboard.press('Escape');
});

test('the audit log, its filters and its verification; About', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: await service.signIn() });
  const panel = await who.tab('/#audit');
  await panel.page.getByRole('table').first().getByRole('row').nth(3).waitFor();
  await look(panel, '50-audit');
  await panel.button('Verify').click();
  await panel.shows(/intact/i);
  await look(panel, '51-audit-verified');
  await panel.button('Change key').click();
  await panel.dialog('Change the signing key?').waitFor();
  await look(panel, '52-change-key');
  await panel.button('Change key', panel.dialog('Change the signing key?')).click();
  await panel.shows(/^Key \S+ signs from now on\.$/);
  await panel.button('Seal old entries').click();
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  await panel.box('Before', panel.dialog('Seal old entries')).fill(tomorrow);
  await look(panel, '53-seal');
  await panel.button('Seal entries').click();
  await panel.shows(/^Entries 1 to \d+ are sealed in /);
  await look(panel, '54-sealed');
  await panel.goTo('About');
  await panel.shows(/history/i);
  await look(panel, '60-about');
});

test('a viewer\'s page, a password that must be changed, a session that ended', async (t) => {
  const look = eye(t);
  const admin = await service.signIn();
  const session = await viewer(service, admin, 'viktor');
  const who = await person(t, service, { as: session });
  who.expect(answered(401));
  const panel = await who.tab();
  await panel.page.getByRole('heading', { name: 'Data Sync' }).first().waitFor();
  await panel.shows(/administrator/i);
  await look(panel, '70-viewer');
  await service.ask('POST /auth/logout', {}, session);
  await panel.dialog('Sign in').waitFor();
  await look(panel, '71-signed-out-over-the-page');

  const made = await service.ask('POST /users', { name: 'nora', role: 'viewer', password: 'given by somebody else' }, admin);
  assert.equal(made.status, 201);
  const newcomer = await person(t, service, { as: await service.signIn({ name: 'nora', password: 'given by somebody else' }) });
  newcomer.expect(answered(403));
  const theirs = await newcomer.tab();
  await theirs.page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  await look(theirs, '72-must-change-password');
});
