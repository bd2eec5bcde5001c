// SPDX-License-Identifier: MIT
// media_server.test.mjs - the media server of the tests answers in the shapes that clients rely on, and goes wrong
// as it is told to. Nothing of Playbus runs here.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, afterEach, test } from 'node:test';
import tls from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { goneAccount } from '../support/media_server/history.mjs';
import { MediaServer } from '../support/media_server.mjs';

const server = await MediaServer.start({ plays: 4000, tls: true });
const { tokens, plexTv } = server;
const asJson = { accept: 'application/json' };
const client = { ...asJson, 'x-plex-client-identifier': 'test-client', 'x-plex-product': 'Playbus' };

after(() => server.stop());
afterEach(() => server.clear());

const ask = (path, token = tokens.owner, headers = asJson, options = {}) =>
  fetch(server.url + path, { headers: token === null ? headers : { ...headers, 'x-plex-token': token }, redirect: 'manual', ...options });
const container = async (path, token) => (await (await ask(path, token)).json()).MediaContainer;
const pageOf = (start, size, more = '') => `/status/sessions/history/all?X-Plex-Container-Start=${start}&X-Plex-Container-Size=${size}${more}`;
const page = (start, size, more, token) => container(pageOf(start, size, more), token);
const idOf = (row) => Number(row.historyKey.split('/').at(-1));

const types = ({ ratingKey, librarySectionID, viewedAt, accountID, deviceID }) =>
  Object.fromEntries(Object.entries({ ratingKey, librarySectionID, viewedAt, accountID, deviceID }).map(([name, value]) => [name, typeof value]));

/** Reads the history as a client does: page after page, on by what came. */
async function walked(more = '', size = 500) {
  const rows = [];
  for (;;) {
    const { Metadata = [], totalSize } = await page(rows.length, size, more);
    rows.push(...Metadata);
    if (Metadata.length === 0 || rows.length >= totalSize) return rows;
  }
}

test('/identity answers any token, everything else only one that is known', async () => {
  for (const token of [null, tokens.bad, tokens.owner]) assert.equal((await container('/identity', token)).machineIdentifier, server.machineIdentifier);
  for (const path of ['/', '/accounts', '/library/sections', '/status/sessions/history/all']) {
    const refused = await ask(path, tokens.bad);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('content-type'), 'text/html');
    assert.match(await refused.text(), /^<html><head><title>Unauthorized<\/title>/);
    assert.equal((await ask(path)).status, 200);
  }
  assert.equal((await ask(`/accounts?X-Plex-Token=${tokens.owner}`, null)).status, 200);
  assert.deepEqual([server.asked.at(-1).tokenIn, server.asked.at(-2).tokenIn], ['query', 'header']);
});

test('the owner is told who the owner is, and who is not is refused the lists of the server', async () => {
  assert.equal((await container('/')).myPlexUsername, 'owner@example.com');
  assert.equal((await container('/', tokens.shared)).myPlexUsername, undefined);
  const accounts = await container('/accounts');
  assert.deepEqual(accounts.Account.slice(0, 2).map(({ id, name }) => [id, name === '']), [[0, true], [1, false]]);
  for (const token of [tokens.shared, tokens.managed]) assert.equal((await ask('/accounts', token)).status, 403);
});

test('XML comes unless JSON is asked for, with the same fields', async () => {
  const xml = await ask(pageOf(0, 50), tokens.owner, { accept: '*/*' });
  assert.match(xml.headers.get('content-type'), /^text\/xml/);
  const body = await xml.text();
  const { Metadata } = await page(0, 50);
  assert.equal([...body.matchAll(/<(Video|Track) /g)].length, 50);
  for (const row of Metadata) assert.ok(body.includes(`historyKey="${row.historyKey}"`) && body.includes(`viewedAt="${row.viewedAt}"`));
  assert.match(await (await ask('/identity', null, {})).text(), /claimed="1"/);
});

