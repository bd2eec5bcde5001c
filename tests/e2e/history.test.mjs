// SPDX-License-Identifier: MIT
// history.test.mjs - the History page, undo and People as an administrator and a viewer use them: what is
// shown is what REST and the database say, on a desk and on a phone, by mouse, keyboard and address.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { Service, makeSource, shell, sources, sql } from '../integration/service.mjs';
import { answered, person } from './browser.mjs';
import { eye } from './eye.mjs';
import { viewer } from './sources.mjs';

const ROWS = 1500;
const AGAIN = 300; // rows that a second, renumbered database tells of too

let service;
let admin;
let first;
let alone; // the history of the first import
before(async () => {
  service = await Service.start();
  first = await makeSource('first.db', '--rows', ROWS, '--seed', 21);
  await service.import(first.file);
  alone = (await everyPlay()).map(withoutId);
  const copy = path.join(sources, 'renumbered.db');
  copyFileSync(first.file, copy);
  await shell(copy, ['session_history', 'session_history_metadata', 'session_history_media_info']
    .map((table) => `DELETE FROM ${table} WHERE id <= ${ROWS - AGAIN}; UPDATE ${table} SET id = id + 1000000;`).join(' '));
  await service.import(copy);
  admin = await service.signIn();
});

async function everyPlay() {
  const items = [];
  for (let next = ''; next !== null;) {
    const page = await service.fetched(`/history?detail=full&limit=1000${next && `&cursor=${encodeURIComponent(next)}`}`);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

/* What is split off has a number of its own. */
const withoutId = ({ id, ...play }) => play;
const plays = (query = '') => service.fetched(`/history?limit=1000${query}`).then(({ items }) => items);
const rows = (panel) => panel.page.getByRole('listitem').filter({ has: panel.page.locator('time') });
const total = (panel, name) => panel.page.locator('dl.totals > div').filter({ hasText: new RegExp(`^${name}?`) }).locator('dd').first();
const choice = (panel, name) => panel.page.getByRole('combobox', { name, exact: true });
const whole = (text) => Number(text.replace(/\D/g, ''));
const stored = () => sql(path.join(service.data, 'history.db'), 'SELECT count(*) FROM plays').then(([[n]]) => Number(n));

async function open(t, as, where = '/#history', options = {}) {
  const who = await person(t, service, { as, ...options });
  const panel = await who.tab(where);
  await rows(panel).first().waitFor();
  return { who, panel };
}

test('the page at rest, one play, and a search without a find, on every screen', async (t) => {
  const look = eye(t);
  const { panel } = await open(t, admin);
  await panel.text('Months as a table').waitFor();
  assert.equal(whole(await total(panel, 'Plays').textContent()), await stored());
  await look(panel, '80-history');

  const both = (await plays()).find(({ sources: told }) => told.length > 1);
  assert.ok(both !== undefined, 'no play was told of twice');
  await panel.page.goto(`${panel.page.url().split('#')[0]}#history?play=${both.id}`);
  const dialog = panel.dialog(both.title);
  await dialog.getByRole('heading', { name: `Told by ${both.sources.length} rows` }).waitFor();
  for (const { native_id: id } of both.sources) await dialog.getByText(`row ${id}`).first().waitFor();
  await look(panel, '81-play');
  const raw = dialog.getByText(/^What Tautulli.* says in row/).first();
  await raw.click();
  await dialog.getByText('machine id').first().waitFor();
  await look(panel, '82-play-raw');
  await panel.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });

  await panel.box('Search titles').fill('no title is called this');
  await panel.shows('Nothing matches.');
  await look(panel, '83-nothing');
  await panel.button('Clear search and filters').first().click();
  await rows(panel).first().waitFor();
});

test('search and filters find what the database holds, stand in the address, and Back takes them away', async (t) => {
  const { panel } = await open(t, admin);
  const [some] = await plays();
  const word = some.title.slice(0, 5);
  await panel.box('Search titles').fill(word.toUpperCase());
  await panel.eventually('the address has the search', async () => decodeURIComponent(panel.page.url()).includes(`q=${word.toUpperCase()}`));
  const found = await plays(`&q=${encodeURIComponent(word)}`);
  await panel.eventually('the total is that of the search', async () => whole(await total(panel, 'Plays').textContent()) === found.length);
  await panel.eventually('each row is one that was found', async () => await rows(panel).count() === Math.min(50, found.length));

  await choice(panel, 'Type').selectOption('movie');
  const films = found.filter(({ media_type: type }) => type === 'movie');
  await panel.eventually('the total is that of both', async () => whole(await total(panel, 'Plays').textContent()) === films.length);
  const shared = panel.page.url();
  const download = panel.page.waitForEvent('download');
  await panel.link('Download JSONL').click();
  assert.ok((await download).url().includes('media_type=movie'));
  await panel.page.goBack();
  await panel.eventually('Back takes the type away', async () => whole(await total(panel, 'Plays').textContent()) === found.length);
  assert.equal(await choice(panel, 'Type').inputValue(), '');

  const other = await open(t, admin, shared.slice(shared.indexOf('/#')));
  await other.panel.eventually('the same view from its address', async () => whole(await total(other.panel, 'Plays').textContent()) === films.length);
  assert.equal(await other.panel.box('Search titles').inputValue(), word.toUpperCase());
});

