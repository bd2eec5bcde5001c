// SPDX-License-Identifier: MIT
// tied.test.mjs - a viewer who is tied to a person finds nothing of others: by no route, in no export,
// in no receipt and in no push; and is free again when the tie is taken back.
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { bin, makeSource, run, Service, sql, until } from './service.mjs';

const PASSWORD = 'a quiet look at the plays';

let service;
let viewer;
let user; // the account of the viewer here
let person, others; // whose plays they see, and the names and ids of everybody else
let job;

const users = async () => (await service.fetched('/users')).items;
const ask = (where) => service.fetch(where, { as: viewer });

/** Ends the viewer's sessions: they sign in anew. */
async function tie(...person) {
  await run(path.join(bin, 'playbus'), 'user', 'tie', 'viewer', ...person, '--data', service.data);
  viewer = await service.signIn({ name: 'viewer', password: PASSWORD });
}

async function told(where) {
  const answer = await ask(where);
  const text = await answer.text();
  assert.equal(answer.status, 200, `${where}: ${text}`);
  return text;
}

before(async () => {
  service = await Service.start();
  const { file } = await makeSource('plays.db', '--rows', 1500, '--dirty');
  ({ job_id: job } = await service.import(file));
  viewer = await service.signInViewer({ password: PASSWORD });
  user = (await users()).find(({ name }) => name === 'viewer');
  const { items } = await service.fetched('/history/summary?by=person');
  const named = items.filter(({ key }) => key !== null);
  assert.ok(named.length > 2, 'the sample has several persons');
  [person] = named.map(({ key }) => key);
  const people = await sql(path.join(service.data, 'history.db'), `SELECT DISTINCT user_id, user FROM plays WHERE user IS NOT NULL`);
  const own = await service.fetched(`/history?limit=1&person=${encodeURIComponent(person)}`);
  others = people.filter(([id]) => id !== own.items[0].user_id).map(([, name]) => name).filter((name) => name.length > 3 && name !== own.items[0].user);
  const before = viewer;
  await tie('--person', person);
  assert.equal((await fetch(`${service.url}/history`, { headers: before })).status, 401, 'what was open ends');
});

function assertNothingOfOthers(text, what) {
  for (const name of others) assert.ok(!text.includes(JSON.stringify(name)) && !text.includes(`,${name},`), `${what} tells of ${name}`);
}

test('the tie is told with the user, and recorded', async () => {
  assert.deepEqual((await users()).find(({ id }) => id === user.id).people, [person]);
  const { items } = await service.fetched('/audit/events?action=change_user&limit=10');
  assert.ok(items.some((entry) => JSON.stringify(entry).includes('people')), JSON.stringify(items));
});

test('lists, sums, single plays and exports are of the person alone, whatever is asked for', async () => {
  const own = (await service.fetched(`/history?limit=1000&person=${encodeURIComponent(person)}`)).items.map(({ id }) => id);
  const seen = JSON.parse(await told('/history?limit=1000')).items;
  assert.deepEqual(seen.map(({ id }) => id), own);
  assert.ok(seen.every((play) => play.person === person));
  for (const by of ['month', 'user', 'person', 'library', 'hour', 'source', 'server', 'media_type', 'weekday']) {
    const text = await told(`/history/summary?by=${by}`);
    const { totals } = JSON.parse(text);
    assert.deepEqual([totals.plays, totals.people], [own.length, 1], by);
    assertNothingOfOthers(text, by);
  }
  const lines = (await told('/history/export?format=jsonl')).trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({ id }) => id), own);
  assertNothingOfOthers(await told('/history/export?format=csv'), 'the CSV export');
  await told(`/history/export?format=csv&person=${encodeURIComponent(others[0])}&library=L&server=S&media_type=movie`);
  const chosen = JSON.stringify({ format: 'csv', server: 'S', person: others[0], library: 'L', media_type: 'movie' });
  await until('what the export chose is recorded', async () =>
    (await service.fetched('/audit/events?action=export_history&limit=10')).items.some(({ params }) => params === chosen));
  const { items: all } = await service.fetched('/history?limit=1000');
  const other = all.find((play) => play.person !== null && play.person !== person);
  for (const query of [`person=${encodeURIComponent(other.person)}`, `user=${encodeURIComponent(other.user_id)}`, `q=${encodeURIComponent(other.title)}&user=${other.user_id}`]) {
    assert.deepEqual(JSON.parse(await told(`/history?${query}`)).items, [], query);
    assert.equal(JSON.parse(await told(`/history/summary?by=user&${query}`)).totals.plays, 0, query);
  }
  const hidden = await ask(`/history/${other.id}`);
  const absent = await ask('/history/99999999');
  const strip = async (answer) => ({ ...(await answer.json()), correlation_id: '' });
  assert.equal(hidden.status, 404);
  assert.deepEqual(await strip(hidden), await strip(absent));
  assert.equal((await ask(`/history/${own[0]}`)).status, 200);
});