test('every play comes once over the pages, and a page has a total that a whole answer lacks', async () => {
  const rows = await walked();
  assert.deepEqual(rows.map(idOf), server.history.rows.map(idOf));
  assert.equal(rows.length, 4000);
  assert.deepEqual(types(rows.find((row) => row.type === 'episode' && row.ratingKey && row.librarySectionID && row.deviceID)), {
    ratingKey: 'string', librarySectionID: 'string', viewedAt: 'number', accountID: 'number', deviceID: 'number',
  });
  const whole = await container('/status/sessions/history/all');
  assert.deepEqual([whole.size, whole.totalSize, whole.offset], [4000, undefined, undefined]);
  const half = await container('/status/sessions/history/all?X-Plex-Container-Size=10');
  assert.equal(half.size, 4000);
  const counted = await page(0, 0);
  assert.deepEqual([counted.size, counted.totalSize, 'Metadata' in counted], [0, 4000, false]);
});

test('filters narrow what is told, and one that is not of the grammar is ignored without a word', async () => {
  const since = server.history.rows[3000].viewedAt;
  const expected = server.history.rows.filter((row) => row.viewedAt >= since).length;
  for (const form of [`&viewedAt%3E=${since}`, `&viewedAt>=${since}`]) assert.equal((await page(0, 0, form)).totalSize, expected);
  assert.equal((await page(0, 0, `&viewedAt>>=${since}`)).totalSize, 4000);
  const some = await page(0, 1000, `&viewedAt>=${since}&accountID=1&librarySectionID=2`);
  assert.ok(some.size > 10 && some.Metadata.every((row) => row.viewedAt >= since && row.accountID === 1 && row.librarySectionID === '2'));
  const times = (await walked('&sort=viewedAt:desc')).map((row) => row.viewedAt);
  assert.deepEqual(times, [...times].sort((a, b) => b - a));
  const show = server.place.library.episodes.find((item) => item.fate === 'kept').show.ratingKey;
  assert.ok((await page(0, 5, `&metadataItemID=${show}`)).Metadata.every((row) => row.grandparentKey === `/library/metadata/${show}`));
  const bare = (await page(0, 5, '&excludeFields=thumb,key')).Metadata;
  assert.ok(bare.every((row) => !('thumb' in row) && !('key' in row)));
});

test('who is not the owner sees the own plays', async () => {
  const own = await page(0, 1000, '', tokens.shared);
  const { id } = server.place.accounts[2];
  assert.ok(own.size > 100 && own.Metadata.every((row) => row.accountID === id));
});

test('a history has the oddities of real ones', () => {
  const { rows } = server.history;
  const { devices, accounts } = server.place;
  const some = (what, fits) => assert.ok(rows.some(fits), what);
  some('a deleted item', (row) => !('ratingKey' in row) && !('key' in row) && !('thumb' in row) && row.title);
  some('an old row without a device', (row) => !('deviceID' in row));
  some('a device that is not listed', (row) => row.deviceID && !devices.some((one) => one.id === row.deviceID));
  some('a person who left', (row) => row.accountID === goneAccount && !accounts.some((one) => one.id === goneAccount));
  some('no section', (row) => !('librarySectionID' in row));
  some('a section that is gone', (row) => row.librarySectionID === '9');
  some('an episode without its parents', (row) => row.type === 'episode' && row.key && !row.live && !row.parentKey);
  some('an episode of a show without seasons', (row) => row.parentKey && row.parentKey === row.grandparentKey);
  some('a quoted index', (row) => typeof row.index === 'string');
  some('live TV', (row) => row.live === 1);
  some('a trailer', (row) => row.type === 'clip');
  assert.ok(rows.some((row, i) => i > 0 && row.viewedAt < rows[i - 1].viewedAt - 1000), 'a play told later than it was');
  assert.ok(rows.some((row, i) => {
    const five = rows.slice(i, i + 5);
    if (five.length < 5 || row.type !== 'movie' || five.some((one) => one.title !== row.title)) return false;
    return five[4].viewedAt - row.viewedAt === 40 && five[1].viewedAt === five[2].viewedAt;
  }), 'five rows of one film within 40 s');
  const live = rows.filter((row) => row.live);
  assert.ok(new Set(live.map((row) => row.title)).size > new Set(live.map((row) => row.ratingKey)).size, 'keys of live TV are used again');
});

