// SPDX-License-Identifier: MIT
// viewer.test.mjs - what a viewer is told: everything that was played, but not from where, on which
// player, nor in which folders of this machine; and nothing of it can be found out by asking.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Service, makeSource, sources } from './service.mjs';

const hidden = ['ip_address', 'location', 'machine_id'];
let service;
let viewer; // the headers of their calls
let plays; // as an administrator sees them
let job;

before(async () => {
  service = await Service.start();
  const { file } = await makeSource('plays.db', '--rows', 1200, '--dirty');
  ({ job_id: job } = await service.import(file));
  plays = await service.exported();
  viewer = await service.signInViewer();
});

/** The text of an answer to the viewer that must be 200. */
async function told(where) {
  const answer = await service.fetch(where, { as: viewer });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${where}: ${text}`);
  return text;
}

/** The plays without what a viewer must not see. */
const redacted = () => plays.map((play) => ({ ...play, ...Object.fromEntries(hidden.map((name) => [name, null])) }));

/** What only an administrator may read stands nowhere in the text. */
function assertNothingPrivate(text, what) {
  for (const name of hidden) {
    const values = [...new Set(plays.map((play) => play[name]))].filter((value) => value !== null && value.length > 5);
    for (const value of values) assert.ok(!text.includes(value), `${what} tells ${name} ${value}`);
  }
  assert.ok(!text.includes(sources), `${what} tells a folder`);
}

test('the administrator sees where and on what was played: the sample has something to hide', () => {
  for (const name of hidden) assert.ok(plays.some((play) => play[name] !== null), name);
});

test('lists and both exports hold every play, with the private fields null or empty', async () => {
  assert.deepEqual(JSON.parse(await told('/history?limit=1000')).items, redacted().slice(0, 1000));
  const lines = (await told('/history/export?format=jsonl')).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines, redacted());
  const csv = await told('/history/export?format=csv');
  assert.equal(csv.split('\r\n')[0], Object.keys(plays[0]).filter((name) => !['stream', 'item'].includes(name)).join(','));
  for (const where of ['/history?limit=1000&detail=full', '/history/export?format=jsonl&detail=full', '/history/export?format=csv']) {
    assertNothingPrivate(await told(where), where);
  }
});

test('jobs, their receipts and the status are told without folders', async () => {
  for (const where of ['/sync/jobs', `/sync/jobs/${job}`, '/sync/status', '/import/status', '/history/summary?by=user']) {
    assertNothingPrivate(await told(where), where);
  }
  const [{ db_path: path }] = JSON.parse(await told('/sync/jobs')).items;
  assert.equal(path, null);
});

test('what is hidden can be neither filtered by nor searched for', async () => {
  const play = plays.find(({ ip_address: address, machine_id: machine }) => address !== null && machine !== null);
  for (const name of hidden) {
    const { status, body } = await service.ask(`GET /history?${name}=${encodeURIComponent(play[name])}`, undefined, viewer);
    assert.deepEqual([status, body.code, body.field], [400, 'UNKNOWN_FIELD', name]);
  }
  for (const name of ['ip_address', 'machine_id']) {
    assert.deepEqual(JSON.parse(await told(`/history?q=${encodeURIComponent(play[name])}`)).items, [], name);
  }
});

test('rejected rows, candidates, files and settings are not for viewers', async () => {
  for (const what of ['GET /import/errors', 'GET /import/candidates', 'GET /system', 'GET /metrics', 'GET /users', 'GET /tokens']) {
    const { status, body } = await service.ask(what, undefined, viewer);
    assert.deepEqual([status, body.code], [403, 'ROLE_TOO_LOW'], what);
  }
});
