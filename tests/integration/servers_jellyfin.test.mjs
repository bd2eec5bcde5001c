// SPDX-License-Identifier: MIT
// servers_jellyfin.test.mjs - Jellyfin and Emby servers in the registry: each version is added by API key, or by name
// and password, which is kept nowhere; what is wrong with one is told apart; what Jellyfin 12 refuses is what Emby needs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { playbus, removeAll, startMedia as start, tested } from './registry.mjs';
import { contents, files, Service, tree, until } from './service.mjs';

const startMedia = (options) => start({ plays: 0, ...options });

const versions = [
  { kind: 'jellyfin', version: '10.8.13' }, { kind: 'jellyfin', version: '10.11.5' }, { kind: 'jellyfin', version: '12.0.0' },
  { kind: 'emby', version: '4.8.11.0' }, { kind: 'emby', version: '4.9.5.0' },
];

const asked = (service, media, fields) => service.patiently('POST /servers', { name: randomBytes(6).toString('hex'), kind: media.kind, address: media.url, ...fields });

async function add(service, media, fields) {
  const { status, body } = await asked(service, media, fields);
  assert.equal(status, 201, JSON.stringify(body));
  return body.server;
}

const ada = { username: 'ada', password: 'correct horse' };

describe('Jellyfin and Emby servers', () => {
  let service;
  before(async () => { service = await Service.start(); });
  after(() => service.stop());

  for (const of of versions) {
    test(`${of.kind} ${of.version} is added by its API key, and says itself who it is`, async () => {
      const media = await startMedia(of);
      const { id } = await add(service, media, { token: media.tokens.key });
      const { said, body } = await tested(service, id);
      assert.equal(said, 'works', JSON.stringify(body));
      const { kind, identity, version, server_name: name, owner } = body.server;
      assert.deepEqual([kind, identity, version, name, owner], [of.kind, media.place.serverId, of.version, 'Test Media Server', null]);
      const [who, ...others] = media.asked;
      assert.deepEqual([who.path, who.tokenIn], ['/System/Info/Public', null]);
      assert.deepEqual(new Set(others.map(({ tokenIn }) => tokenIn)), new Set([of.kind === 'emby' ? 'x-emby-token' : 'authorization']));
      assert.ok(others.every(({ headers }) => ('authorization' in headers) !== ('x-emby-token' in headers)), 'one way, not both');
      const libraries = await service.ask(`GET /servers/${id}/libraries`);
      assert.deepEqual([libraries.status, libraries.body.code], [422, 'ONLY_PLEX']);
      await removeAll(service);
      await media.stop();
    });

    test(`${of.kind} ${of.version}: a password becomes a token at once, of a device of its own`, async () => {
      const media = await startMedia(of);
      const before = media.household.sessions().length;
      const first = await add(service, media, ada);
      assert.deepEqual([first.has_token, first.identity, first.test.works], [true, media.place.serverId, true]);
      const [, , session] = media.household.sessions();
      assert.deepEqual([media.household.sessions().length, session.name, session.deviceId], [before + 1, 'ada', first.id]);
      assert.equal((await tested(service, first.id)).said, 'works');
      assert.equal(media.asked.filter(({ body }) => body.includes('correct horse')).length, 1, 'it was sent once');
      assert.equal(media.asked[0].path, '/System/Info/Public', 'and not before the server had said who it is');
      const renewed = await service.ask(`PUT /servers/${first.id}`, ada);
      assert.equal(renewed.status, 200, JSON.stringify(renewed.body));
      assert.notEqual(renewed.body.server.token_hint, first.token_hint);
      assert.equal(renewed.body.server.test.works, true);
      assert.equal(media.household.sessions().length, before + 1, 'the device is the same');
      await removeAll(service);
      await media.stop();
    });

    test(`${of.kind} ${of.version}: who is no administrator is told so, and what was made for it is ended again`, async () => {
      const media = await startMedia(of);
      const { id } = await add(service, media, { token: media.tokens.guest });
      assert.equal((await tested(service, id)).said, 'SERVER_NOT_ADMIN');
      await removeAll(service);
      const before = media.household.sessions().length;
      const refused = async (fields, code) => {
        const { status, body } = await asked(service, media, fields);
        assert.deepEqual([status, body.code], [422, code], JSON.stringify(body));
        assert.ok(body.error && body.remedy);
        await until('the token is ended', () => media.household.sessions().length === before);
      };
      await refused({ username: 'ben', password: 'staple battery' }, 'SERVER_NOT_ADMIN');
      await refused({ username: 'ben', password: 'wrong' }, 'SERVER_SIGN_IN_REFUSED');
      await refused({ username: 'nobody', password: 'wrong' }, 'SERVER_SIGN_IN_REFUSED');
      await refused({ username: 'old', password: 'long gone' }, 'SERVER_SIGN_IN_REFUSED');
      assert.deepEqual((await service.fetched('/servers')).items, []);
      const kim = await add(service, media, { username: 'kim' });
      assert.equal(kim.test.works, true, 'a user may have no password');
      const taken = await asked(service, media, { name: kim.name, ...ada });
      assert.deepEqual([taken.status, taken.body.code], [409, 'SERVER_KNOWN']);
      await until('the second token is ended', () => media.household.sessions().length === before + 1);
      await removeAll(service);
      await media.stop();
    });
  }

  test('what is wrong is told apart, and each has something that helps', async () => {
    const closed = await startMedia();
    await closed.stop();
    for (const kind of ['jellyfin', 'emby']) {
      const media = await startMedia({ kind, tls: true });
      const { id } = await add(service, media, { token: media.tokens.key });
      assert.equal((await tested(service, id)).said, 'works');
      const faults = {
        SERVER_MAINTENANCE: [['starting'], ['starting', { form: 'empty' }], ['starting', { form: 'old' }], ['starting', { after: 1 }]],
        SERVER_PATH_MISSING: [['missing'], ['unauthorized'], ['forbidden']],
        NOT_A_MEDIA_SERVER: [['notMedia'], ['nonsense', { kind: 'broken' }], ['nonsense', { kind: 'deep' }]],
        SERVER_ANOTHER: [['wrongIdentity'], ['wrongIdentity', { after: 1 }]],
        SERVER_TOKEN_REFUSED: [['unauthorized', { after: 1 }]],
        SERVER_NOT_ADMIN: [['forbidden', { after: 1 }], ['unauthorized', { after: 2 }]],
        SERVER_FAILED: [['status', { code: 503, body: 'a proxy' }], ['status', { code: 500, after: 1 }], ['nonsense', { kind: 'empty', after: 2 }]],
        SERVER_TIMED_OUT: [['slow', { msPerAnswer: 8000 }]],
        SERVER_UNREACHABLE: [['refused']],
      };
      const told = new Set();
      for (const [code, ways] of Object.entries(faults)) {
        for (const [name, options] of ways) {
          await media.fault(name, options);
          const { said, body } = await tested(service, id);
          await media.clear();
          assert.equal(said, code, `${kind} ${name}: ${JSON.stringify(body)}`);
          told.add(body.error.split(':')[0]).add(body.remedy);
        }
      }
      assert.equal(told.size, 2 * Object.keys(faults).length);
      const shown = await service.ask('POST /servers/test', { kind, address: media.tlsUrl, token: media.tokens.key });
      assert.deepEqual([shown.body.code, shown.body.details.certificate_sha256], ['SERVER_CERTIFICATE', media.certificate.sha256]);
      const pinned = await service.ask('POST /servers/test', { kind, address: media.tlsUrl, token: media.tokens.key, certificate_sha256: media.certificate.sha256 });
      assert.equal(pinned.status, 200, JSON.stringify(pinned.body));
      assert.equal((await tested(service, id)).said, 'works');
      await removeAll(service);
      await media.stop();
    }
  });

  test('a server of another kind is named, whichever was meant, and gets no token', async () => {
    const all = await Promise.all(['plex', 'jellyfin', 'emby'].map((kind) => startMedia({ kind })));
    for (const media of all) {
      for (const { kind } of all.filter((other) => other !== media)) {
        const { status, body } = await service.patiently('POST /servers/test', { kind, address: media.url, token: 'a-token-that-is-meant-for-another' });
        assert.deepEqual([status, body.code], [422, 'SERVER_WRONG_KIND'], `${kind} at ${media.kind}: ${JSON.stringify(body)}`);
        assert.match(body.error.toLowerCase(), new RegExp(`: ${media.kind}$`));
      }
      assert.ok(media.asked.every(({ headers }) => !JSON.stringify(headers).includes('meant-for-another')));
    }
    await Promise.all(all.map((media) => media.stop()));
  });

  test('behind a proxy the path of the address is kept; /emby is one', async () => {
    for (const [kind, basePath, more] of [['jellyfin', '/jelly', ''], ['emby', '/home', ''], ['emby', '', '/emby']]) {
      const media = await startMedia({ kind, basePath });
      const { id } = await add(service, media, { address: `${media.url}${more}/`, token: media.tokens.key });
      assert.equal((await tested(service, id)).said, 'works', kind + basePath + more);
      await removeAll(service);
      await media.stop();
    }
  });

  test('what a sign-in made is ended with the server, or when a key takes its place, and a key never is', async () => {
    const media = await startMedia({ kind: 'jellyfin' });
    const before = media.household.sessions().length;
    const open = () => media.household.sessions().length - before;
    const first = await add(service, media, ada);
    assert.equal(first.username, 'ada');
    assert.equal((await service.ask(`PUT /servers/${first.id}`, { token: media.tokens.key })).body.server.username, null);
    await until('the token of the sign-in is ended', () => open() === 0);
    assert.equal((await tested(service, first.id)).said, 'works', 'the key is not');
    await removeAll(service);
    await add(service, media, ada);
    await removeAll(service);
    await until('the token is ended with its server', () => open() === 0);
    const moved = await add(service, media, ada);
    await media.fault('wrongIdentity');
    media.asked.length = 0;
    assert.equal((await service.ask(`DELETE /servers/${moved.id}`)).status, 200);
    await until('it was looked who is there', () => media.asked.length > 0);
    assert.ok(media.asked.every(({ token }) => token === undefined), 'a stranger at the address gets no token');
    await media.stop();
  });

  test('the command line adds them by key and by password, and takes neither as an argument', async () => {
    const media = await startMedia({ kind: 'jellyfin' });
    const byKey = await playbus(service, ['server', 'add', 'Keyed', media.url, '--kind', 'jellyfin'], `${media.tokens.key}\n`);
    assert.equal(byKey.status, 0, byKey.stderr);
    assert.match(byKey.stdout, /^Keyed works: Test Media Server, version 10\.11\.5\n$/);
    const listed = await playbus(service, ['server', 'list']);
    assert.match(listed.stdout, /^Keyed +jellyfin /m);
    const renewed = await playbus(service, ['server', 'change', 'Keyed', '--user', 'ada'], 'correct horse\n');
    assert.equal(renewed.status, 0, renewed.stderr);
    await removeAll(service);
    const wrong = await playbus(service, ['server', 'add', 'Attic', media.url, '--kind', 'jellyfin', '--user', 'ada'], 'wrong\n');
    assert.deepEqual([wrong.status, wrong.stdout], [1, '']);
    assert.match(wrong.stderr, /does not accept this name and password/);
    const added = await playbus(service, ['server', 'add', 'Attic', media.url, '--kind', 'jellyfin', '--user', 'ada'], 'correct horse\n');
    assert.equal(added.status, 0, added.stderr);
    const far = ['server', 'add', 'Far', 'http://no-such-host.invalid:8096', '--kind', 'jellyfin', '--user', 'ada'];
    const clear = await playbus(service, far, 'correct horse\n');
    assert.match(clear.stderr, /unencrypted[^]*--insecure-password/);
    assert.match((await playbus(service, [...far, '--insecure-password'], 'correct horse\n')).stderr, /name of the server is not known/);
    assert.match((await playbus(service, ['server', 'add', 'Odd', media.url, '--kind', 'kodi'], 'x\n')).stderr, /kind/);
    await removeAll(service);
    await media.stop();
  });

  test('a password crosses no network unencrypted unless that is confirmed', async () => {
    const fields = { name: 'Far', kind: 'jellyfin', address: 'http://no-such-host.invalid:8096', ...ada };
    const refused = await service.ask('POST /servers', fields);
    assert.deepEqual([refused.status, refused.body.code], [422, 'PASSWORD_IN_CLEAR']);
    const confirmed = await service.ask('POST /servers', { ...fields, insecure_password: true });
    assert.equal(confirmed.body.code, 'SERVER_HOST_UNKNOWN', 'it was tried');
    const secure = await service.ask('POST /servers', { ...fields, address: 'https://no-such-host.invalid' });
    assert.equal(secure.body.code, 'SERVER_HOST_UNKNOWN');
    for (const [more, field] of [[{ kind: 'plex' }, 'username'], [{ token: 'x' }, 'token'], [{ username: undefined }, 'username'], [{ username: '\n' }, 'username']]) {
      const { status, body } = await service.ask('POST /servers', { ...fields, insecure_password: true, ...more });
      assert.deepEqual([status, body.field], [400, field], JSON.stringify(body));
    }
  });
});