/** Commands that went over the bus so far. */
async function routed() {
  const text = await (await service.fetch('/metrics')).text();
  return Number(/playbus_broker_total\{name="routed.commands"\} (\d+)/.exec(text)[1]);
}

/** What all of them get, asked while the history stands still; [status, body] of each. */
async function askedTogether(asks) {
  const history = service.pid('history');
  process.kill(history, 'SIGSTOP'); // so long as all of them come
  const asked = asks.map((one) => one().then(async (answer) => [answer.status, await answer.text()]));
  await pause(500);
  process.kill(history, 'SIGCONT');
  return Promise.all(asked);
}

test('a question that many wait to ask is asked once, and each is told what they may see', async () => {
  const many = 16;
  const where = '/history/summary?by=person';
  const own = [JSON.parse(await told(where)).totals, (await service.fetched(where)).totals];
  assert.notDeepEqual(...own);
  await until('they share its answers', async () => { // a busy machine keeps some of them waiting for too long
    const before = await routed();
    const answers = await askedTogether(Array.from({ length: 2 * many }, (_, i) => () => (i % 2 === 0 ? ask(where) : service.fetch(where))));
    for (const [i, [status, text]] of answers.entries()) {
      if (status === 200) assert.deepEqual(JSON.parse(text).totals, own[i % 2]);
    }
    return answers.every(([status]) => status === 200) && await routed() - before < many;
  });
});

test('files are made for each who asks, and who asks wrongly is told so in their own answer', async () => {
  const csv = await askedTogether(Array.from({ length: 3 }, () => () => service.fetch('/import/errors?q=e&csv=true')));
  assert.ok(csv.every(([status, text]) => status === 200 && text.length > 100 && text === csv[0][1]), JSON.stringify(csv).slice(0, 500));
  const wrong = await askedTogether(Array.from({ length: 3 }, () => () => service.fetch('/history?q=x&cursor=no-cursor')));
  const errors = wrong.map(([, text]) => JSON.parse(text));
  assert.ok(errors.every(({ field }) => field === 'cursor'), JSON.stringify(errors));
  assert.equal(new Set(errors.map((error) => error.correlation_id)).size, 3);
});

test('nobody lifts the limit by asking', async () => {
  for (const query of ['limited=false', 'only_persons=x']) {
    const answer = await ask(`/history?${query}`);
    assert.equal(answer.status, 400, query);
  }
});

test('jobs, receipts, status and pushes tell of no one else; rejected rows are not for viewers', async () => {
  for (const where of ['/sync/jobs', `/sync/jobs/${job}`, '/sync/status', '/import/status']) {
    assertNothingOfOthers(await told(where), where);
  }
  assert.deepEqual(JSON.parse(await told(`/sync/jobs/${job}`)).receipt.by_user, []);
  assert.equal((await ask(`/import/errors?job=${job}`)).status, 403);
  const socket = new WebSocket(`ws://${service.address}/api/v1/ws`, { headers: { ...viewer, origin: `http://${service.address}` } });
  const pushes = [];
  await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (text) => {
      pushes.push(String(text));
      if (pushes.some((push) => push.includes('sync_progress'))) resolve();
    });
  });
  socket.close();
  for (const push of pushes) assertNothingOfOthers(push, 'a push');
});

test('a token of theirs is tied as they are, and the tie can be taken back', async () => {
  const become = async (role) => {
    assert.equal((await service.ask(`PATCH /users/${user.id}`, { role }, admin)).status, 200);
    viewer = await service.signIn({ name: 'viewer', password: PASSWORD });
  };
  const admin = await service.signIn();
  await become('admin');
  const made = await service.ask('POST /tokens', { name: 'a script', role: 'viewer', expires_in_days: 30 }, viewer);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  await become('viewer');
  const script = { authorization: `Bearer ${made.body.token}` };
  const seenBy = async (as) => (await (await service.fetch('/history/summary?by=person', { as })).json()).totals;
  assert.deepEqual(await seenBy(script), await seenBy(viewer));
  assert.equal((await seenBy(script)).people, 1);
  await tie();
  assert.ok((await seenBy(script)).people > 1);
  assert.deepEqual((await users()).find(({ id }) => id === user.id).people ?? [], []);
  assert.equal(JSON.parse(await told('/history/summary?by=user')).totals.plays, (await service.fetched('/history/summary?by=user')).totals.plays);
});
