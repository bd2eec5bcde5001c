// SPDX-License-Identifier: MIT
// routes.test.mjs - every row of routes.def kept to its word: who may call it, from which page and
// name, how lately with a password, how often, and what the audit log has of it. A row without a rule
// here fails the first test.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { hostname } from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import WebSocket from 'ws';
import { bin, localToken, place, root, Service, until } from './service.mjs';

const NOBODY = {};
const FIRST_PASSWORD = 'only until the first sign-in';

/** The rows as they are compiled; a column that is left out has its first value. */
const rows = readFileSync(path.join(root, 'gateway/rest/routes.def'), 'utf8').split(/^ROUTE\(/m).slice(1).map((row) => {
  const column = (pattern, otherwise) => row.match(pattern)?.[1] ?? otherwise;
  const method = column(/\.method = "(\w+)"/);
  return {
    handler: column(/^(\w+),/),
    method,
    where: column(/\.path = API_BASE "([^"]+)"/),
    role: column(/\.role = ROLE_(\w+)/),
    fresh: /\.asks = /.test(row),
    audited: column(/\.audit = AUDIT_(\w+)/, 'NEVER'),
    passive: /\.passive = true/.test(row),
    rate: column(/\.rate = RATE_(\w+)/, 'PLAIN'),
    safe: method === 'GET',
  };
});

/** What a well-formed call of each route is. None of these changes anything that another test needs. */
const noBody = {};
const rules = {
  start_import: { body: { db_path: '/nowhere/tautulli.db' } },
  stop_import: noBody,
  import_standing: noBody,
  validate_import: { body: { db_path: '/nowhere/tautulli.db' }, refusedAs: 'PATH_NOT_ALLOWED' },
  clear_import: noBody,
  list_candidates: noBody,
  upload_database: { query: '?name=table.db', bytes: 'SQLite format 3' },
  remove_upload: { query: '?db_path=/nowhere/tautulli.db' },
  list_notes: { query: '?job=nobodys' },
  show_status: noBody,
  list_jobs: noBody,
  show_job: noBody,
  preview_undo: noBody,
  start_undo: noBody,
  stop_undo: noBody,
  list_history: noBody,
  show_play: noBody,
  summarise_history: { query: '?by=user' },
  export_history: noBody,
  list_people: noBody,
  join_people: { body: { accounts: [{ server_id: 'nowhere', user_id: '0' }] } },
  split_person: { body: { accounts: [{ server_id: 'nowhere', user_id: '0' }] } },
  stop_regrouping: noBody,
  stop_forgetting: noBody,
  preview_forgetting: noBody,
  forget_person: noBody,
  lift_forgetting: noBody,
  start_plex_sync: { body: { server_id: 'nobodys' } },
  stop_plex_sync: noBody,
  clear_plex_sync: noBody,
  plex_sync_standing: noBody,
  list_workers: noBody,
  invite_worker: { body: { for_s: 60 } },
  revoke_worker: noBody,
  list_servers: noBody,
  add_server: { body: { name: '', address: 'http://127.0.0.1:1' } },
  probe_server: { body: { address: 'http://127.0.0.1:1' } },
  open_plex_pin: noBody,
  show_plex_pin: noBody,
  add_plex_server: { body: { machine_identifier: 'nobody' } },
  close_plex_pin: noBody,
  open_quick_connect: { body: { address: 'http://127.0.0.1:1' } },
  show_quick_connect: noBody,
  add_quick_connect_server: { body: { name: 'nobody' } },
  close_quick_connect: noBody,
  rotate_server_key: noBody,
  show_server: noBody,
  change_server: { body: { name: 'nobody' } },
  remove_server: noBody,
  test_server: noBody,
  start_server_sync: noBody,
  stop_server_sync: noBody,
  list_libraries: noBody,
  open_feed: noBody,
  show_system: { watchdogs: true },
  show_session: noBody,
  set_up: { body: { code: 'none', name: 'mallory', password: 'short' }, ownLimits: true, refusedAs: 'SETUP_DONE' },
  sign_in: { body: { name: 'mallory', password: 'not this one either' }, ownLimits: true, refusedAs: 'SIGN_IN_FAILED' },
  sign_out: noBody,
  confirm_password: { body: { password: 'not this one either' }, ownLimits: true, refusedAs: 'SIGN_IN_FAILED' },
  change_password: { body: { current_password: 'not this one either', new_password: 'short' }, ownLimits: true },
  list_sessions: noBody,
  end_session: noBody,
  list_users: noBody,
  add_user: { body: { name: 'mallory', role: 'admin', password: 'short' } },
  change_user: { body: { role: 'viewer' } },
  remove_user: noBody,
  list_tokens: noBody,
  add_token: { body: { name: '' } },
  remove_token: noBody,
  list_acts: noBody,
  list_audit: noBody,
  export_audit: noBody,
  verify_audit: noBody,
  show_verification: noBody,
  rotate_audit: noBody,
  seal_audit: { body: { before: '2001-01-01T00:00:00Z' } },
  show_live: noBody,
  show_ready: { watchdogs: true },
  show_openapi: noBody,
  show_metrics: noBody,
};