test('a batch of items gives those that are there, in an order of its own, and 404 only if none is', async () => {
  const { films, items } = server.place.library;
  const [a, b] = films.filter((item) => item.fate === 'kept').map((item) => item.ratingKey);
  const found = await container(`/library/metadata/${b},999999,${a}`);
  assert.deepEqual(found.Metadata.map((item) => item.ratingKey), [String(a), String(b)]);
  assert.equal(typeof found.Metadata[0].librarySectionID, 'number');
  assert.ok(found.Metadata[0].duration > 0 && found.Metadata[0].Media[0].Part[0].file);
  const none = await ask('/library/metadata/999998,999999');
  assert.deepEqual([none.status, none.headers.get('content-type')], [404, 'text/html']);
  const lost = [...items.values()].find((item) => item.fate === 'lost');
  assert.equal((await ask(`/library/metadata/${lost.ratingKey}`)).status, 404);
});

test('a question of size 0 tells how many items a section has', async () => {
  const { Directory } = await container('/library/sections');
  assert.deepEqual(Directory.map(({ key, type }) => [key, type]), [['1', 'movie'], ['2', 'show'], ['3', 'artist']]);
  const { totalSize, size } = await container('/library/sections/1/all?X-Plex-Container-Start=0&X-Plex-Container-Size=0');
  assert.ok(size === 0 && totalSize > 100);
  assert.equal((await ask('/library/sections/9/all')).status, 404);
});

test('a row of the history can be taken out, and one that is not there is not found', async () => {
  const row = server.play({ viewedAt: 1_700_000_000 });
  assert.equal((await container(row.historyKey)).Metadata[0].viewedAt, 1_700_000_000);
  const removed = await ask(row.historyKey, tokens.owner, asJson, { method: 'DELETE' });
  assert.deepEqual(await removed.json(), { MediaContainer: { size: 0 } });
  assert.equal((await ask(row.historyKey)).status, 404);
});

test('a person signs in by a PIN: hidden from others, then with servers and a token for each', async () => {
  const post = (headers, query = '') => fetch(`${plexTv.url}/api/v2/pins${query}`, { method: 'POST', headers });
  const unnamed = await post(asJson);
  assert.equal(unnamed.status, 400);
  assert.equal((await unnamed.json()).errors[0].code, 1000);
  const made = await post(client, '?strong=true');
  assert.equal(made.status, 201);
  const pin = await made.json();
  assert.deepEqual([pin.authToken, pin.product, pin.code.length > 4], [null, 'Playbus', true]);
  assert.match((await (await post(client)).json()).code, /^[0-9A-F]{4}$/);
  const poll = async (headers) => (await fetch(`${plexTv.url}/api/v2/pins/${pin.id}`, { headers })).json();
  assert.equal((await poll({ ...client, 'x-plex-client-identifier': 'another' })).errors[0].code, 1020);
  assert.equal((await poll(client)).authToken, null);
  const form = new URLSearchParams({ code: pin.code, forwardUrl: 'http://127.0.0.1:8674/signed-in' });
  const allowed = await fetch(`${plexTv.url}/auth/allow`, { method: 'POST', redirect: 'manual', body: form });
  assert.equal(allowed.headers.get('location'), 'http://127.0.0.1:8674/signed-in');
  const { authToken } = await poll(client);
  assert.equal(authToken, tokens.account);
  plexTv.expire(pin.id);
  assert.equal((await poll(client)).errors[0].message, 'Code not found or expired');

  const signed = (path, token = authToken) => fetch(plexTv.url + path, { headers: { ...client, 'x-plex-token': token } });
  const refused = await signed('/api/v2/user', tokens.bad);
  assert.deepEqual([refused.status, (await refused.json()).errors[0].code], [401, 1001]);
  const [own, friend, player] = await (await signed('/api/v2/resources?includeHttps=1')).json();
  assert.deepEqual([own.clientIdentifier, own.accessToken, own.owned, own.publicAddress], [server.machineIdentifier, tokens.owner, true, null]);
  assert.match(own.connections[0].uri, /^https:\/\/127-0-0-1\.[0-9a-f]{32}\.plex\.direct:\d+$/);
  assert.deepEqual([friend.owned, player.provides.split(',').includes('server')], [false, false]);
  const [plainly] = await (await signed('/api/v2/resources')).json();
  assert.ok(plainly.connections.some((one) => one.uri === server.url));
});

