// SPDX-License-Identifier: MIT
// workers.test.mjs - the Workers page as an administrator meets it: one is invited, joins from "another machine",
// works, and is revoked. The invitation is shown once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { bin, freePort, makeSource, place, Service, sources } from '../integration/service.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';

let service;
let shut;
let admin;
let worker;
before(async () => {
  const remote = { PLAYBUS_BUS_REMOTE: `tcp://127.0.0.1:${await freePort()}`, PLAYBUS_IMPORT_WORKERS: '-1' };
  [service, shut] = await Promise.all([Service.start({ env: remote }), Service.start()]);
  admin = await service.signIn();
});
after(() => worker?.kill('SIGTERM'));

const data = path.join(place, 'worker-data');
const run = (...args) => spawn(path.join(bin, 'playbus'), ['worker', ...args, '--data', data], { stdio: ['pipe', 'ignore', 'ignore'] });

test('a worker is invited, joins, works, and is revoked', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  const panel = await who.tab('/#workers');
  await panel.shows(/^No workers/);
  await panel.button('Invite a worker').click();
  await panel.box('Name', panel.dialog('Invite a worker')).fill('Attic');
  await look(panel, '98-workers-invite', 'Invite');
  await panel.button('Invite', panel.dialog('Invite a worker')).click();
  const invitation = await panel.page.getByRole('textbox', { name: 'Invitation' }).inputValue();
  assert.match(invitation, /^playbus-worker-1 tcp:\/\/127\.0\.0\.1:\d+ /);
  await panel.button('Done').click();
  await panel.shows(/^Good until/);

  const join = run('join');
  join.stdin.end(`${invitation}\n`);
  assert.equal(await new Promise((resolve) => { join.on('close', resolve); }), 0);
  worker = run('run', '--allow', sources);
  await panel.shows('Connected');
  await service.import((await makeSource('panel-worker.db', '--rows', 300)).file);
  const row = panel.page.getByRole('row').filter({ hasText: 'Attic' });
  await row.getByText(/^300(Reads itself|Is sent rows)$/).waitFor();
  await look(panel, '99-workers-connected');
  assert.ok(!(await panel.page.content()).includes(invitation.split(' ').at(-1)), 'the invitation is still on the page');

  await panel.button('Revoke Attic').click();
  await panel.button('Revoke Attic', panel.dialog('Revoke Attic?')).click();
  await panel.shows(/^No workers/);
});

test('where the door is shut the page says how it is opened', async (t) => {
  const who = await person(t, shut, { as: await shut.signIn() });
  who.expect(answered(409));
  const panel = await who.tab('/#workers');
  await panel.shows('Workers on other machines are switched off');
});
