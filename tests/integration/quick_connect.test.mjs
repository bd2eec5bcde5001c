// SPDX-License-Identifier: MIT
// quick_connect.test.mjs - a Jellyfin server is added by a code that one of its administrators types there; nobody else
// hears of it, its secret and token are found nowhere, and what comes to nothing leaves no token on the server.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MediaServer } from '../support/media_server.mjs';
import { bin, contents, files, Service, until } from './service.mjs';

const running = new Set();
after(() => Promise.all([...running].map((media) => media.stop())));

async function startMedia(options) {
  const media = await MediaServer.start({ kind: 'jellyfin', plays: 0, ...options });
  running.add(media);
  return media;
}

const ROUTE = '/servers/jellyfin/quick-connect';

async function begin(service, media, as = undefined) {
  const said = await service.ask(`POST ${ROUTE}`, { address: media.url }, as);
  assert.equal(said.status, 201, JSON.stringify(said.body));
  return said.body;
}

const show = (service, id, as) => service.ask(`GET ${ROUTE}/${id}`, undefined, as);
const add = (service, { id }, name = 'Home') => service.ask(`POST ${ROUTE}/${id}/add`, { name });

const standing = (service, id, wanted = ({ status }) => status !== 'waiting') => until('the Quick Connect goes on', async () => {
  const { status, body } = await show(service, id);
  assert.equal(status, 200, JSON.stringify(body));
  return wanted(body) && body;
});