const label = (row) => `${row.method} ${row.where}`;
const unsafe = rows.filter((row) => !row.safe);
const guarded = rows.filter((row) => row.role !== 'PUBLIC');

/** One call with exactly these headers, Host among them: {status, headers, body}. */
function call(service, row, as, more = {}) {
  const { query = '', body, bytes } = rules[row.handler];
  const [host, port] = service.address.split(':');
  const content = body === undefined ? bytes : JSON.stringify(body);
  const type = content === undefined ? {} : { 'content-type': bytes ? 'application/octet-stream' : 'application/json' };
  const headers = { host: service.address, 'content-length': content?.length ?? 0, ...type, ...as, ...more };
  for (const name of Object.keys(headers)) if (headers[name] === null) delete headers[name];
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method: row.method, headers, agent: false,
      path: `/api/v1${row.where.replace(/\{\w+\}/, 'nobodys')}${query}` }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: String(Buffer.concat(pieces)) }));
    });
    request.on('error', reject);
    request.end(content);
  });
}

/** Every failure has the one shape. */
function refusal(row, answer) {
  assert.equal(answer.headers['content-type'], 'application/json', label(row));
  const body = JSON.parse(answer.text);
  assert.equal(body.success, false, label(row));
  assert.ok(body.error && body.remedy && body.correlation_id, `${label(row)}: ${answer.text}`);
  return `${answer.status} ${body.code}`;
}

async function expectRefused(service, row, as, more, wanted) {
  assert.equal(refusal(row, await call(service, row, as, more)), wanted, label(row));
}

/** Anything may come of it but what a guard says. */
const guards = /NOT_SIGNED_IN|ROLE_TOO_LOW|CSRF_FAILED|FOREIGN_|PASSWORD_NEEDED|PASSWORD_CHANGE_NEEDED|RATE_LIMITED/;
async function expectLetIn(service, row, as, more) {
  const { status, text } = await call(service, row, as, more);
  assert.ok(status < 400 || !guards.test(text), `${label(row)}: ${status} ${text.slice(0, 300)}`);
}

let service, admin, viewer;
before(async () => {
  service = await Service.start();
  admin = await service.signIn();
  viewer = await service.signInViewer();
});

test('every row has a rule here, and the OpenAPI document says of a route what its row says', async () => {
  assert.deepEqual(rows.map((row) => row.handler).sort(), Object.keys(rules).sort());
  const document = await service.fetched('/openapi.json');
  for (const row of rows) {
    const said = document.paths[`/api/v1${row.where}`][row.method.toLowerCase()];
    assert.equal(said.operationId, row.handler);
    assert.equal(said['x-role'], row.role.toLowerCase(), label(row));
    assert.equal(said['x-fresh-password'], row.fresh, label(row));
    assert.equal(said['x-passive'], row.passive, label(row));
    assert.equal(said['x-rate-class'], row.rate.toLowerCase(), label(row));
    assert.equal(said['x-audited'], { NEVER: 'never', FIRST: 'first', LATER: 'later', BESIDE: 'later', WITHIN: 'within' }[row.audited], label(row));
    const schemes = row.role === 'PUBLIC' ? [] : [row.safe ? ['session'] : ['session', 'csrf'], ['bearer']];
    assert.deepEqual(said.security.map(Object.keys), schemes, label(row));
  }
});