test('a month and a person are chosen in the charts, by mouse and by keyboard', async (t) => {
  const { panel } = await open(t, admin);
  const { items } = await service.fetched('/history/summary?by=person');
  const chart = panel.page.getByRole('list', { name: 'Hours by person' });
  const bar = chart.getByRole('button').first();
  const { key, plays: n } = items.reduce((a, b) => (b.watched_hours > a.watched_hours ? b : a));
  await bar.click();
  await panel.eventually('the person is chosen', async () => whole(await total(panel, 'Plays').textContent()) === n);
  assert.equal(await choice(panel, 'Person').inputValue(), key);
  await chart.getByRole('button', { pressed: true }).click();

  await panel.text('Months as a table').click();
  await panel.tabTo('Plays per month, as a table');
  const month = panel.page.getByRole('region', { name: 'Plays per month, as a table' }).getByRole('button').first();
  await month.focus();
  await panel.page.keyboard.press('Enter');
  await panel.eventually('the month is in the address', async () => /from=\d{4}-\d{2}-01&to=/.test(panel.page.url()));
  await panel.eventually('fewer plays', async () => whole(await total(panel, 'Plays').textContent()) < await stored());
  await panel.button('Clear search and filters').click();

  const plot = panel.page.getByRole('img', { name: 'Plays per month' });
  const box = await plot.boundingBox();
  await plot.click({ position: { x: box.width * 0.6, y: box.height * 0.5 } });
  await panel.eventually('a click on the chart chose a month', async () => /from=/.test(panel.page.url()));
});

test('the list goes on to its end with a bounded number of rows in the page, and back', async (t) => {
  const { panel } = await open(t, admin);
  const newest = await rows(panel).first().textContent();
  let most = 0;
  await panel.eventually('the end of the list', async () => {
    await panel.page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight));
    most = Math.max(most, await rows(panel).count());
    return panel.text('That is all.').isVisible();
  });
  assert.ok(most <= 400, `${most} rows in the page`);
  await panel.page.evaluate(() => window.scrollTo(0, 0));
  await panel.eventually('the newest again', async () => await rows(panel).first().textContent() === newest);
});

test('by keyboard: a play is opened, read and left, and the focus is where it was', async (t) => {
  const { panel } = await open(t, admin);
  const [, second] = await plays();
  const link = rows(panel).nth(1).getByRole('link');
  await link.focus();
  await panel.page.keyboard.press('Enter');
  await panel.dialog(second.title).waitFor();
  assert.ok(panel.page.url().includes(`play=${second.id}`));
  await panel.page.keyboard.press('Escape');
  await panel.dialog(second.title).waitFor({ state: 'hidden' });
  assert.equal((await panel.focused()).name, second.title);
  assert.ok(!panel.page.url().includes('play='));
});

test('a viewer sees the plays without players and raw rows, and one who is tied only their own', async (t) => {
  const vera = await viewer(service, admin);
  const look = eye(t);
  const { who, panel } = await open(t, vera);
  await look(panel, '84-viewer');
  assert.equal(await panel.page.getByRole('navigation').getByRole('link', { name: 'People' }).count(), 0);
  const [play] = await plays();
  await rows(panel).first().getByRole('link').click();
  const dialog = panel.dialog(play.title);
  await dialog.getByRole('heading', { name: /^Told by/ }).waitFor();
  assert.equal(await dialog.getByText(/^What Tautulli says/).count(), 0, 'a viewer is shown raw rows');
  await panel.page.keyboard.press('Escape');

  assert.equal((await service.ask('GET /people', undefined, vera)).status, 403);
  who.expect(answered(403, 404));
});