describe('Quick Connect', () => {
  let service;
  before(async () => { service = await Service.start(); });
  after(() => service.stop());
  const removeAll = async () => {
    for (const { id } of (await service.fetched('/servers')).items) assert.equal((await service.ask(`DELETE /servers/${id}`)).status, 200);
  };

  for (const version of ['10.8.13', '10.11.5', '12.0.0']) {
    test(`Jellyfin ${version}: the code is shown, an administrator types it, and the server is added with a token of its own device`, async () => {
      const media = await startMedia({ version });
      const before = media.household.sessions().length;
      const begun = await begin(service, media);
      assert.deepEqual([begun.status, begun.address, begun.server_name, begun.version], ['waiting', media.url, 'Test Media Server', version]);
      assert.match(begun.code, /^[0-9]{6}$/);
      assert.ok(Date.parse(begun.expires_at) > Date.now());
      assert.equal((await add(service, begun)).body.code, 'QUICK_CONNECT_OVER', 'nobody has typed it yet');
      media.household.agree(begun.code);
      const agreed = await standing(service, begun.id);
      assert.deepEqual([agreed.status, agreed.username, agreed.code, agreed.problem], ['agreed', 'ada', undefined, undefined]);
      const { status, body } = await add(service, begun);
      assert.equal(status, 201, JSON.stringify(body));
      assert.deepEqual([body.server.kind, body.server.username, body.server.identity, body.server.test.works], ['jellyfin', 'ada', media.place.serverId, true]);
      assert.deepEqual(media.household.sessions().slice(before).map(({ deviceId }) => deviceId), [body.server.id]);
      assert.equal((await service.ask(`POST /servers/${body.server.id}/test`)).status, 200);
      assert.deepEqual((await add(service, begun)).body.server, (await service.fetched(`/servers/${body.server.id}`)).server, 'twice adds once');
      assert.equal((await show(service, begun.id)).body.status, 'expired');
      await removeAll();
      await until('the token is ended with its server', () => media.household.sessions().length === before);
      await media.stop();
    });
  }

  test('who is no administrator, a code that nobody types and one that is given up add nothing and leave no token', async () => {
    const media = await startMedia();
    const before = media.household.sessions().length;
    const left = () => until('no token is left', () => media.household.sessions().length === before);
    const ben = await begin(service, media);
    media.household.agree(ben.code, 'ben');
    const refused = await standing(service, ben.id);
    assert.deepEqual([refused.status, refused.problem.code], ['expired', 'SERVER_NOT_ADMIN']);
    await left();
    const late = await begin(service, media);
    media.household.expire(late.code);
    assert.deepEqual([(await standing(service, late.id)).status, (await show(service, late.id)).body.problem], ['expired', undefined]);
    const given = await begin(service, media);
    media.household.agree(given.code);
    await standing(service, given.id);
    assert.equal((await service.ask(`DELETE ${ROUTE}/${given.id}`)).status, 200);
    assert.deepEqual([(await show(service, given.id)).status, (await add(service, given)).body.code], [404, 'QUICK_CONNECT_NOT_FOUND']);
    await left();
    const taken = await begin(service, media);
    media.household.agree(taken.code);
    await standing(service, taken.id);
    await service.ask('POST /servers', { name: 'Home', kind: 'emby', address: media.url });
    assert.equal((await add(service, taken)).body.code, 'NAME_TAKEN');
    assert.equal((await add(service, taken, 'Attic')).status, 201, 'it stays good for another name');
    await removeAll();
    await left();
    await media.stop();
  });

  test('what is in the way is told at once, or while it waits', async () => {
    const media = await startMedia();
    const refused = async (code, address = media.url) => {
      const { status, body } = await service.ask(`POST ${ROUTE}`, { address });
      assert.deepEqual([status, body.code], [422, code], JSON.stringify(body));
    };
    media.household.quickConnectEnabled = false;
    await refused('QUICK_CONNECT_OFF');
    media.household.quickConnectEnabled = true;
    await media.fault('starting');
    await refused('SERVER_MAINTENANCE');
    await media.clear();
    const emby = await startMedia({ kind: 'emby' });
    await refused('SERVER_WRONG_KIND', emby.url);
    await emby.stop();
    await refused('SERVER_HOST_UNKNOWN', 'http://no-such-host.invalid');
    assert.equal((await service.ask(`POST ${ROUTE}`, { address: 'ftp://x' })).body.field, 'address');
    const begun = await begin(service, media);
    await media.fault('starting');
    assert.equal((await standing(service, begun.id, ({ problem }) => problem)).problem.code, 'SERVER_MAINTENANCE');
    await media.clear();
    media.household.agree(begun.code);
    assert.equal((await standing(service, begun.id)).status, 'agreed', 'it goes on when the server is back');
    const asked = media.asked.length;
    const next = await begin(service, media);
    assert.equal((await show(service, begun.id)).status, 404, 'one of a session: the next takes its place');
    await media.fault('wrongIdentity');
    assert.deepEqual((await standing(service, next.id)).problem.code, 'SERVER_ANOTHER');
    assert.ok(media.asked.slice(asked).every(({ path: one, faults }) => !faults.has('wrongIdentity') || one === '/System/Info/Public'), 'another server gets no secret');
    await media.stop();
  });

  test('nobody else hears of it, and neither secret nor token is found anywhere', async () => {
    const own = await Service.start({ env: { PLAYBUS_LOG_LEVEL: 'debug' } });
    const media = await startMedia();
    const begun = await begin(own, media);
    const other = await own.signIn();
    for (const [what, body] of [[`GET ${ROUTE}/${begun.id}`], [`POST ${ROUTE}/${begun.id}/add`, { name: 'Mine' }], [`DELETE ${ROUTE}/${begun.id}`]]) {
      const said = await own.ask(what, body, other);
      assert.deepEqual([said.status, said.body.code], [404, 'QUICK_CONNECT_NOT_FOUND'], what);
    }
    await begin(own, media, other);
    assert.equal((await show(own, begun.id)).body.status, 'waiting', 'each has one');
    assert.equal((await own.ask(`POST ${ROUTE}`, { address: media.url }, await own.signInViewer())).body.code, 'ROLE_TOO_LOW');
    media.household.agree(begun.code);
    const answers = [begun, await standing(own, begun.id), await add(own, begun), await own.fetched('/audit/events?limit=1000'), await own.fetched('/servers')];
    const secrets = [media.household.sessions().at(-1).token, /secret=([0-9A-F]{64})/.exec(media.asked.find(({ url }) => url.includes('secret=')).url)[1]];
    await own.stop();
    const look = (what, bytes) => { for (const secret of secrets) assert.ok(!bytes.includes(secret), `${what} holds ${secret}`); };
    look('an answer', JSON.stringify(answers));
    look('the log', own.logged);
    for (const file of files(own.data)) look(file, contents(file));
    await media.stop();
  });

  test('the command line prints the code, and adds the server when it was typed', async () => {
    const media = await startMedia();
    const child = spawn(path.join(bin, 'playbus'), ['server', 'add', 'Typed', media.url, '--kind', 'jellyfin', '--quick-connect', '--data', service.data], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of Object.keys(said)) child[name].on('data', (text) => { said[name] += text; });
    const ended = new Promise((resolve) => { child.on('close', resolve); });
    media.household.agree(await until('the code', () => /Quick Connect: ([0-9]{6})/.exec(said.stderr)?.[1]));
    assert.equal(await ended, 0, said.stderr);
    assert.match(said.stdout, /^Typed was added: Test Media Server, version 10\.11\.5\n$/);
    await removeAll();
    await media.stop();
  });
});