test('without a session, with a false one and with a false token only public routes answer', async () => {
  const false_ = 'A'.repeat(43);
  const [cookie] = admin.cookie.split('=');
  for (const row of guarded) {
    await expectRefused(service, row, NOBODY, {}, '401 NOT_SIGNED_IN');
    await expectRefused(service, row, { ...admin, cookie: `${cookie}=${false_}` }, {}, '401 NOT_SIGNED_IN');
    await expectRefused(service, row, { authorization: `Bearer pbt_local_${false_}` }, {}, '401 NOT_SIGNED_IN');
    await expectRefused(service, row, { authorization: 'Basic YWRtaW46YWRtaW4=' }, {}, '401 NOT_SIGNED_IN');
  }
  for (const row of rows.filter(({ role, safe }) => role === 'PUBLIC' && safe)) {
    assert.equal((await call(service, row, NOBODY)).status, 200, label(row));
    assert.equal((await call(service, row, { cookie: `${cookie}=${false_}` })).status, 200, label(row));
  }
});

test('a bearer that is refused is not helped by a good cookie beside it', async () => {
  for (const row of guarded) {
    await expectRefused(service, row, { ...admin, authorization: 'Bearer none' }, {}, '401 NOT_SIGNED_IN');
  }
});

test('a viewer may do what viewers may, an administrator everything', async () => {
  for (const row of guarded) {
    if (row.role === 'ADMIN') await expectRefused(service, row, viewer, {}, '403 ROLE_TOO_LOW');
    else if (row.handler !== 'sign_out') await expectLetIn(service, row, viewer);
    if (row.handler !== 'sign_out') await expectLetIn(service, row, admin);
  }
});

test('a password set by somebody else opens nothing but one\'s own access', async () => {
  const made = await service.ask('POST /users', { name: 'newcomer', role: 'admin', password: FIRST_PASSWORD }, admin);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const newcomer = await service.signIn({ name: 'newcomer', password: FIRST_PASSWORD });
  for (const row of guarded.filter(({ role }) => role !== 'SELF')) {
    await expectRefused(service, row, newcomer, {}, '403 PASSWORD_CHANGE_NEEDED');
  }
});

test('what changes something takes this session\'s own token: not none, an older one or another\'s', async () => {
  const former = await service.signIn();
  const left = await service.ask('POST /auth/logout', undefined, former);
  assert.equal(left.status, 200, JSON.stringify(left.body));
  const false_ = [null, '', 'A'.repeat(43), former['x-csrf-token'], viewer['x-csrf-token']];
  for (const row of unsafe.filter(({ role }) => role !== 'PUBLIC')) {
    for (const token of false_) {
      await expectRefused(service, row, admin, { 'x-csrf-token': token }, '403 CSRF_FAILED');
    }
  }
});

test('pages of other origins and of none are refused, whatever they show', async () => {
  const [, port] = service.address.split(':');
  const foreign = ['http://evil.example', 'null', `https://${service.address}`, 'http://127.0.0.1:1', `http://localhost.evil.example:${port}`];
  for (const row of rows) {
    for (const origin of foreign) {
      await expectRefused(service, row, admin, { origin }, '403 FOREIGN_ORIGIN');
    }
    await expectRefused(service, row, localToken(service.data), { origin: foreign[0] }, '403 FOREIGN_ORIGIN');
  }
  for (const row of [...unsafe, ...rows.filter(({ handler }) => handler === 'open_feed')]) {
    await expectRefused(service, row, admin, { origin: null }, '403 FOREIGN_ORIGIN');
  }
});

test('signing in takes JSON from a page of ours, so that no form of another site can do it', async () => {
  for (const row of unsafe.filter(({ role }) => role === 'PUBLIC')) {
    for (const type of [null, 'text/plain', 'application/x-www-form-urlencoded']) {
      await expectRefused(service, row, { origin: admin.origin }, { 'content-type': type }, '415 UNSUPPORTED_MEDIA_TYPE');
    }
  }
});

test('under a name that is not ours there is nothing, for anybody', async () => {
  const [, port] = service.address.split(':');
  for (const row of rows) {
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', '127.0.0.1:1', `0.0.0.0:${port}`, `127.0.0.1:${port}@evil.example`]) {
      await expectRefused(service, row, admin, { host }, '421 FOREIGN_HOST');
    }
  }
});