test('a viewer who is tied to a person sees nothing of others', async (t) => {
  const look = eye(t);
  await viewer(service, admin, 'tina');
  const { items } = await service.fetched('/people');
  const [mine, other] = items;
  const master = await person(t, service, { as: admin });
  const access = await master.tab('/#access');
  await access.button('Change tina').click();
  const change = access.dialog('Change tina');
  await change.getByRole('checkbox', { name: mine.name }).first().check();
  await look(access, '85-tie', 'Save');
  await access.button('Save', change).click();
  await change.waitFor({ state: 'hidden' });
  await access.region('Users').getByText('Own plays only').waitFor();

  const { who, panel } = await open(t, await service.signIn({ name: 'tina' })); // a tie ends what was open
  who.expect(answered(404));
  await panel.eventually('the total is the own one', async () => whole(await total(panel, 'Plays').textContent()) === mine.plays);
  assert.equal(await panel.page.getByRole('list', { name: 'Hours by person' }).getByRole('button').count(), 1);
  const [theirs] = await plays(`&person=${encodeURIComponent(other.id)}`);
  await panel.page.goto(`${panel.page.url().split('#')[0]}#history?play=${theirs.id}`);
  await panel.shows('There is no such play');
});

test('a job is undone after its exact figures were told, and the history is what the others alone give', async (t) => {
  const look = eye(t);
  const who = await person(t, service, { as: admin });
  const panel = await who.tab();
  const past = panel.region('Past imports');
  await past.getByRole('button', { name: /^Undo the import of .*renumbered\.db/ }).click();
  const dialog = panel.dialog('Undo this import?');
  await dialog.getByText(`${AGAIN} rows that no other job saw are removed.`).waitFor();
  await look(panel, '90-undo-figures', 'Undo import');
  await panel.button('Undo import', dialog).click();
  await panel.region('Receipt').getByText('Removed: no other job saw them').waitFor();
  await look(panel, '91-undo-receipt');
  await past.getByText('Undone', { exact: true }).waitFor();
  assert.deepEqual((await everyPlay()).map(withoutId), alone);
  await panel.goTo('History');
  await panel.eventually('the plays of the first import', async () => whole(await total(panel, 'Plays').textContent()) === ROWS);
});

test('two persons are joined by hand, are one in the history, and are split again', async (t) => {
  const look = eye(t);
  const { items } = await service.fetched('/people');
  const [a, b] = items.filter(({ accounts }) => accounts.every(({ user_id: id }) => id !== null));
  const who = await person(t, service, { as: admin });
  const panel = await who.tab('/#people');
  const table = panel.page.getByRole('table', { name: 'Persons' });
  await table.waitFor();
  await look(panel, '95-people');
  for (const { name } of [a, b]) await table.getByRole('checkbox', { name: `Choose ${name}` }).first().check();
  await panel.button('Join 2 chosen').click();
  const dialog = panel.dialog('Join these persons?');
  await dialog.getByLabel('Name').fill('The two of them');
  await look(panel, '96-join', 'Join');
  await panel.button('Join', dialog).click();
  await table.getByRole('link', { name: 'The two of them' }).waitFor();
  await table.getByRole('link', { name: 'The two of them' }).click();
  await panel.eventually('their plays are those of one', async () => whole(await total(panel, 'Plays').textContent()) === a.plays + b.plays);

  await panel.goTo('People');
  await panel.button('Split The two of them').click();
  const split = panel.dialog('Split The two of them');
  await split.getByRole('checkbox').last().check();
  await panel.button('Split', split).click();
  await split.waitFor({ state: 'hidden' });
  await panel.eventually('they are two again', async () => (await service.fetched('/people')).items.length === items.length);
});

test('nobody is forgotten without figures and the name typed, and then nothing of them is left', async (t) => {
  const look = eye(t);
  const { items } = await service.fetched('/people');
  const gone = items.filter(({ accounts }) => accounts.every(({ user_id: id }) => id !== null)).at(-1);
  const who = await person(t, service, { as: admin });
  const panel = await who.tab('/#people');
  await panel.button(`Forget ${gone.name}`).first().click();
  const dialog = panel.dialog(`Forget ${gone.name}?`);
  await dialog.getByText(/^This cannot be taken back/).waitFor();
  await look(panel, '97-forget', `Forget ${gone.name}`);
  await dialog.getByRole('textbox').fill('somebody else');
  await panel.button(`Forget ${gone.name}`, dialog).click();
  await dialog.getByText('This is another name').waitFor();
  await dialog.getByRole('textbox').fill(gone.name);
  await panel.button(`Forget ${gone.name}`, dialog).click();
  await panel.region('Forgotten').waitFor();
  await panel.region('Receipt').getByText('Erased: rows of plays').waitFor();
  await look(panel, '98-forgotten');
  assert.deepEqual((await service.fetched(`/history?person=${encodeURIComponent(gone.id)}`)).items, []);
  await panel.button(/^Let in again/).click();
  await panel.region('Forgotten').waitFor({ state: 'hidden' });
});
