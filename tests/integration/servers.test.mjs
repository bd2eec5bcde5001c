// SPDX-License-Identifier: MIT
// servers.test.mjs - media servers: one is added, tested, changed and removed by REST and by the command line;
// what is wrong with one is told apart; a token goes where it was meant for and is found nowhere else.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { sections } from '../support/media_server/library.mjs';
import { playbus, removeAll, startMedia, tested } from './registry.mjs';
import { bin, contents, files, freePort, localToken, place, Service, sql, tree, until } from './service.mjs';

/** Adds a server that must be taken; its view. */
async function add(service, fields) {
  const { status, body } = await service.patiently('POST /servers', { name: randomBytes(6).toString('hex'), ...fields });
  assert.equal(status, 201, JSON.stringify(body));
  return body.server;
}

const change = (service, id, fields) => service.patiently(`PUT /servers/${id}`, fields);
const asked = (media, token) => media.asked.filter((one) => one.token === token);

describe('media servers', () => {
  let service;
  let media;
  before(async () => {
    service = await Service.start();
    media = await startMedia({ tls: true });
  });
  after(async () => {
    await service.stop();
    await media.stop();
  });

  test('one that works tells who it is, and of its token nothing but its end', async () => {
    const added = await add(service, { name: 'Home', address: `${media.url}/`, token: media.tokens.owner });
    assert.deepEqual([added.address, added.has_token, added.token_hint, added.identity, added.test], [media.url, true, media.tokens.owner.slice(-4), null, undefined]);
    const { said, body } = await tested(service, added.id);
    assert.equal(said, 'works');
    assert.deepEqual([body.server.identity, body.server.server_name, body.server.test.works], [media.machineIdentifier, 'Test Media Server', true]);
    assert.ok(body.server.owner && body.server.version);
    assert.deepEqual((await service.fetched(`/servers/${added.id}`)).server, body.server);
    assert.deepEqual((await service.fetched('/servers')).items, [body.server]);
    assert.deepEqual(media.asked.map(({ tokenIn }) => tokenIn), [null, 'header', 'header']);
    await removeAll(service);
    assert.deepEqual((await service.fetched('/servers')).items, []);
    assert.equal((await service.ask(`POST /servers/${added.id}/test`)).body.code, 'SERVER_NOT_FOUND');
  });

  test('what is wrong is told apart, and each has something that helps', async () => {
    const added = await add(service, { address: media.url, token: media.tokens.owner });
    const faults = {
      SERVER_MAINTENANCE: [['maintenance']],
      SERVER_PATH_MISSING: [['missing']],
      NOT_A_MEDIA_SERVER: [['notMedia'], ['oldJson'], ['nonsense', { kind: 'broken' }], ['nonsense', { kind: 'deep' }], ['wrongTypes', { kind: 'container' }]],
      SERVER_WRONG_KIND: [['jellyfin']],
      SERVER_TOKEN_REFUSED: [['unauthorized', { after: 1 }]],
      SERVER_TOKEN_TOO_LOW: [['forbidden', { after: 1 }], ['wrongTypes', { kind: 'list' }]],
      SERVER_FAILED: [['status', { code: 503 }], ['nonsense', { kind: 'empty', after: 1 }]],
      SERVER_BUSY: [['tooMany']],
      SERVER_TIMED_OUT: [['slow', { msPerAnswer: 8000 }]],
      SERVER_UNREACHABLE: [['refused']],
    };
    const told = new Set();
    for (const [code, ways] of Object.entries(faults)) {
      for (const [name, options] of ways) {
        await media.fault(name, options);
        const { said, body } = await tested(service, added.id);
        await media.clear();
        assert.equal(said, code, `${name}: ${JSON.stringify(body)}`);
        told.add(body.error.split(':')[0]).add(body.remedy);
        const { test: kept } = (await service.fetched(`/servers/${added.id}`)).server;
        assert.deepEqual([kept.works, kept.code], [false, code]);
      }
    }
    assert.equal(told.size, 2 * Object.keys(faults).length);
    assert.equal((await tested(service, added.id)).said, 'works');
    await removeAll(service);
  });

  test('addresses that lead nowhere, or that no media server has, are told apart too', async () => {
    const closed = await freePort();
    const rows = [['http://no-such-host.invalid:32400', 'SERVER_HOST_UNKNOWN'], [`http://127.0.0.1:${closed}`, 'SERVER_UNREACHABLE'],
      ['http://169.254.169.254', 'SERVER_ADDRESS_FORBIDDEN'], ['http://0.0.0.0:32400', 'SERVER_ADDRESS_FORBIDDEN'],
      [`${media.url}/plex`, 'SERVER_PATH_MISSING']];
    for (const [address, code] of rows) {
      const { body } = await service.patiently('POST /servers/test', { address, token: media.tokens.owner });
      assert.equal(body.code, code, address);
    }
    for (const address of ['', 'gopher://x', 'http://ada:pass@x', 'http://x?X-Plex-Token=y', 'http://x#y']) {
      const { status, body } = await service.patiently('POST /servers/test', { address });
      assert.deepEqual([status, body.field], [400, 'address'], address);
    }
    const { status, body } = await service.patiently('POST /servers/test', { address: media.url, token: media.tokens.owner });
    assert.deepEqual([status, body.identity, body.address], [200, media.machineIdentifier, media.url], JSON.stringify(body));
    const guest = await service.patiently('POST /servers/test', { address: media.url, token: media.tokens.shared });
    assert.equal(guest.body.code, 'SERVER_TOKEN_TOO_LOW', JSON.stringify(guest.body));
    assert.deepEqual((await service.fetched('/servers')).items, []);
  });

  test('a token must be the owner\'s, and without one nothing more than /identity is asked', async () => {
    const rows = [['bad', 'SERVER_TOKEN_REFUSED'], ['shared', 'SERVER_TOKEN_TOO_LOW'], ['managed', 'SERVER_TOKEN_TOO_LOW'], ['owner', 'works']];
    for (const [whose, code] of rows) {
      const { id } = await add(service, { address: media.url, token: media.tokens[whose] });
      assert.equal((await tested(service, id)).said, code, whose);
      await removeAll(service);
    }
    const { id, has_token: has, token_hint: hint } = await add(service, { address: media.url });
    assert.deepEqual([has, hint], [false, null]);
    media.asked.length = 0;
    assert.equal((await tested(service, id)).said, 'SERVER_TOKEN_MISSING');
    assert.deepEqual(media.asked.map(({ path: one }) => one), ['/identity']);
    await removeAll(service);
  });

  test('the libraries are those of the server now; what is in the way is told as by a test', async () => {
    const { id } = await add(service, { name: 'Shelf', address: media.url, token: media.tokens.owner });
    const listed = await service.fetched(`/servers/${id}/libraries`);
    assert.deepEqual(listed.libraries.map(({ id: section, type }) => [section, type]), sections.map((one) => [String(one.id), one.type]));
    assert.deepEqual(listed.libraries.map(({ name }) => name), sections.map(({ title }) => title));
    const printed = await playbus(service, ['server', 'libraries', 'shelf', '--json']);
    assert.deepEqual(printed.stdout.trim().split('\n').map((line) => JSON.parse(line)), listed.libraries, printed.stderr);
    assert.match((await playbus(service, ['server', 'libraries', 'Shelf'])).stdout, /^id +type +name\n1 /);
    const faults = {
      SERVER_MAINTENANCE: ['maintenance'], SERVER_TOKEN_REFUSED: ['unauthorized', { after: 1 }], SERVER_TOKEN_TOO_LOW: ['forbidden', { after: 1 }],
      SERVER_ANOTHER: ['wrongIdentity', { machineIdentifier: 'f'.repeat(40) }], SERVER_UNREACHABLE: ['refused'],
      SERVER_FAILED: ['wrongTypes', { kind: 'list', after: 1 }], SERVER_TIMED_OUT: ['slow', { msPerAnswer: 8000 }],
    };
    assert.equal((await tested(service, id)).said, 'works');
    for (const [code, [name, options]] of Object.entries(faults)) {
      await media.fault(name, options);
      const { status, body } = await service.patiently(`GET /servers/${id}/libraries`);
      await media.clear();
      assert.deepEqual([status, body.code], [422, code], JSON.stringify(body));
      assert.ok(body.error && body.remedy);
    }
    assert.equal((await service.fetched(`/servers/${id}`)).server.test.works, true, 'a look at the libraries is no test');
    assert.equal((await service.ask('GET /servers/nobody/libraries')).body.code, 'SERVER_NOT_FOUND');
    assert.match((await playbus(service, ['server', 'libraries', 'nobody'])).stderr, /no server nobody/);
    await removeAll(service);
  });

  test('behind a proxy the path of the address is kept', async () => {
    const proxied = await startMedia({ basePath: '/plex', seed: 7 });
    const { id, address } = await add(service, { address: `${proxied.url}///`, token: proxied.tokens.owner });
    assert.equal(address, proxied.url);
    assert.equal((await tested(service, id)).said, 'works');
    assert.ok(proxied.asked.every(({ url }) => url.startsWith('/plex/')), JSON.stringify(proxied.asked.map(({ url }) => url)));
    await removeAll(service);
    await proxied.stop();
  });

  test('a server stays the same at a new address; another one at the old is said, gets no token and is not stored', async () => {
    const moving = await startMedia({ seed: 8 });
    const token = moving.tokens.owner;
    const { id } = await add(service, { name: 'Attic', address: moving.url, token });
    assert.equal((await tested(service, id)).said, 'works');
    await moving.stop();
    const stranger = await startMedia({ seed: 9, port: moving.port });
    const { said } = await tested(service, id);
    assert.equal(said, 'SERVER_ANOTHER');
    assert.deepEqual(asked(stranger, token), []);
    const { server: kept } = await service.fetched(`/servers/${id}`);
    assert.deepEqual([kept.identity, kept.test.code], [moving.machineIdentifier, 'SERVER_ANOTHER']);
    const moved = await startMedia({ seed: 8 });
    const refused = await change(service, id, { address: moved.url });
    assert.deepEqual([refused.status, refused.body.code], [422, 'SERVER_TOKEN_NEEDED']);
    const taken = await change(service, id, { address: moved.url, token });
    assert.equal(taken.status, 200, JSON.stringify(taken.body));
    assert.equal((await tested(service, id)).said, 'works');
    const twice = await add(service, { address: moved.url, token });
    assert.equal((await tested(service, twice.id)).said, 'SERVER_KNOWN');
    assert.equal((await service.patiently('POST /servers', { name: 'ATTIC', address: moved.url })).body.code, 'NAME_TAKEN');
    await removeAll(service);
    await Promise.all([stranger.stop(), moved.stop()]);
  });

  test('a certificate that nobody vouches for is shown, trusted when confirmed, and asked about when it changes', async () => {
    const { id } = await add(service, { address: media.tlsUrl, token: media.tokens.owner });
    media.asked.length = 0;
    const first = await tested(service, id);
    assert.equal(first.said, 'SERVER_CERTIFICATE', JSON.stringify(first.body));
    const shown = first.body.details.certificate_sha256;
    assert.equal(shown, media.certificate.sha256);
    assert.deepEqual(media.asked, []);
    const typed = shown.toUpperCase().replace(/(..)(?=.)/g, '$1:');
    assert.equal((await change(service, id, { certificate_sha256: typed })).body.server.certificate_sha256, shown);
    assert.equal((await tested(service, id)).said, 'works');
    await media.fault('newCertificate');
    media.asked.length = 0;
    const changed = await tested(service, id);
    assert.equal(changed.said, 'SERVER_CERTIFICATE_CHANGED');
    assert.notEqual(changed.body.details.certificate_sha256, shown);
    assert.deepEqual(media.asked, []);
    assert.equal((await change(service, id, { certificate_sha256: 'not one' })).body.field, 'certificate_sha256');
    assert.equal((await change(service, id, { certificate_sha256: '' })).body.server.certificate_sha256, null);
    assert.equal((await tested(service, id)).said, 'SERVER_CERTIFICATE');
    await removeAll(service);
    await media.clear();
  });

  test('a redirect is told with its target, which gets no token', async () => {
    const elsewhere = await startMedia({ seed: 10 });
    const { id } = await add(service, { address: media.url, token: media.tokens.owner });
    for (const options of [{}, { after: 1 }]) {
      await media.fault('redirect', { to: elsewhere.url, ...options });
      const { said, body } = await tested(service, id);
      assert.equal(said, 'SERVER_REDIRECTS');
      assert.ok(body.error.includes(elsewhere.url), body.error);
      await media.clear();
    }
    assert.deepEqual(elsewhere.asked, []);
    await removeAll(service);
    await elsewhere.stop();
  });

  test('the registry may be killed at any time', async () => {
    const { id } = await add(service, { address: media.url, token: media.tokens.owner });
    for (let n = 0; n < 3; n++) {
      const pid = service.pid('server-sync');
      process.kill(pid, 'SIGKILL');
      await until('another registry', async () => ![undefined, pid].includes(service.pid('server-sync')));
      assert.equal((await tested(service, id)).said, 'works');
    }
    await removeAll(service);
  });

  test('the command line does all of it, and takes no token as an argument', async () => {
    const none = await playbus(service, ['server', 'list']);
    assert.match(none.stderr, /no media servers yet/);
    const added = await playbus(service, ['server', 'add', 'Home', media.url], `${media.tokens.owner}\n`);
    assert.equal(added.status, 0, added.stderr);
    assert.match(added.stdout, /^Home works: Test Media Server, version \S+, owned by \S+\n$/);
    const file = path.join(place, 'token');
    writeFileSync(file, `${media.tokens.shared}\n`, { mode: 0o600 });
    const changed = await playbus(service, ['server', 'change', 'hOME', '--token-file', path.basename(file), '--name', 'Attic']);
    assert.equal(changed.status, 0, changed.stderr);
    const low = await playbus(service, ['server', 'test', 'Attic']);
    assert.equal(low.status, 1);
    assert.match(low.stderr, /not the one of the server's owner.*\n {2}Give it the token of the account that owns the server/);
    assert.equal((await playbus(service, ['server', 'change', 'Attic', '--token', '--disable'], media.tokens.owner)).status, 0);
    const listed = JSON.parse((await playbus(service, ['server', 'list', '--json'])).stdout);
    assert.deepEqual([listed.name, listed.enabled, listed.token_hint], ['Attic', false, media.tokens.owner.slice(-4)]);
    const rotated = await playbus(service, ['server', 'rotate-key']);
    assert.match(rotated.stderr, /^1 token/);
    assert.equal((await playbus(service, ['server', 'test', listed.id])).status, 0);
    const tls = await playbus(service, ['server', 'add', 'Barn', media.tlsUrl], media.tokens.owner);
    assert.equal(tls.status, 1);
    const [, barn, shown] = tls.stderr.match(/^ {4}\S*playbus server change .* ([0-9a-f]{32}) --certificate ([0-9a-f]{64})$/m) ?? assert.fail(tls.stderr);
    assert.equal((await playbus(service, ['server', 'change', barn, '--certificate', shown])).status, 0);
    assert.match((await playbus(service, ['server', 'test', 'Barn'])).stderr, /registered already under another name/);
    assert.equal((await playbus(service, ['server', 'remove', 'Attic'])).status, 130, 'nobody was asked');
    for (const name of ['Attic', 'Barn']) assert.equal((await playbus(service, ['server', 'remove', name, '--yes'])).status, 0);
    assert.equal((await playbus(service, ['server', 'test', 'Attic'])).status, 1);
    for (const args of [['add', 'Home'], ['add'], ['add', 'Home', media.url, media.tokens.owner], ['test'], ['change', 'Home']]) {
      assert.equal((await playbus(service, ['server', ...args])).status, 2, args.join(' '));
    }
  });

  test('the audit log has who changed what, and of a token that there was one', async () => {
    const read = ({ params }) => (typeof params === 'string' ? JSON.parse(params) : params ?? null);
    const { id } = await add(service, { name: 'Logged', address: media.url, token: media.tokens.owner });
    await change(service, id, { token: media.tokens.owner, enabled: false });
    await change(service, id, { address: `http://ada:${media.tokens.owner}@media.example` });
    await tested(service, id);
    await service.ask(`DELETE /servers/${id}`);
    const entries = await until('every entry', async () => {
      const { items } = await service.fetched('/audit/events?limit=100');
      const mine = items.filter(({ target, action, phase }) => phase === 'requested' && (target === id || (target === 'Logged' && action === 'add_server')));
      return mine.length === 5 && mine.reverse();
    });
    assert.deepEqual(entries.map((entry) => [entry.action, read(entry)]), [
      ['add_server', { name: 'Logged', address: media.url, new_token: true }],
      ['change_server', { enabled: false, new_token: true }],
      ['change_server', { address: null }],
      ['test_server', null], ['remove_server', null]]);
    const outcome = await until('what came of adding it', async () => (await service.fetched('/audit/events?limit=100')).items
      .find(({ target, phase }) => target === 'Logged' && phase === 'outcome'));
    assert.equal(read(outcome).id, id); // by which the later entries call it
  });
});

/** Everything that a viewer may ask for, and what they are told where they may not; one text. */
async function asViewer(service, id) {
  const as = await service.signInViewer();
  const told = [];
  for (const where of ['/servers', `/servers/${id}`, `/servers/${id}/libraries`, '/history?limit=1000&detail=full', '/history/export?format=jsonl&detail=full',
    '/history/export?format=csv', '/history/summary?by=user', '/sync/jobs', '/sync/status', '/import/status', '/people', '/system', '/audit/events', '/auth/session', '/openapi.json']) {
    told.push(await (await service.fetch(where, { as })).text());
  }
  return told.join('\n');
}

/** What the sockets of an administrator are told while `work` is done. */
async function pushedDuring(service, work) {
  const socket = new WebSocket(`${service.url.replace('http', 'ws')}/ws`, { headers: localToken(service.data) });
  const pushed = [];
  socket.on('message', (text) => pushed.push(String(text)));
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); });
  await work();
  await until('the end is pushed', () => pushed.some((text) => /"completed"/.test(text)));
  socket.terminate();
  return pushed.join('\n');
}