test('the local token is believed from this machine itself, never through a proxy', async () => {
  const local = localToken(service.data);
  for (const row of guarded) {
    if (row.handler !== 'sign_out') await expectLetIn(service, row, local);
    for (const name of ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'via', 'cf-connecting-ip', 'true-client-ip',
      'x-client-ip', 'x-cluster-client-ip', 'fastly-client-ip', 'fly-client-ip', 'x-original-forwarded-for', 'x-envoy-external-address', 'cdn-loop', 'x-azure-clientip']) {
      await expectRefused(service, row, local, { [name]: '127.0.0.1' }, '401 NOT_SIGNED_IN');
    }
  }
});

test('a session and a token have twenty sockets at most, this machine any number', async () => {
  const open = (headers) => new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${service.address}/api/v1/ws`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('unexpected-response', (_, answer) => reject(new Error(String(answer.statusCode))));
    socket.on('error', reject);
  });
  const seated = await service.signIn();
  const mine = [];
  for (let n = 0; n < 20; n++) mine.push(await open(seated));
  await assert.rejects(open(seated), /429/);
  const others = [await open(viewer)];
  for (let n = 0; n < 30; n++) others.push(await open(localToken(service.data)));
  mine.pop().close();
  mine.push(await until('a free seat', () => open(seated).catch(() => null)));
  for (const socket of [...mine, ...others]) socket.terminate();
});

/** What the log has of these requests, once it has so many entries of them: request id -> entries, oldest first. */
async function logged(from, ids, count) {
  const found = new Map();
  await until(`${count} entries`, async () => {
    found.clear();
    for (let cursor = ''; cursor !== null;) {
      const page = await from.fetched(`/audit/events?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      for (const entry of page.items.filter(({ request_id: id }) => ids.has(id))) {
        found.set(entry.request_id, [entry, ...found.get(entry.request_id) ?? []]);
      }
      cursor = page.next;
    }
    return [...found.values()].flat().length >= count;
  }).catch(() => {}); // what is missing is named by who asked
  return found;
}

async function assertLogged(some) {
  const watched = await Service.start({ env: { PLAYBUS_GATEWAY_TRUSTED_PROXIES: '127.0.0.1' } });
  const boss = await watched.signIn();
  const guest = await watched.signInViewer();
  const wanted = new Map();
  let address = 0;
  const send = async (row, name, as, more, phases) => {
    const id = `${name}-${row.handler}`;
    const from = `203.0.113.${address++ % 250}`; // each address has ten refusals of a kind to itself
    wanted.set(id, { row, phases, from });
    await call(watched, row, as, { 'x-correlation-id': id, 'x-forwarded-for': from, ...more });
  };
  for (const row of some) {
    const refusals = [[NOBODY, {}, 'NOT_SIGNED_IN', row.role !== 'PUBLIC'], [guest, {}, 'ROLE_TOO_LOW', row.role === 'ADMIN'],
      [boss, { 'x-csrf-token': null }, 'CSRF_FAILED', !row.safe && row.role !== 'PUBLIC'],
      [boss, { origin: 'http://evil.example' }, 'FOREIGN_ORIGIN', true], [boss, { host: 'evil.example' }, 'FOREIGN_HOST', true]];
    for (const [as, more, code, applies] of refusals) {
      if (applies) await send(row, code, as, more, [['refused', code]]);
    }
  }
  for (const row of some.filter(({ handler }) => handler !== 'sign_out')) {
    const { refusedAs } = rules[row.handler]; // by its own doing: told of any route
    const phases = row.audited === 'NEVER' ? [] : [['requested', undefined], ['outcome', 'any']];
    await send(row, 'done', boss, {}, refusedAs ? [['refused', refusedAs]] : phases);
  }
  const found = await logged(watched, new Set(wanted.keys()), [...wanted.values()].flatMap(({ phases }) => phases).length);
  for (const [id, { row, phases, from }] of wanted) {
    const entries = found.get(id) ?? [];
    assert.deepEqual(entries.map(({ phase }) => phase), phases.map(([phase]) => phase), `${label(row)} ${id}: ${JSON.stringify(entries)}`);
    for (const [index, [, outcome]] of phases.entries()) {
      assert.ok(outcome === 'any' ? entries[index].outcome : entries[index].outcome === outcome, `${id}: ${JSON.stringify(entries)}`);
      assert.equal(entries[index].action, row.handler);
      assert.equal(entries[index].address, from);
    }
  }
  const told = JSON.stringify([...found]);
  for (const secret of ['not this one either', boss.cookie.split('=')[1], boss['x-csrf-token']]) assert.ok(!told.includes(secret), secret);
  await watched.stop();
}

