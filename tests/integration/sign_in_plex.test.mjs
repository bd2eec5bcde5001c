// SPDX-License-Identifier: MIT
// sign_in_plex.test.mjs - signing in with Plex: a person agrees at plex.tv, their servers are listed with the addresses
// that really lead to them, and one is added; nobody else hears of it, and no token of plex.tv is found anywhere.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MediaServer } from '../support/media_server.mjs';
import { bin, coming, contents, files, place, root, Service, tree, until } from './service.mjs';

const running = new Set();
after(() => Promise.all([...running].map((media) => media.stop())));

async function startMedia(options) {
  const media = await MediaServer.start(options);
  running.add(media);
  return media;
}

/** Another server of the same account. */
async function startSecond(media) {
  const second = await startMedia({ seed: 77, name: 'Second Server' });
  const [row] = media.plexTv.more;
  media.plexTv.more.push({ ...row, name: 'Second Server', clientIdentifier: second.machineIdentifier, accessToken: second.tokens.owner, owned: true,
    connections: [{ uri: second.url, local: true }] });
  return second;
}

const startService = (media, more = {}) => Service.start({ env: { PLAYBUS_PLEX_TV_ADDRESS: media.plexTv.url, ...more } });

/** A sign-in that plex.tv takes part in; what was told of it. */
async function begin(service, body = {}, as = undefined) {
  const said = await service.ask('POST /servers/plex/pin', body, as);
  assert.equal(said.status, 201, JSON.stringify(said.body));
  return said.body;
}

const show = (service, id, as) => service.ask(`GET /servers/plex/pin/${id}`, undefined, as);
const codeOf = ({ address }) => new URLSearchParams(address.split('#?')[1]).get('code');

/** Where it stands when it is no longer waiting, or when the condition is met. */
const standing = (service, id, wanted = ({ status }) => status !== 'waiting', as = undefined) => until('the sign-in goes on', async () => {
  const { status, body } = await show(service, id, as);
  assert.equal(status, 200, JSON.stringify(body));
  return wanted(body) && body;
});

async function signedIn(service, media, who = 'owner') {
  const pin = await begin(service);
  media.plexTv.approve(codeOf(pin), who);
  const done = await standing(service, pin.id);
  assert.equal(done.status, 'done', JSON.stringify(done));
  return done;
}

const add = (service, { id }, fields) => service.ask(`POST /servers/plex/pin/${id}/add`, fields);