test('a token is found nowhere: files, logs, answers, audit log, processes, backups', async () => {
  const service = await Service.start({ env: { PLAYBUS_LOG_LEVEL: 'debug' } });
  const media = await startMedia();
  const token = media.tokens.owner;
  const other = media.tokens.shared;
  const answers = [];
  const ask = async (what, body) => { answers.push(await service.patiently(what, body)); return answers.at(-1).body; };
  const { server: { id } } = await ask('POST /servers', { name: 'Home', address: media.url, token });
  await ask('POST /servers', { name: 'Home', address: media.url, token });
  await ask('POST /servers', { name: 'Refused', address: media.url, token: `${token} ` });
  await ask('POST /servers', { name: 'Refused', address: `${media.url}/?X-Plex-Token=${token}` });
  await ask('POST /servers', { name: 'Refused', address: `http://${token}@127.0.0.1` });
  await ask('POST /servers/test', { address: media.url, token: other });
  for (const fault of ['status', 'notMedia', 'unauthorized']) {
    await media.fault(fault, { after: 1 });
    await ask(`POST /servers/${id}/test`);
    await media.clear();
  }
  await ask(`POST /servers/${id}/test`);
  await playbus(service, ['server', 'change', 'Home', '--token'], `${other}\n`).then((said) => answers.push(said));
  await playbus(service, ['server', 'test', 'Home']).then((said) => answers.push(said));
  await playbus(service, ['server', 'change', 'Home', '--token'], `${token}\n`);
  await ask('POST /servers/rotate-key');
  answers.push(await pushedDuring(service, async () => { // playbus-plex gets the token too
    const { success } = await ask('POST /sync/plex/historical', { days_back: 3650, server_id: id });
    assert.ok(success, JSON.stringify(answers.at(-1)));
    await until('the end of the sync', async () => (await service.fetched('/sync/plex/historical')).stats.status === 'completed');
  }));
  assert.ok((await service.exported()).length > 0, 'plays were brought');
  answers.push(await asViewer(service, id));
  for (const where of ['/servers', `/servers/${id}`, '/audit/events?limit=1000', '/audit/acts', '/system']) answers.push(await service.fetched(where));
  answers.push(await (await service.fetch('/audit/export?format=jsonl')).text(), await (await service.fetch('/metrics')).text());
  const backup = path.join(place, 'backup-of-tokens');
  answers.push(await playbus(service, ['backup', backup]));
  assert.ok(asked(media, token).length > 0 && asked(media, other).length > 0, 'they were used');
  assert.ok(media.asked.every(({ tokenIn }) => tokenIn !== 'query'));
  assert.ok(files(backup).some((file) => file.endsWith('/servers.db')), 'the backup has servers.db');
  const look = (what, bytes) => {
    for (const secret of [token, other]) assert.ok(!bytes.includes(secret), `${what} holds a token`);
  };
  const lookAtFiles = () => { for (const file of [...files(service.data), ...files(backup)]) look(file, contents(file)); };
  look('an answer', JSON.stringify(answers));
  for (const name of ['servers.db-wal', 'accounts.db-wal', 'audit.db-wal', 'history.db-wal']) assert.ok(statSync(path.join(service.data, name)).size > 0, `${name} is looked at`);
  lookAtFiles();
  const actors = tree(service.data);
  assert.ok(actors.some(({ command }) => command.includes('playbus-server-sync')));
  for (const { pid } of actors) for (const part of ['cmdline', 'environ']) look(`/proc/${pid}/${part}`, readFileSync(`/proc/${pid}/${part}`));
  for (const file of ['servers.db', 'servers.db-wal', 'servers/servers.key']) assert.equal(statSync(path.join(service.data, file)).mode & 0o777, 0o600, file);
  await service.stop();
  look('the log', service.logged);
  lookAtFiles();
  assert.match((await sql(path.join(service.data, 'servers.db'), 'SELECT hex(token) FROM servers'))[0][0], /^01/);
  await media.stop();
});