for (const half of [0, 1]) { // all of them at once would be more refusals in a minute than are told one by one
  test(`of every audited call the log has who asked and what came of it, of every refusal why (${half + 1} of 2)`, () => assertLogged(rows.filter((_, i) => i % 2 === half)));
}

async function killGateway() {
  const old = service.pid('gateway');
  process.kill(old, 'SIGKILL');
  await until('another gateway', async () => service.pid('gateway') !== old &&
    fetch(`${service.url}/health/live`).then((answer) => answer.ok, () => false));
}

/** The head of an upload of a million bytes, and the first of them. */
function beginUpload(id, as = localToken(service.data)) {
  const [host, port] = service.address.split(':');
  const request = http.request({ host, port, method: 'POST', path: '/api/v1/import/upload?name=cut.db', agent: false,
    headers: { ...as, 'content-type': 'application/octet-stream', 'content-length': 1_000_000, 'x-correlation-id': id } });
  request.on('error', () => {});
  request.write('SQLite format 3');
  return request;
}

test('an upload is in the log before its body is taken, and so is that it was cut off', async () => {
  const request = beginUpload('upload-cut-off');
  const begun = await logged(service, new Set(['upload-cut-off']), 1);
  assert.deepEqual(begun.get('upload-cut-off').map(({ phase }) => phase), ['requested']);
  request.destroy();
  const ended = await logged(service, new Set(['upload-cut-off']), 2);
  assert.equal(ended.get('upload-cut-off')[1].outcome, 'UPLOAD_CUT');
});

test('what a gateway that was killed had begun is in the log as interrupted, and what it had ended is not', async () => {
  const done = await call(service, rows.find(({ handler }) => handler === 'add_user'), localToken(service.data), { 'x-correlation-id': 'upload-before' });
  assert.notEqual(done.status, 503);
  beginUpload('upload-killed');
  await logged(service, new Set(['upload-killed']), 1);
  await killGateway();
  const ended = await logged(service, new Set(['upload-killed', 'upload-before']), 4);
  const phases = (id) => ended.get(id).map(({ phase, action, outcome }) => [phase, action, outcome]);
  assert.deepEqual(phases('upload-killed'), [['requested', 'upload_database', undefined], ['outcome', 'upload_database', 'INTERRUPTED']]);
  assert.equal(phases('upload-before').length, 2);
  assert.notEqual(phases('upload-before')[1][2], 'INTERRUPTED');
});

test('an upload ends with the session that began it', async () => {
  const leaving = await service.signIn();
  const request = beginUpload('upload-signed-out', leaving);
  const answered = new Promise((resolve) => { request.on('response', (answer) => resolve(answer.statusCode)); });
  await logged(service, new Set(['upload-signed-out']), 1);
  assert.equal((await service.ask('POST /auth/logout', undefined, leaving)).status, 200);
  request.end(Buffer.alloc(1_000_000 - 'SQLite format 3'.length));
  assert.equal(await answered, 401);
  const ended = await logged(service, new Set(['upload-signed-out']), 2);
  assert.equal(ended.get('upload-signed-out')[1].outcome, 'NOT_SIGNED_IN');
});

test('an upload that cannot be recorded is refused before its body', async () => {
  const audit = service.pid('audit');
  process.kill(audit, 'SIGSTOP');
  try {
    const status = await new Promise((resolve) => { beginUpload('upload-unrecorded').on('response', (answer) => resolve(answer.statusCode)); });
    assert.equal(status, 503);
  } finally {
    process.kill(audit, 'SIGCONT');
  }
});

test('users, tokens and sessions take a password that was given lately', async () => {
  await killGateway(); // another one takes no word for when a password was given
  for (const row of guarded.filter(({ handler }) => handler !== 'sign_out')) {
    if (row.fresh) await expectRefused(service, row, admin, {}, '403 PASSWORD_NEEDED');
    else await expectLetIn(service, row, admin);
  }
  const confirmed = await service.ask('POST /auth/confirm', { password: 'correct horse battery staple' }, admin);
  assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
  for (const row of guarded.filter(({ fresh }) => fresh)) await expectLetIn(service, row, admin);
});