describe('signing in with Plex', () => {
  let service;
  let media;
  before(async () => {
    media = await startMedia({ tls: false });
    service = await startService(media);
  });
  after(async () => {
    await service.stop();
    await media.stop();
  });
  const removeAll = async () => {
    for (const { id } of (await service.fetched('/servers')).items) {
      assert.equal((await service.ask(`DELETE /servers/${id}`)).status, 200);
    }
  };

  test('who agrees sees their servers, those addresses first that lead to them, and adds one', async () => {
    const pin = await begin(service);
    assert.deepEqual([pin.status, pin.servers, pin.code], ['waiting', [], undefined]);
    assert.ok(Date.parse(pin.expires_at) > Date.now());
    const [page, values] = pin.address.split('#?');
    const told = new URLSearchParams(values);
    assert.equal(page, `${media.plexTv.url}/auth`);
    assert.deepEqual([...told.keys()], ['clientID', 'code', 'context[device][product]']);
    assert.match(told.get('clientID'), /^[0-9a-f]{32}$/);
    assert.equal((await add(service, pin, { machine_identifier: media.machineIdentifier })).body.code, 'PLEX_PIN_OVER');
    media.plexTv.approve(told.get('code'));
    const done = await standing(service, pin.id);
    assert.deepEqual([done.status, done.signed_in, done.address, done.problem], ['done', true, undefined, undefined], JSON.stringify(done));
    const left = Date.parse(done.expires_at) - Date.now();
    assert.ok(left > 0 && left <= 600_000, `tokens are kept for ten minutes from when the person agreed, not ${left} ms more`);
    const [own, friend, ...others] = done.servers;
    assert.deepEqual(others, [], 'players are no servers');
    assert.deepEqual([own.machine_identifier, own.name, own.owned, own.note, own.server_id], [media.machineIdentifier, 'Test Media Server', true, undefined, undefined]);
    assert.deepEqual(own.connections.map(({ address, works, code }) => [address, works, code]),
      [[media.url, true, undefined], ['http://127.0.0.1:9', false, 'SERVER_UNREACHABLE']]);
    assert.deepEqual([friend.owned, friend.owner, friend.connections.map(({ works }) => works)], [false, 'afriend', [false]]);
    assert.match(friend.note, /your own plays only/);
    const added = await add(service, pin, { machine_identifier: own.machine_identifier });
    assert.equal(added.status, 201, JSON.stringify(added.body));
    const { server } = added.body;
    assert.deepEqual([server.name, server.address, server.identity, server.has_token, server.test.works], ['Test Media Server', media.url, media.machineIdentifier, true, true]);
    assert.ok(media.asked.every(({ token, tokenIn }) => token === undefined || tokenIn === 'header'));
    assert.equal((await service.ask(`POST /servers/${server.id}/test`)).status, 200);
    const still = await show(service, pin.id);
    assert.deepEqual([still.body.status, still.body.servers.map(({ server_id: known }) => known)], ['done', [server.id, undefined]], 'it is known as the one that was added');
    assert.equal((await add(service, pin, { machine_identifier: own.machine_identifier })).body.code, 'SERVER_KNOWN');
    assert.equal((await signedIn(service, media)).servers[0].server_id, server.id);
    await removeAll();
  });

  test('several servers are added of one sign-in, until it is closed', async () => {
    const second = await startSecond(media);
    const done = await signedIn(service, media);
    for (const one of [second, media]) {
      const { status, body } = await add(service, done, { machine_identifier: one.machineIdentifier });
      assert.deepEqual([status, body.server?.identity, body.server?.test.works], [201, one.machineIdentifier, true], JSON.stringify(body));
    }
    assert.equal((await service.ask(`DELETE /servers/plex/pin/${done.id}`)).status, 200);
    assert.equal((await add(service, done, { machine_identifier: done.servers[2].machine_identifier })).body.code, 'PLEX_PIN_NOT_FOUND');
    media.plexTv.more.pop();
    await removeAll();
  });

  test('what cannot be added is told, and the sign-in stays good', async () => {
    const done = await signedIn(service, media);
    const { machine_identifier: mine } = done.servers[0];
    const taken = await service.ask('POST /servers', { name: 'test media server', address: media.url });
    assert.equal(taken.status, 201);
    const refused = async (fields, code, field) => {
      const { body } = await add(service, done, fields);
      assert.deepEqual([body.code, body.field], [code, field], JSON.stringify(body));
    };
    await refused({ machine_identifier: 'nobody' }, 'BAD_FIELD', 'machine_identifier');
    await refused({ machine_identifier: mine, connection: 'http://127.0.0.1:1' }, 'BAD_FIELD', 'connection');
    await refused({ machine_identifier: mine, connection: 'http://127.0.0.1:9' }, 'SERVER_UNREACHABLE');
    await refused({ machine_identifier: mine, name: '\t' }, 'BAD_FIELD', 'name');
    await refused({ machine_identifier: done.servers[1].machine_identifier }, 'SERVER_UNREACHABLE');
    await refused({ machine_identifier: mine }, 'NAME_TAKEN');
    await refused({ machine_identifier: mine, holder: 'local' }, 'UNKNOWN_FIELD', 'holder');
    await media.fault('wrongIdentity', { machineIdentifier: 'f'.repeat(40) });
    media.asked.length = 0;
    await refused({ machine_identifier: mine, name: 'Other' }, 'SERVER_ANOTHER');
    assert.ok(!media.asked.some(({ token }) => token === media.tokens.owner), 'another server gets no token');
    await media.clear();
    assert.equal((await service.fetched('/servers')).items.length, 1);
    const added = await add(service, done, { machine_identifier: mine, name: 'Other', connection: media.url });
    assert.deepEqual([added.status, added.body.server.name], [201, 'Other'], JSON.stringify(added.body));
    await removeAll();
  });

  test('a server that is shared can be added, and says that it tells of one\'s own plays only', async () => {
    const done = await signedIn(service, media, 'shared');
    const shared = done.servers.find(({ machine_identifier: one }) => one === media.machineIdentifier);
    assert.equal(shared.owned, false);
    assert.ok(shared.owner && shared.note);
    const added = await add(service, done, { machine_identifier: shared.machine_identifier });
    assert.equal(added.status, 201, JSON.stringify(added.body));
    const { test: kept, identity } = added.body.server;
    assert.deepEqual([kept.works, kept.code, identity], [false, 'SERVER_TOKEN_TOO_LOW', media.machineIdentifier]);
    assert.match(kept.error, /its own plays only/);
    await removeAll();
  });

  test('it is of the session or token that began it, and each has one', async () => {
    const admin = await service.signIn();
    const other = await service.signIn();
    const mine = await begin(service, {}, admin);
    const forward = new URLSearchParams(mine.address.split('#?')[1]).get('forwardUrl');
    assert.equal(forward, `http://${service.address}/signed-in.html`, 'a page without values');
    for (const as of [other, undefined]) {
      for (const [what, body] of [[`GET /servers/plex/pin/${mine.id}`], [`DELETE /servers/plex/pin/${mine.id}`],
        [`POST /servers/plex/pin/${mine.id}/add`, { machine_identifier: media.machineIdentifier }]]) {
        const said = await service.ask(what, body, as);
        assert.deepEqual([said.status, said.body.code], [404, 'PLEX_PIN_NOT_FOUND'], what);
      }
    }
    const theirs = await begin(service, {}, other);
    assert.equal((await show(service, mine.id, admin)).body.status, 'waiting');
    const newer = await begin(service, {}, admin);
    assert.equal((await show(service, mine.id, admin)).body.code, 'PLEX_PIN_NOT_FOUND');
    assert.equal((await show(service, newer.id, admin)).body.status, 'waiting');
    const { 'x-csrf-token': _, ...without } = admin;
    for (const [what, body] of [['POST /servers/plex/pin', {}], [`POST /servers/plex/pin/${newer.id}/add`, { machine_identifier: 'x' }], [`DELETE /servers/plex/pin/${newer.id}`]]) {
      assert.equal((await service.ask(what, body, without)).body.code, 'CSRF_FAILED', what);
    }
    for (const [id, as] of [[newer.id, admin], [theirs.id, other]]) {
      assert.equal((await service.ask(`DELETE /servers/plex/pin/${id}`, undefined, as)).status, 200);
      assert.equal((await show(service, id, as)).status, 404);
    }
    const viewer = await service.signInViewer();
    assert.equal((await service.ask('POST /servers/plex/pin', {}, viewer)).body.code, 'ROLE_TOO_LOW');
  });

  test('nobody agrees in time: it has expired', async () => {
    const pin = await begin(service);
    media.plexTv.expire(codeOf(pin));
    const over = await standing(service, pin.id);
    assert.deepEqual([over.status, over.problem, over.address, over.expires_at], ['expired', undefined, undefined, undefined]);
    assert.equal((await add(service, pin, { machine_identifier: media.machineIdentifier })).body.code, 'PLEX_PIN_OVER');
  });

  test('a code to type is short, and plex.tv is asked with one identifier for good', async () => {
    const pin = await begin(service, { typed: true });
    assert.match(pin.code, /^[0-9A-Z]{4}$/);
    assert.equal(pin.address, `${media.plexTv.url}/link`);
    media.plexTv.approve(pin.code);
    assert.equal((await standing(service, pin.id)).status, 'done');
    await service.ask(`DELETE /servers/plex/pin/${pin.id}`);
    const asked = media.asked.filter(({ host }) => host === 'plexTv').map(({ headers }) => headers['x-plex-client-identifier']);
    assert.equal(new Set(asked).size, 1);
    assert.match(asked[0], /^[0-9a-f]{32}$/);
  });

  test('a plex.tv in trouble is told, and is asked again while there is hope', async () => {
    const refusals = { PLEX_TV_UNREACHABLE: ['refused'], PLEX_TV_FAILED: ['status', { code: 500 }], PLEX_TV_REFUSED: ['unauthorized'] };
    const told = new Set();
    for (const [code, [name, options]] of Object.entries(refusals)) {
      await media.fault(name, { host: 'plexTv', ...options });
      const { status, body } = await service.ask('POST /servers/plex/pin', {});
      await media.clear();
      assert.deepEqual([status, body.code], [422, code], JSON.stringify(body));
      told.add(body.error).add(body.remedy);
    }
    assert.equal(told.size, 6);
    const pin = await begin(service);
    await media.fault('refused', { host: 'plexTv' });
    const delayed = await standing(service, pin.id, ({ problem }) => problem);
    assert.deepEqual([delayed.status, delayed.problem.code], ['waiting', 'PLEX_TV_UNREACHABLE']);
    await media.clear();
    media.plexTv.approve(codeOf(pin));
    await media.fault('status', { host: 'plexTv', path: '/api/v2/resources', code: 502, times: 1 });
    const failing = await standing(service, pin.id, ({ problem, signed_in: agreed }) => agreed && problem);
    assert.equal(failing.problem.code, 'PLEX_TV_FAILED');
    const done = await standing(service, pin.id);
    assert.deepEqual([done.status, done.problem], ['done', undefined], JSON.stringify(done));
    const refused = await begin(service);
    await media.fault('unauthorized', { host: 'plexTv', path: '/api/v2/resources' });
    media.plexTv.approve(codeOf(refused));
    const over = await standing(service, refused.id);
    assert.deepEqual([over.status, over.problem.code], ['expired', 'PLEX_TV_REFUSED']);
    await media.clear();
  });

  test('a list of servers that is none ends it, and rows that are none are passed over', async () => {
    const kept = media.plexTv.more;
    const row = kept[0];
    media.plexTv.more = [null, 7, {}, { ...row, accessToken: null }, { ...row, accessToken: 'a\r\nb' }, { ...row, clientIdentifier: 5 }, { ...row, connections: 'none' },
      { ...row, name: `\u001b[2J${'ä'.repeat(200)}`, clientIdentifier: 'odd', connections: [null, { uri: 'gopher://x' }, { uri: 'http://ada:b@x' }, { uri: 'http://169.254.169.254', local: '1' }] }];
    const done = await signedIn(service, media);
    media.plexTv.more = kept;
    assert.deepEqual(done.servers.map(({ machine_identifier: one }) => one).sort(), [media.machineIdentifier, row.clientIdentifier, 'odd'].sort());
    const odd = done.servers.find(({ machine_identifier: one }) => one === 'odd');
    assert.match(odd.name, /^\?\[2Jä+$/);
    assert.deepEqual(odd.connections.map(({ address, local, code }) => [address, local, code]), [['http://169.254.169.254', true, 'SERVER_ADDRESS_FORBIDDEN']]);
    const pin = await begin(service);
    await media.fault('nonsense', { host: 'plexTv', path: '/api/v2/resources' });
    media.plexTv.approve(codeOf(pin));
    const over = await standing(service, pin.id);
    await media.clear();
    assert.deepEqual([over.status, over.problem.code], ['expired', 'PLEX_TV_FAILED']);
  });

  test('the audit log has who signed in with Plex and what was added', async () => {
    const done = await signedIn(service, media);
    const added = await add(service, done, { machine_identifier: media.machineIdentifier, name: 'Logged' });
    await add(service, done, { machine_identifier: media.machineIdentifier, connection: `http://x/?X-Plex-Token=${media.tokens.account}` });
    const gone = await begin(service);
    await service.ask(`DELETE /servers/plex/pin/${gone.id}`);
    const entries = await until('every entry', async () => {
      const { items } = await service.fetched('/audit/events?limit=12');
      const outcomes = items.filter(({ phase }) => phase === 'outcome').reverse();
      return outcomes.at(-1)?.action === 'close_plex_pin' && outcomes.slice(-5);
    });
    assert.deepEqual(entries.map(({ action, target }) => [action, target]), [['open_plex_pin', done.id], ['add_plex_server', media.machineIdentifier],
      ['add_plex_server', media.machineIdentifier], ['open_plex_pin', gone.id], ['close_plex_pin', gone.id]]);
    const [, first, second] = entries.map(({ params }) => (typeof params === 'string' ? JSON.parse(params) : params));
    assert.deepEqual([first.name, first.id], ['Logged', added.body.server.id]);
    assert.equal(second.connection, null);
    await removeAll();
  });

  test('plex.tv is left alone for as long as it asks to be', async () => { // the last one: the service remembers it
    await media.fault('tooMany', { host: 'plexTv', retryAfter: '30' });
    const { status, body } = await service.ask('POST /servers/plex/pin', {});
    assert.deepEqual([status, body.code], [422, 'PLEX_TV_BUSY'], JSON.stringify(body));
    assert.match(body.error, /30 s/);
    await media.clear();
    const before = media.asked.length;
    assert.equal((await service.ask('POST /servers/plex/pin', {})).body.code, 'PLEX_TV_BUSY');
    assert.equal(media.asked.length, before);
  });
});

test('plex.tv may answer 429 while it is asked about a PIN: it is asked later', async () => {
  const media = await startMedia();
  const service = await startService(media);
  const pin = await begin(service);
  await media.fault('tooMany', { host: 'plexTv', retryAfter: '6', times: 1 }); // longer than a failure is waited for
  const delayed = await standing(service, pin.id, ({ problem }) => problem);
  assert.deepEqual([delayed.status, delayed.problem.code], ['waiting', 'PLEX_TV_BUSY']);
  const at = () => media.asked.filter(({ path: one }) => /pins\/\d+$/.test(one)).at(-1).at;
  const busyAt = at();
  media.plexTv.approve(codeOf(pin));
  assert.equal((await standing(service, pin.id)).status, 'done');
  assert.ok(at() - busyAt >= 5900, `${at() - busyAt} ms`);
  await service.stop();
  await media.stop();
});

test('plain http to a plex.tv elsewhere is refused at the start', async () => {
  for (const [index, address] of ['http://plex.tv', 'http://192.168.1.2:80', 'http://127.0.0.1.example', 'plex', 'http://[::1'].entries()) {
    const child = spawn(path.join(bin, 'playbus'), ['up', '--data', path.join(place, `refused-${index}`), '--listen', '127.0.0.1:0'],
      { env: { ...process.env, PLAYBUS_PLEX_TV_ADDRESS: address }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => { said += text; });
    const status = await coming('the end of up', new Promise((resolve) => { child.on('exit', resolve); }));
    assert.equal(status, 78, `${address}: ${said}`);
    assert.match(said, /plex\.tv_address/, said);
  }
});

test('on the command line a code is typed, and the server that is named is added', async () => {
  const media = await startMedia();
  const service = await startService(media);
  const login = async (args, act) => {
    const child = spawn(path.join(bin, 'playbus'), ['server', 'login', ...args, '--data', service.data], { stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of Object.keys(said)) child[name].on('data', (text) => { said[name] += text; });
    const ended = new Promise((resolve) => { child.on('close', resolve); });
    const [, address, code] = await until('a code', () => /^Open (\S+) and type this code: (\S+)$/m.exec(said.stderr));
    assert.equal(address, `${media.plexTv.url}/link`);
    act(code, child);
    return { status: await coming('the end of login', ended), ...said };
  };
  const approve = (code) => media.plexTv.approve(code);
  const unasked = await login([], approve);
  assert.equal(unasked.status, 1);
  assert.match(unasked.stderr, /^ {2}1 {2}Test Media Server {2}http:.*\n {2}2 {2}A Friend’s Server \(shared by afriend, your own plays only\) {2}No server answers/m);
  assert.match(unasked.stderr, /Name it with --server NAME/);
  assert.equal((await login(['--server', 'nobody'], approve)).status, 1);
  const stopped = await login([], (_, child) => child.kill('SIGINT'));
  assert.equal(stopped.status, 130, stopped.stderr);
  const added = await login(['--server', 'test media server', '--name', 'Home'], approve);
  assert.deepEqual([added.status, added.stdout], [0, `Home was added: ${media.url}\n`], added.stderr);
  assert.equal((await service.fetched('/servers')).items[0].test.works, true);
  await service.stop();
  await media.stop();
});

test('on a terminal those servers are added that are chosen', async () => {
  const media = await startMedia();
  await startSecond(media);
  const service = await startService(media);
  const login = async (answers) => {
    const child = spawn('script', ['-qec', `'${path.join(bin, 'playbus')}' server login --data '${service.data}'`, '/dev/null'], { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (text) => { said += text; });
    const ended = new Promise((resolve) => { child.on('close', resolve); });
    media.plexTv.approve((await until('a code', () => /type this code: (\S+)/.exec(said)))[1]);
    for (const [i, answer] of answers.entries()) {
      await until(`question ${i + 1}`, () => said.split('Which one is added').length > i + 1);
      child.stdin.write(`${answer}\n`);
    }
    const status = await coming('the end of login', ended);
    return { status, said };
  };
  const none = await login(['']);
  assert.deepEqual([none.status, /Nothing was added/.test(none.said)], [1, true], none.said);
  const one = await login(['1', '']);
  assert.equal(one.status, 0, one.said);
  assert.match(one.said, /Second Server was added: [\s\S]*Second Server {2}is registered already[\s\S]*Which one is added too\? \(number, or nothing for no more\)/);
  const other = await login(['2']);
  assert.equal(other.status, 0, other.said);
  assert.match(other.said, /Test Media Server was added: /);
  assert.deepEqual((await service.fetched('/servers')).items.map(({ name }) => name).sort(), ['Second Server', 'Test Media Server']);
  await service.stop();
  await media.stop();
});

test('the page that plex.tv leads back to is there for everybody, and has nothing in it', async () => {
  const media = await startMedia();
  const service = await startService(media, { PLAYBUS_GATEWAY_WEB_DIR: path.join(root, 'web/src') });
  const answer = await fetch(`http://${service.address}/signed-in.html`);
  const text = await answer.text();
  assert.equal(answer.status, 200);
  assert.match(text, /You can close this window/);
  assert.doesNotMatch(text, /<script|<style|style=|https?:/);
  await service.stop();
  await media.stop();
});

test('the tokens of plex.tv are found nowhere: files, logs, answers, audit log, processes', async () => {
  const media = await startMedia();
  const service = await startService(media, { PLAYBUS_LOG_LEVEL: 'debug' });
  const secrets = [media.tokens.account, media.tokens.owner, media.plexTv.more[0].accessToken];
  const answers = [];
  const pin = await begin(service);
  media.plexTv.approve(codeOf(pin));
  answers.push(await standing(service, pin.id));
  const look = (what, bytes) => { for (const secret of secrets) assert.ok(!bytes.includes(secret), `${what} holds a token`); };
  const lookAround = () => { for (const file of files(service.data)) look(file, contents(file)); };
  lookAround();
  answers.push(await add(service, pin, { machine_identifier: media.machineIdentifier }));
  assert.equal(answers.at(-1).status, 201, JSON.stringify(answers.at(-1).body));
  for (const where of ['/servers', `/servers/plex/pin/${pin.id}`, '/audit/events?limit=1000', '/system']) answers.push(await service.fetched(where));
  answers.push(await (await service.fetch('/audit/export?format=jsonl')).text());
  look('an answer', JSON.stringify(answers));
  lookAround();
  for (const { pid } of tree(service.data)) for (const part of ['cmdline', 'environ']) look(`/proc/${pid}/${part}`, readFileSync(`/proc/${pid}/${part}`));
  for (const secret of secrets.slice(0, 2)) assert.ok(media.asked.some(({ token }) => token === secret), 'it was used');
  await service.stop();
  look('the log', service.logged);
  lookAround();
  await media.stop();
});