test('the same port speaks TLS, with a certificate that can change while it runs', async () => {
  const shown = () => new Promise((resolve, reject) => {
    const socket = tls.connect({ port: server.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(createHash('sha256').update(socket.getPeerCertificate().raw).digest('hex'));
      socket.destroy();
    }).on('error', reject);
  });
  const before = server.certificate.sha256;
  assert.equal(await shown(), before);
  await assert.rejects(fetch(`${server.tlsUrl}/identity`));
  const trusted = await new Promise((resolve, reject) => {
    const options = { ca: readFileSync(server.certificate.file), agent: false };
    https.get(`${server.tlsUrl}/identity`, options, (answer) => resolve(answer.resume().statusCode)).on('error', reject);
  });
  assert.equal(trusted, 200);
  await server.fault('newCertificate');
  assert.notEqual(server.certificate.sha256, before);
  assert.equal(await shown(), server.certificate.sha256);
});

test('a certificate of plex.direct is good for that name under its authority', async () => {
  const direct = await MediaServer.start({ plays: 1, tls: 'plex.direct' });
  const name = `127-0-0-1.${direct.plexTv.directId}.plex.direct`;
  const told = (servername) => new Promise((resolve) => {
    const socket = tls.connect({ port: direct.port, host: '127.0.0.1', servername, ca: readFileSync(direct.authority.file) });
    socket.on('secureConnect', () => { resolve('good'); socket.destroy(); }).on('error', (error) => resolve(error.code));
  });
  assert.equal(await told(name), 'good');
  assert.equal(await told('127-0-0-1.other.plex.direct'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  await direct.stop();
});

test('a base path of a proxy is kept: nothing answers beside it', async () => {
  const based = await MediaServer.start({ plays: 1, basePath: '/plex' });
  const origin = new URL(based.url).origin;
  const statuses = await Promise.all(['/plex/identity', '/identity', '/plexus/identity'].map(async (path) => (await fetch(origin + path)).status));
  assert.deepEqual(statuses, [200, 404, 404]);
  await based.stop();
});

// ---- faults ----

test('maintenance is told on every path, in XML and JSON', async () => {
  await server.fault('maintenance', { times: 2 });
  const told = await ask('/identity', null);
  const status = 'Plex Media Server is currently running database migrations.';
  assert.deepEqual([told.status, await told.json()], [503, { code: 503, title: 'Maintenance', status }]);
  const xml = await (await ask('/accounts', tokens.owner, {})).text();
  assert.ok(xml.includes(`<Response code="503" title="Maintenance" status="${status}"/>`));
  assert.equal((await ask('/identity')).status, 200);
});

test('a fault can begin late, end by itself, and stay with one path or host', async () => {
  await server.fault('missing', { path: '/accounts', after: 1, times: 1 });
  const statuses = [];
  for (const path of ['/accounts', '/identity', '/accounts', '/accounts']) statuses.push((await ask(path)).status);
  assert.deepEqual(statuses, [200, 200, 404, 200]);
  await server.fault('unauthorized', { host: 'plexTv' });
  assert.equal((await ask('/accounts')).status, 200);
  const refused = await fetch(`${plexTv.url}/api/v2/user`, { headers: { ...client, 'x-plex-token': tokens.account } });
  assert.equal((await refused.json()).errors[0].code, 1001);
  await assert.rejects(server.fault('nothing of that name'));
});

test('too many requests say when to come again, in several forms', async () => {
  for (const [form, expected] of [['005', /^005$/], ['30', /^30$/], ['date', /GMT$/], ['past', /GMT$/]]) {
    await server.fault('tooMany', { retryAfter: form });
    const told = await ask('/accounts');
    assert.equal(told.status, 429);
    assert.match(told.headers.get('retry-after'), expected);
  }
  await server.fault('tooMany', { retryAfter: null });
  assert.equal((await ask('/accounts')).headers.get('retry-after'), null);
});

test('answers that are of something else', async () => {
  const told = async (name, options, path = '/identity') => {
    await server.clear();
    await server.fault(name, options);
    const answer = await ask(path);
    return [answer.status, await answer.text()];
  };
  assert.match((await told('notMedia'))[1], /Router/);
  assert.equal((await told('jellyfin'))[0], 404);
  assert.match((await told('jellyfin', {}, '/System/Info/Public'))[1], /Jellyfin Server/);
  assert.match((await told('oldJson'))[1], /_elementType/);
  assert.match((await told('status', { code: 502, body: 'bad gateway' }))[1], /bad gateway/);
  assert.match((await told('wrongIdentity', { machineIdentifier: 'e'.repeat(40) }))[1], /e{40}/);
  for (const kind of ['broken', 'empty', 'deep', 'nul', 'utf8', 'number']) assert.equal((await told('nonsense', { kind }))[0], 200);
  const quoted = JSON.parse((await told('wrongTypes', { kind: 'quoted' }, pageOf(0, 2)))[1]);
  assert.equal(typeof quoted.MediaContainer.Metadata[0].viewedAt, 'string');
  const rows = JSON.parse((await told('wrongTypes', {}, pageOf(0, 12)))[1]);
  assert.equal(rows.MediaContainer.Metadata[0].viewedAt, 'yesterday');
  await server.clear();
});

test('a redirect shows another address, and the server there remembers who came with a token', async () => {
  const other = await MediaServer.start({ plays: 1, seed: 2 });
  await server.fault('redirect', { to: other.url });
  const told = await ask('/accounts');
  assert.deepEqual([told.status, told.headers.get('location')], [302, `${other.url}/accounts`]);
  assert.equal(other.asked.length, 0);
  await fetch(`${server.url}/accounts`, { headers: { 'x-plex-token': tokens.owner } });
  assert.equal(other.asked[0].token, tokens.owner, 'a careless client is seen');
  await other.stop();
});

test('pages that lie: endless, ignored filters and paging, short, of the wrong size, and rows that vanish', async () => {
  await server.fault('endless');
  const [first, later] = [await page(0, 50), await page(5000, 50)];
  assert.deepEqual([first.size, later.size, later.totalSize > 5050], [50, 50, true]);
  assert.notEqual(idOf(first.Metadata[0]), idOf(later.Metadata[0]));
  await server.fault('endless', { same: true });
  assert.equal(idOf((await page(5000, 50)).Metadata[0]), 1);
  await server.clear();
  await server.fault('ignoredFilters');
  assert.equal((await page(0, 0, '&viewedAt>=1&accountID=77')).totalSize, 4000);
  await server.fault('ignoredPaging');
  assert.equal((await page(0, 10)).size, 4000);
  await server.clear();
  await server.fault('shortPages', { rows: 7 });
  assert.equal((await page(0, 100)).size, 7);
  await server.fault('wrongSize');
  assert.equal((await page(0, 100)).size, 10_855);
  await server.clear();
  const small = await MediaServer.start({ plays: 100 });
  await small.fault('vanishing', { rows: 10 });
  const at = (start) => fetch(small.url + pageOf(start, 20), { headers: { ...asJson, 'x-plex-token': small.tokens.owner } });
  const ids = (await (await at(0)).json()).MediaContainer.Metadata.map(idOf);
  const next = (await (await at(20)).json()).MediaContainer;
  assert.deepEqual([ids.at(-1), idOf(next.Metadata[0]), next.totalSize], [20, 31, 90]);
  await small.stop();
});

test('thousands of rows are of one second, and more can be added while it runs', async () => {
  const many = await MediaServer.start({ plays: 200, sameSecond: 10_000, oddities: false });
  const { viewedAt } = many.history.rows[5000];
  const ofThatSecond = () => many.history.rows.filter((row) => row.viewedAt === viewedAt).length;
  assert.deepEqual([many.history.rows.length, ofThatSecond()], [10_200, 10_001]);
  assert.ok(many.history.rows.at(-1).viewedAt > viewedAt && many.history.rows.at(-1).viewedAt <= many.place.now);
  many.play({ viewedAt }, 5);
  assert.equal(ofThatSecond(), 10_006);
  await many.stop();
});

test('bodies that are cut, slow, compressed, huge or never come', async () => {
  for (const chunked of [false, true]) {
    await server.fault('cut', { chunked });
    await assert.rejects((await ask('/accounts')).text());
  }
  await server.clear();
  await server.fault('reset');
  await assert.rejects(ask('/accounts'));
  await server.clear();
  await server.fault('silent');
  await assert.rejects(ask('/accounts', tokens.owner, asJson, { signal: AbortSignal.timeout(100) }), { name: 'TimeoutError' });
  await server.clear();
  await server.fault('slow', { msPerRow: 5 });
  const begun = Date.now();
  await page(0, 40);
  assert.ok(Date.now() - begun >= 190);
  await server.clear();
  await server.fault('compressed');
  const raw = await new Promise((resolve) => {
    https.get(`${server.tlsUrl}/identity`, { rejectUnauthorized: false, agent: false }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      resolve({ encoding: answer.headers['content-encoding'], body: gunzipSync(Buffer.concat(parts)).toString() });
    });
  });
  assert.equal(raw.encoding, 'gzip');
  assert.match(raw.body, /machineIdentifier/);
  await server.clear();
  await server.fault('huge', { bytes: 4 << 20, announced: true });
  const huge = await ask('/identity');
  assert.ok(Number(huge.headers.get('content-length')) > 4 << 20);
  assert.equal((await huge.json()).MediaContainer.size, 0);
  await server.clear();
  await server.fault('gzipBomb', { bytes: 8 << 20 });
  assert.equal((await (await ask('/identity')).text()).length > 8 << 20, true);
  await server.fault('gzipBomb', { bytes: 1 << 30 });
  const bomb = await ask('/identity');
  await bomb.body.cancel(); // a client that has enough hangs up, and the server does not mind
  await server.clear();
  assert.equal((await ask('/identity')).status, 200);
});

test('a port that refuses, and is there again', async () => {
  await server.fault('refused');
  await assert.rejects(ask('/identity'));
  await server.clear();
  assert.equal((await ask('/identity')).status, 200);
});

test('a test that is not written in Node switches faults, adds plays and reads what was asked, over HTTP', async () => {
  const control = (method, path, body) => fetch(server.controlUrl + path, { method, body: body && JSON.stringify(body) });
  assert.deepEqual((await (await control('PUT', '/faults/forbidden', { path: '/accounts' })).json()).faults, ['forbidden']);
  assert.equal((await ask('/accounts')).status, 403);
  assert.deepEqual((await (await control('DELETE', '/faults')).json()).faults, []);
  assert.equal((await control('PUT', '/faults/unheard-of')).status, 400);
  const before = server.history.rows.length;
  assert.equal((await (await control('POST', '/plays', { viewedAt: 1_700_000_000, count: 3 })).json()).plays, before + 3);
  const asked = await (await control('GET', '/asked')).json();
  assert.deepEqual([asked.at(-1).path, asked.at(-1).headers['x-plex-token'], asked.at(-1).faults], ['/accounts', tokens.owner, ['forbidden']]);
});

test('by kind and version a Jellyfin or Emby server believes a token in some headers and not in others', async () => {
  const ways = {
    authorization: (key) => ['', { authorization: `MediaBrowser Token="${key}", Client="c", Device="d", DeviceId="i", Version="1"` }],
    'x-emby-token': (key) => ['', { 'x-emby-token': key }], 'x-mediabrowser-token': (key) => ['', { 'x-mediabrowser-token': key }],
    api_key: (key) => [`?api_key=${key}`, {}],
  };
  const all = Object.keys(ways);
  const believed = [['jellyfin', '10.8.13', all], ['jellyfin', '10.11.5', all], ['jellyfin', '12.0.0', ['authorization']],
    ['emby', '4.8.11.0', ['x-emby-token', 'api_key']], ['emby', '4.9.5.0', ['x-emby-token', 'api_key']]];
  for (const [kind, version, wanted] of believed) {
    const media = await MediaServer.start({ kind, version, plays: 0 });
    const found = [];
    for (const [name, way] of Object.entries(ways)) {
      const [query, headers] = way(media.tokens.key);
      const { status } = await fetch(`${media.url}/System/Info${query}`, { headers });
      assert.ok(status === 200 || status === 401, `${kind} ${version} ${name}: ${status}`);
      if (status === 200) found.push(name);
    }
    assert.deepEqual(found, wanted, `${kind} ${version}`);
    const { Id, ProductName, RemoteAddresses } = await (await fetch(`${media.url}/System/Info/Public`)).json();
    assert.match(Id, /^[0-9a-f]{32}$/);
    assert.deepEqual([ProductName !== undefined, RemoteAddresses !== undefined], kind === 'jellyfin' ? [true, false] : [false, true]);
    await media.stop();
  }
});