test('the key may be a credential of the service; a lost one is named, and the servers stay', async () => {
  const credentials = path.join(place, 'credentials');
  mkdirSync(credentials);
  writeFileSync(path.join(credentials, 'servers.key'), `${randomBytes(32).toString('base64')}\n`, { mode: 0o400 });
  const media = await startMedia();
  const service = await Service.start({ env: { CREDENTIALS_DIRECTORY: credentials } });
  const knows = (actor) => /(^|\0)CREDENTIALS_DIRECTORY=/.test(readFileSync(`/proc/${service.pid(actor)}/environ`, 'utf8'));
  assert.deepEqual(['broker', 'gateway', 'history', 'tautulli', 'import-worker-1', 'server-sync'].filter(knows), ['server-sync']);
  const { id } = await add(service, { name: 'Home', address: media.url, token: media.tokens.owner });
  assert.equal((await tested(service, id)).said, 'works');
  assert.ok(!files(service.data).some((file) => file.endsWith('servers.key')));
  assert.equal((await service.ask('POST /servers/rotate-key')).body.code, 'SERVER_KEY_GIVEN');
  await service.stop();
  const keyless = await Service.start({ data: service.data });
  assert.equal((await keyless.fetched('/servers')).items.length, 1);
  assert.equal((await tested(keyless, id)).said, 'SERVER_KEY_LOST');
  assert.equal((await keyless.patiently('POST /servers', { name: 'Hut', address: media.url, token: 'another' })).body.code, 'SERVER_KEY_LOST');
  assert.equal((await keyless.ask(`DELETE /servers/${id}`)).status, 200);
  await add(keyless, { name: 'Hut', address: media.url, token: media.tokens.owner });
  await keyless.stop();
  await media.stop();
});

test('with a damaged servers.db the rest works, and check and status name it', async () => {
  const service = await Service.start();
  await service.stop();
  const store = path.join(service.data, 'servers.db');
  truncateSync(store, 1000);
  writeFileSync(store, randomBytes(8192));
  const child = spawn(path.join(bin, 'playbus'), ['up', '--data', service.data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise((resolve) => { child.on('exit', resolve); });
  let said = '';
  child.stdout.on('data', (text) => { said += text; });
  child.stderr.resume();
  try {
    service.url = `${await until('degraded', () => /^degraded (\S+)$/m.exec(said)?.[1])}/api/v1`;
    assert.equal((await service.patiently('GET /history')).status, 200);
    const refused = await service.ask('GET /servers');
    assert.equal(refused.status, 503, JSON.stringify(refused.body));
    assert.match(refused.body.error, /servers\.db|damaged|not running/);
    const { body } = await service.ask('GET /system');
    assert.match(JSON.stringify(body.problems), /servers\.db/);
    const checked = await playbus(service, ['check']);
    assert.equal(checked.status, 1);
    assert.match(checked.stdout, /servers\.db/);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});