test('a password, and the token it gave, are found nowhere: files, logs, answers, audit log, processes', async () => {
  const service = await Service.start({ env: { PLAYBUS_LOG_LEVEL: 'debug' } });
  const media = await startMedia({ kind: 'jellyfin' });
  const answers = [];
  const ask = async (what, body) => { answers.push(await service.patiently(what, body)); return answers.at(-1).body; };
  const fields = { kind: 'jellyfin', address: media.url };
  const { server: { id } } = await ask('POST /servers', { name: 'Home', ...fields, ...ada });
  await ask(`PUT /servers/${id}`, ada);
  await ask('POST /servers', { name: 'Refused', ...fields, username: 'ada', password: 'correct horse ' });
  await ask('POST /servers', { name: 'Refused', ...fields, username: 'ben', password: 'staple battery' });
  for (const where of ['/servers', '/audit/events?limit=1000', '/audit/acts']) answers.push(await service.fetched(where));
  const secrets = ['correct horse', 'staple battery', ...media.household.sessions().slice(2).map(({ token }) => token)];
  assert.equal(secrets.length, 3);
  const look = (what, bytes) => { for (const secret of secrets) assert.ok(!bytes.includes(secret), `${what} holds ${secret}`); };
  look('an answer', JSON.stringify(answers));
  for (const { pid } of tree(service.data)) for (const part of ['cmdline', 'environ']) look(`/proc/${pid}/${part}`, readFileSync(`/proc/${pid}/${part}`));
  assert.match(JSON.stringify(answers), /new_password/, 'the audit log says that there was one');
  await service.stop();
  look('the log', service.logged);
  for (const file of files(service.data)) look(file, contents(file));
  await media.stop();
});
