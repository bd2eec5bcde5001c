// SPDX-License-Identifier: MIT
// databases.test.mjs - the database that is to be imported: an upload is known by the name its owner
// gave, one that will not do is gone at once and nowhere a success, and damage is told before all else.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, beforeEach, test } from 'node:test';
import { makeSource, shell } from '../integration/service.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { hold, large, quiet, slowService, small } from './sources.mjs';

let service;
let admin;
let source;
let long;
before(async () => {
  [service, source, long] = await Promise.all([slowService(), small(), large()]);
  admin = await service.signIn();
});
beforeEach(() => quiet(service));

const upload = (panel, name, bytes) => panel.page.locator('input[type=file]').first()
  .setInputFiles({ name, mimeType: 'application/octet-stream', buffer: bytes });
const kept = () => readdirSync(path.join(service.data, 'uploads'));
const staging = /uploads\/|[0-9a-f]{12}-/;

test('an upload is shown by the name it was given: in the form, while it runs, in its receipt and in the list', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  const name = 'Plex – Wohnzimmer & Büro (2).db';
  await upload(panel, name, readFileSync(long.file));
  await panel.region('Database check').getByText(name).waitFor();
  await panel.page.getByRole('group', { name: 'Database' }).getByText(/uploaded$/).waitFor();
  await look(panel, '34-upload-checked', 'Start Import');
  const release = hold(service);
  await panel.start.click();
  await panel.runs();
  await panel.shows(name);
  await look(panel, '35-upload-imported', 'Stop Import');
  release();
  await panel.ends();
  await panel.region('Receipt').getByText(name).waitFor();
  await panel.region('Past imports').getByRole('row').nth(1).getByText(name).waitFor();
  assert.equal(await panel.seen(staging), 0);
  await panel.another.click();
  assert.equal(await panel.path.inputValue(), '');
  await panel.path.click();
  assert.equal(await panel.seen(staging), 0);
});

test('an upload that is no database is gone from the server at once, and told by its name as refused', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  who.expect(answered(422));
  const panel = await who.tab();
  await panel.start.waitFor();
  await upload(panel, 'letter.db', Buffer.from('Dear reader, this is no database.\n'.repeat(40)));
  await panel.shows(/^letter\.db: This file is no SQLite database/);
  await panel.shows('It was removed from the server again.');
  assert.deepEqual(kept().filter((name) => name.includes('letter')), []);
  for (const word of [/uploaded/i, staging]) assert.equal(await panel.region('Tautulli Database Import').getByText(word).count(), 0);
  assert.equal(await panel.path.inputValue(), '');
  assert.deepEqual((await panel.said()).filter(({ text }) => /uploaded/i.test(text)), []);
  await look(panel, '36-upload-refused', 'Start Import');
  await upload(panel, 'mine.db', readFileSync(source.file));
  await panel.region('Database check').getByText('mine.db').waitFor();
  assert.equal(await panel.seen(/letter\.db/), 0);
});

test('uploads that were left are shown, in another page too, and can be removed', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  for (const name of ['left.db', 'kept.db']) {
    await panel.start.waitFor();
    await upload(panel, name, readFileSync(source.file));
    await panel.region('Database check').getByText(name).waitFor();
    await panel.button('Choose another').click();
    await panel.button(`Remove ${name}`).waitFor();
  }
  await panel.page.reload();
  await panel.button('Remove left.db').waitFor();
  await look(panel, '37c-uploads-left', 'Start Import');
  await panel.button('Remove left.db').click();
  await panel.button('Remove left.db').waitFor({ state: 'detached' });
  assert.deepEqual(kept().filter((name) => name.includes('left.db')), []);
  await panel.button('Choose kept.db').click();
  await panel.region('Database check').getByText('kept.db').waitFor();
  await panel.button('Choose another').click();
  await panel.button('Remove kept.db').click();
  await panel.eventually('it is gone', () => kept().every((name) => !name.includes('kept.db')));
});

test('a database without plays is told to have none, and its import is not what is offered first', async (t) => {
  const look = eye(t);
  const { file } = await makeSource('nothing.db', '--rows', 10, '--seed', 5);
  await shell(file, 'DELETE FROM session_history');
  await shell(file, 'DELETE FROM session_history_metadata');
  await shell(file, 'DELETE FROM session_history_media_info');
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.path.fill(file);
  await panel.button('Validate Database').click();
  await panel.shows('This database holds no plays: there is nothing to import.');
  assert.equal(await panel.seen('Nothing to warn of.'), 0);
  await look(panel, '37b-no-plays', 'Choose another database');
});

test('a path outside the allowed folders: which they are, and where that is set', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  who.expect(answered(403));
  const panel = await who.tab();
  await panel.path.fill('/etc/shadow');
  await panel.button('Validate Database').click();
  await panel.shows(new RegExp(`${path.dirname(source.file)}.*import\\.allowed_dirs in ${service.data}/playbus\\.conf`));
  await look(panel, '37d-not-allowed', 'Choose another database');
});

test('damage is told before anything else, and what is offered first is another database', async (t) => {
  const look = eye(t);
  const { file } = await makeSource('damaged.db', '--rows', 3000, '--seed', 27);
  const page = Number((await shell(file, "SELECT pageno FROM dbstat WHERE name = 'session_history' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1 OFFSET 20")).trim());
  const bytes = readFileSync(file);
  bytes.fill(0xff, (page - 1) * 4096, page * 4096);
  writeFileSync(file, bytes);

  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  await panel.choose(file);
  await panel.button('Validate Database').click();
  const check = panel.region('Database check');
  const damage = await check.getByText(/^Pages of this database are damaged/).boundingBox();
  const figures = await check.getByText('Plays', { exact: true }).boundingBox();
  assert.ok(damage.y < figures.y);
  assert.equal(await check.getByText(/Pages of this database are damaged/).count(), 1, 'it is told twice');
  await check.getByText(/An import of it stores the plays up to the first damaged place and ends there/).waitFor();
  assert.equal(await panel.start.count(), 0);
  await look(panel, '37-damaged', 'Choose another database');
  await panel.button('Choose another database').click();
  assert.equal((await panel.focused()).name, 'Database Path');

  await panel.button('Import what can be read').click();
  await panel.ends();
  await panel.region('Receipt').getByText(/^This database is damaged: it can be read only up to the row before id \d+$/).waitFor();
  await look(panel, '38-damaged-imported', 'Import another database');
  await panel.another.click();
  await panel.start.waitFor();
  assert.deepEqual(await panel.primaries(), ['Start Import']);
  assert.equal(await panel.path.inputValue(), '');
});