test('beyond its rate every route says how long to wait, and means it', async () => {
  const limited = await Service.start({ env: { PLAYBUS_LIMIT_TRIGGERS: '2', PLAYBUS_LIMIT_CHANGES: '2', PLAYBUS_LIMIT_PASSIVE: '2' } });
  const local = localToken(limited.data);
  const burst = async (row, as = local) => (await Promise.all(Array.from({ length: 8 }, () => call(limited, row, as)))).filter(({ status }) => status === 429);
  const waits = (refused) => refused.map(({ headers }) => Number(headers['retry-after']));
  for (const row of rows.filter(({ handler }) => !rules[handler].ownLimits)) {
    const refused = await burst(row);
    const counted = !rules[row.handler].watchdogs && (row.passive || row.rate !== 'PLAIN' || row.audited !== 'NEVER'); // nobody fills the log
    assert.equal(refused.length > 0, counted, `${label(row)}: ${refused.length} of 8`);
    for (const answer of refused) assert.equal(refusal(row, answer), '429 RATE_LIMITED');
    for (const wait of waits(refused)) assert.ok(wait >= 1 && wait <= (row.passive ? 1 : 60), `${label(row)}: ${wait} s`);
  }
  const strangers = await burst(rows.find(({ handler }) => handler === 'show_ready'), NOBODY);
  assert.ok(strangers.length > 0, 'only this machine asks the watchdog\'s questions as often as it likes');
  const status = rows.find(({ handler }) => handler === 'show_live');
  const forged = await Promise.all(Array.from({ length: 20 }, (_, i) => call(limited, status, { 'x-forwarded-for': `203.0.113.${i}` })));
  const [wait] = waits(forged.filter(({ status }) => status === 429)); // a forged header has no bucket of its own
  assert.ok(wait >= 1, 'all 20 were let in');
  await new Promise((resolve) => { setTimeout(resolve, wait * 1000); });
  assert.equal((await call(limited, status, NOBODY)).status, 200);
});

test('beyond this machine it listens only behind a proxy, or where the network was called trusted', async () => {
  const data = path.join(place, 'beyond');
  const refused = (env) => new Promise((resolve) => {
    execFile(path.join(bin, 'playbus-gateway'), ['--data', data], { timeout: 60_000, env: { ...process.env, PLAYBUS_GATEWAY_LISTEN: '0.0.0.0:0', ...env } },
      (error, _, said) => resolve(error?.code === 1 && said));
  });
  mkdirSync(path.join(data, 'run'), { recursive: true });
  assert.match(await refused({}), /set gateway\.public_url and gateway\.trusted_proxies, or set gateway\.allow_plain_lan = yes/);
  assert.match(await refused({ PLAYBUS_GATEWAY_PUBLIC_URL: 'https://playbus.example' }), /gateway\.trusted_proxies/);
  assert.match(await refused({ PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN: 'maybe' }), /neither yes nor no/);
  const lan = await Service.start({ env: { PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN: 'yes' }, options: ['--listen', '0.0.0.0:0'] });
  const port = lan.address.split(':').pop();
  lan.address = `127.0.0.1:${port}`;
  const session = rows.find(({ handler }) => handler === 'show_session');
  const machine = hostname().split('.')[0];
  for (const host of [`192.0.2.7:${port}`, `[2001:db8::7]:${port}`, `${machine}:${port}`, `${machine}.local:${port}`]) {
    const answer = await call(lan, session, { origin: `http://${host}` }, { host });
    assert.equal(answer.status, 200, host);
    assert.equal(JSON.parse(answer.text).plain_lan, true, host);
    assert.equal(answer.headers['cross-origin-opener-policy'], undefined, host);
  }
  for (const host of [`evil.example:${port}`, `${machine}.evil.example:${port}`, '192.0.2.7']) {
    await expectRefused(lan, session, NOBODY, { host }, '421 FOREIGN_HOST');
  }
  const other = { origin: `http://192.0.2.66:${port}` }; // another machine's page, on the same port
  await expectRefused(lan, session, other, { host: `192.0.2.7:${port}` }, '403 FOREIGN_ORIGIN');
});
