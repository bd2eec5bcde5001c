// SPDX-License-Identifier: MIT
// access.test.mjs - set-up, sign-in, sessions, users and tokens as a person and a script meet them:
// over HTTP and WebSocket, against the real service, through kills and restarts.
import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import WebSocket from 'ws';
import { Service, coming, place, run, until } from './service.mjs';

const PASSWORD = 'correct horse battery staple';
const OTHER = 'seven lanterns drift by';

/** A call of a page: JSON from our own origin. */
const page = (service) => ({ origin: `http://${service.address}`, 'content-type': 'application/json' });
const post = (service, where, body, headers = page(service)) =>
  service.ask(`POST ${where}`, body, headers);
const login = (service, name, password, headers) => post(service, '/auth/login', { name, password }, headers);
const code = (service) => readFileSync(path.join(service.data, 'run/setup.code'), 'utf8').trim();

/** PATCH and others that ask() has no form for. */
async function send(service, method, where, body, as) {
  const answer = await service.fetch(where, {
    method, as, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

/** Makes a user and signs in as it, with a password of its own; {id, as}. */
async function hire(service, admin, name, role) {
  const made = await service.ask('POST /users', { name, role, password: OTHER }, admin);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const first = await service.signIn({ name, password: OTHER });
  const changed = await service.ask('POST /auth/password', { current_password: OTHER, new_password: `${OTHER} ${name}` }, first);
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  return { id: made.body.id, as: first, password: `${OTHER} ${name}` };
}

/** An open socket; {closed(): its close code, once it ends}. */
async function listen(service, as) {
  const socket = new WebSocket(`ws://${service.address}/api/v1/ws`, { headers: as });
  const close = new Promise((resolve) => { socket.on('close', resolve); });
  await coming('an open socket', new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject); }));
  return { socket, closed: () => coming('the end of the socket', close) };
}

/** A gateway killed in mid-air comes back at the same address. */
async function killGateway(service) {
  const pid = service.pid('gateway');
  process.kill(pid, 'SIGKILL');
  await until('another gateway', async () => {
    const now = service.pid('gateway');
    return now !== undefined && now !== pid && fetch(`${service.url}/health/live`).then((a) => a.ok, () => false);
  });
}

test('set-up takes the printed code once, and nobody is second', async () => {
  const service = await Service.start();
  const anonymous = await service.ask('GET /auth/session', undefined, {});
  assert.deepEqual({ status: anonymous.status, ...anonymous.body },
    { status: 200, success: true, authenticated: false, setup_required: true, version: anonymous.body.version });
  const old = code(service);
  assert.match(old, /^[0-9a-f]{32}$/);
  await killGateway(service);
  assert.notEqual(code(service), old, 'new at each start');
  const wrong = await post(service, '/auth/setup', { code: old, name: 'Ada', password: PASSWORD });
  assert.deepEqual([wrong.status, wrong.body.code], [403, 'SETUP_CODE_WRONG']);
  const weak = await post(service, '/auth/setup', { code: code(service), name: 'Ada', password: 'password1234' });
  assert.deepEqual([weak.status, weak.body.code, weak.body.field], [422, 'PASSWORD_WEAK', 'password']);
  const right = { code: code(service), name: 'Ada', password: PASSWORD };
  const both = await Promise.all([post(service, '/auth/setup', right), post(service, '/auth/setup', { ...right, name: 'Eve' })]);
  assert.deepEqual(both.map((answer) => answer.status).sort(), [201, 409]);
  assert.ok(!existsSync(path.join(service.data, 'run/setup.code')));
  const made = both.find((answer) => answer.status === 201);
  const cookie = made.headers.get('set-cookie');
  assert.match(cookie, /^playbus_[0-9a-f]+=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
  assert.equal(made.body.role, 'admin');
  await killGateway(service);
  assert.equal((await post(service, '/auth/setup', right)).body.code, 'SETUP_DONE', 'for ever');
  assert.equal((await service.ask('GET /auth/session', undefined, {})).body.setup_required, false);
  await service.stop();
  for (const secret of [PASSWORD, cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';')), made.body.csrf_token]) {
    assert.ok(!service.logged.includes(secret), 'no secret in the log');
  }
});

test('a session lives on when the gateway is killed, and asks for the password again', async () => {
  const service = await Service.start();
  const as = await service.signIn();
  const first = await service.ask('GET /auth/session', undefined, as);
  await killGateway(service);
  const again = await service.ask('GET /auth/session', undefined, as);
  assert.equal(again.body.authenticated, true);
  assert.equal(again.body.csrf_token, first.body.csrf_token);
  const user = { name: 'Grace', role: 'viewer', password: OTHER };
  const stale = await service.ask('POST /users', user, as);
  assert.deepEqual([stale.status, stale.body.code], [403, 'PASSWORD_NEEDED']);
  const wrong = await service.ask('POST /auth/confirm', { password: 'not this one' }, as);
  assert.deepEqual([wrong.status, wrong.body.code, wrong.body.field], [401, 'SIGN_IN_FAILED', 'password']);
  assert.equal((await service.ask('POST /auth/confirm', { password: PASSWORD }, as)).status, 200);
  assert.equal((await service.ask('POST /users', user, as)).status, 201);
  await service.stop();
});

test('sign-out ends the session, its cookie and its sockets at once', async () => {
  const service = await Service.start();
  const as = await service.signIn();
  const other = await service.signIn();
  const { closed } = await listen(service, as);
  const out = await service.ask('POST /auth/logout', {}, as);
  assert.equal(out.status, 200, JSON.stringify(out.body));
  assert.match(out.headers.get('set-cookie'), /^playbus_[0-9a-f]+=; Path=\/; Max-Age=0;/);
  assert.equal((await service.ask('GET /sync/status', undefined, as)).status, 401);
  assert.equal(await closed(), 4401);
  assert.equal((await service.ask('GET /sync/status', undefined, other)).status, 200, 'another session goes on');
  assert.equal((await service.ask('GET /auth/session', undefined, as)).body.authenticated, false, 'never an error');
  await service.stop();
});

test('what an administrator takes away is gone with the answer, on open sockets too', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const grace = await hire(service, admin, 'Grace', 'viewer');
  const standing = async (as) => (await service.ask('GET /sync/status', undefined, as)).status;
  const back = async () => service.signIn({ name: 'Grace', password: grace.password });

  let { closed } = await listen(service, grace.as);
  const listed = await service.ask('GET /auth/sessions?all=true', undefined, admin);
  const hers = listed.body.items.filter((item) => item.user === 'Grace');
  assert.equal(hers.length, 1);
  assert.deepEqual(Object.keys(hers[0]).filter((key) => /cookie|secret|digest/.test(key)), []);
  assert.equal((await service.ask(`DELETE /auth/sessions/${hers[0].id}`, undefined, admin)).status, 200);
  assert.equal(await standing(grace.as), 401);
  assert.equal(await closed(), 4401);

  let as = await back();
  ({ closed } = await listen(service, as));
  assert.equal((await send(service, 'PATCH', `/users/${grace.id}`, { active: false }, admin)).status, 200);
  assert.equal(await standing(as), 401);
  assert.equal(await closed(), 4401);
  assert.equal((await login(service, 'Grace', grace.password)).body.code, 'SIGN_IN_FAILED');

  assert.equal((await send(service, 'PATCH', `/users/${grace.id}`, { active: true, role: 'admin' }, admin)).status, 200);
  as = await back();
  assert.equal((await service.ask('GET /users', undefined, as)).status, 200);
  ({ closed } = await listen(service, as));
  assert.equal((await send(service, 'PATCH', `/users/${grace.id}`, { role: 'viewer' }, admin)).status, 200);
  assert.equal(await standing(as), 401);
  assert.equal(await closed(), 4401);

  as = await back();
  ({ closed } = await listen(service, as));
  assert.equal((await service.ask(`DELETE /users/${grace.id}`, undefined, admin)).status, 200);
  assert.equal(await standing(as), 401);
  assert.equal(await closed(), 4401);
  await service.stop();
});

test('a viewer sees no one else: not their sessions, users or tokens', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const grace = await hire(service, admin, 'Grace', 'viewer');
  const own = await service.ask('GET /auth/sessions', undefined, grace.as);
  assert.deepEqual(own.body.items.map((item) => [item.user, item.current]), [['Grace', true]]);
  assert.equal((await service.ask('GET /auth/sessions?all=true', undefined, grace.as)).status, 403);
  const [theirs] = (await service.ask('GET /auth/sessions', undefined, admin)).body.items;
  const end = await service.ask(`DELETE /auth/sessions/${theirs.id}`, undefined, grace.as);
  assert.equal(end.status, 404, 'as if it were not there');
  assert.equal((await service.ask('GET /users', undefined, grace.as)).status, 403);
  assert.equal((await service.ask('GET /tokens', undefined, grace.as)).status, 403);
  await service.stop();
});

test('with a password someone else has set nothing but a new one is accepted', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  await service.ask('POST /users', { name: 'Grace', role: 'viewer', password: OTHER }, admin);
  const as = await service.signIn({ name: 'Grace', password: OTHER });
  assert.equal((await service.ask('GET /auth/session', undefined, as)).body.must_change_password, true);
  const refused = await service.ask('GET /sync/status', undefined, as);
  assert.deepEqual([refused.status, refused.body.code], [403, 'PASSWORD_CHANGE_NEEDED']);
  const change = (new_password) => service.ask('POST /auth/password', { current_password: OTHER, new_password }, as);
  assert.deepEqual([(await change(OTHER)).body.code, (await change('sunshine2024')).body.code], ['PASSWORD_WEAK', 'PASSWORD_WEAK']);
  assert.equal((await change('nine quiet harbours')).status, 200);
  assert.equal((await service.ask('GET /sync/status', undefined, as)).status, 200);
  await service.stop();
});

test('a password set by someone else ends the tokens and their sockets, one\'s own change keeps them', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const grace = await hire(service, admin, 'Grace', 'admin');
  const made = await service.ask('POST /tokens', { name: 'a script', role: 'viewer', expires_in_days: 30 }, grace.as);
  const script = { authorization: `Bearer ${made.body.token}` };
  const kept = await service.ask('POST /tokens', { name: 'another', role: 'viewer', expires_in_days: 30 }, admin);
  const standing = async (as) => (await service.ask('GET /sync/status', undefined, as)).status;
  const own = await service.ask('POST /auth/password',
    { current_password: grace.password, new_password: 'nine quiet harbours' }, grace.as);
  assert.equal(own.status, 200, JSON.stringify(own.body));
  assert.equal(await standing(script), 200);
  const { closed } = await listen(service, script);
  assert.equal((await send(service, 'PATCH', `/users/${grace.id}`, { password: OTHER }, admin)).status, 200);
  assert.equal(await standing(script), 401);
  assert.equal(await closed(), 4401);
  assert.equal(await standing({ authorization: `Bearer ${kept.body.token}` }), 200, 'others keep theirs');
  await service.stop();
});

test('who forgot a password and tried too often gets in with the one that is set instead, and the log tells of it', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const grace = await hire(service, admin, 'Grace', 'viewer');
  let wrong;
  do wrong = await login(service, 'Grace', 'not this one'); while (wrong.status === 401);
  assert.equal((await login(service, 'Grace', grace.password)).status, 429, 'the right one waits too');
  assert.equal((await send(service, 'PATCH', `/users/${grace.id}`, { password: OTHER }, admin)).status, 200);
  assert.equal((await login(service, 'Grace', OTHER)).status, 200);
  const stale = await service.fetch(`/users/${grace.id}`, { method: 'PATCH', as: grace.as, headers: { 'content-type': 'application/json' }, body: '{"role":"admin"}' });
  assert.equal(stale.status, 401);
  const told = async (result) => (await service.fetched(`/audit/acts?action=change_user&result=${result}`)).items.map(({ text, details }) => [text, details]);
  await until('the log', async () => (await told('done')).length > 0 && (await told('refused')).length > 0);
  assert.deepEqual(await told('done'), [['Changed a user: Grace', 'new password: yes']], 'that it was set, never which');
  assert.deepEqual((await told('refused')).map(([text]) => text), ['Change a user: Grace'], 'a name, where there is one');
  await service.stop();
});

test('what waited behind the end of its own session is refused', async () => {
  const service = await Service.start({ env: { PLAYBUS_LIMIT_SIGN_IN: '1000', PLAYBUS_LIMIT_SIGN_IN_ADDRESS: '1000' } });
  const admin = await service.signIn();
  const grace = await hire(service, admin, 'Grace', 'admin');
  const crowd = Array.from({ length: 5 }, (_, i) => login(service, `person ${i}`, 'not this one'));
  const reset = send(service, 'PATCH', `/users/${grace.id}`, { password: OTHER }, admin);
  const grabs = Array.from({ length: 8 }, (_, i) => service.ask('POST /tokens', { name: `grab ${i}`, role: 'admin' }, grace.as));
  assert.equal((await reset).status, 200);
  for (const { status, body } of await Promise.all(grabs)) assert.ok(status === 201 || status === 401, JSON.stringify(body));
  assert.deepEqual((await service.ask('GET /tokens', undefined, admin)).body.items, [], 'a thief keeps nothing');
  await Promise.all(crowd);
  await service.stop();
});

test('neither the answer nor its time tells which names there are', async () => {
  const service = await Service.start({ env: { PLAYBUS_LIMIT_SIGN_IN: '1000', PLAYBUS_LIMIT_SIGN_IN_ADDRESS: '1000' } });
  const admin = await service.signIn();
  const gone = await hire(service, admin, 'Gone', 'viewer');
  await send(service, 'PATCH', `/users/${gone.id}`, { active: false }, admin);
  const tries = { known: ['admin', 'not this one'], unknown: ['nobody', 'not this one'], inactive: ['Gone', gone.password] };
  const times = { known: [], unknown: [], inactive: [] };
  const answers = new Set();
  const ratios = () => ['unknown', 'inactive'].map((kind) => Math.min(...times[kind]) / Math.min(...times.known));
  const alike = () => times.known.length >= 5 && ratios().every((ratio) => ratio > 0.7 && ratio < 1.4);
  // Other work on the machine only adds: each kind's least time comes down to what its own work takes.
  for (let round = 0; round < 60 && !alike(); round++) {
    for (const [kind, [name, password]] of Object.entries(tries)) {
      const { status, body, headers, ms } = await login(service, name, password);
      const { correlation_id, ...rest } = body;
      answers.add(JSON.stringify([status, rest, headers.get('set-cookie'), headers.get('retry-after')]));
      times[kind].push(ms);
    }
  }
  assert.equal(answers.size, 1, [...answers].join('\n'));
  assert.ok(alike(), `unknown, inactive by known: ${ratios().map((ratio) => ratio.toFixed(2))}, ${JSON.stringify(times)}`);
  await service.stop();
});

test('guessing is stopped per account and address, over a killed gateway, and forged headers do not help', async () => {
  const service = await Service.start();
  await service.signIn();
  for (let i = 0; i < 5; i++) {
    assert.equal((await login(service, 'ADMIN', `guess number ${i}`)).status, 401);
  }
  await killGateway(service);
  const forged = { ...page(service), 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
  for (const headers of [page(service), forged]) {
    const stopped = await login(service, 'admin', PASSWORD, headers);
    assert.deepEqual([stopped.status, stopped.body.code], [429, 'RATE_LIMITED']);
    const wait = Number(stopped.headers.get('retry-after'));
    assert.ok(wait > 14 * 60 && wait <= 15 * 60, String(wait));
  }
  assert.equal((await login(service, 'someone', PASSWORD)).status, 401, 'another account is not meant');
  await service.stop();
});

test('a flood of sign-ins from an address keeps nobody out who sits behind it too', async () => {
  const service = await Service.start({ env: { PLAYBUS_LIMIT_CHANGES: '20' } });
  await service.signIn();
  const flood = Array.from({ length: 120 }, (_, i) => ['mallory', 'ADMIN2', `guest ${i % 7}`][i % 3]);
  const statuses = [];
  for (let i = 0; i < flood.length; i += 6) {
    const answers = await Promise.all(flood.slice(i, i + 6).map((name) => login(service, name, 'not this one')));
    statuses.push(...answers.map(({ status }) => status));
  }
  assert.ok(statuses.includes(429), 'the flood itself is stopped');
  const { status, body } = await login(service, 'admin', PASSWORD);
  assert.equal(status, 200, JSON.stringify(body));
  await service.stop();
});

test('an account guessed from many addresses is slowed down, and nobody waits with it', async () => {
  const service = await Service.start({ env: {
    PLAYBUS_GATEWAY_PUBLIC_URL: 'https://playbus.example', PLAYBUS_GATEWAY_TRUSTED_PROXIES: '127.0.0.1' } });
  await service.signIn();
  const from = (n) => ({ ...page(service), 'x-forwarded-for': `203.0.113.${n}` });
  for (let i = 0; i < 8; i++) await login(service, 'admin', 'not this one', from(i));
  const [slow, other] = await Promise.all([
    login(service, 'admin', PASSWORD, from(100)), login(service, 'someone else', PASSWORD, from(101))]);
  assert.equal(slow.status, 200, 'the owner gets in');
  assert.ok(slow.ms >= 2000 && slow.ms < 20_000, `${slow.ms} ms`);
  assert.ok(other.ms < slow.ms - 500, `${other.ms} ms beside ${slow.ms} ms`);
  await service.stop();
});

test('a crowd at the door waits in a short queue, and everything else goes on', async () => {
  const service = await Service.start({ env: { PLAYBUS_LIMIT_SIGN_IN: '1000', PLAYBUS_LIMIT_SIGN_IN_ADDRESS: '1000' } });
  await service.signIn();
  let hashed = 0;
  const crowd = Promise.all(Array.from({ length: 40 }, (_, i) => login(service, `person ${i}`, 'not this one').then((answer) => {
    hashed += answer.status === 401;
    return answer;
  })));
  assert.equal((await service.ask('GET /health/live', undefined, {})).status, 200);
  const before = hashed; // of those who came first
  const answers = await crowd;
  assert.ok(before < hashed, `it waited behind all ${hashed} that were let in`);
  const turned = answers.filter((answer) => answer.status === 429);
  assert.ok(turned.length >= 1 && turned.length <= 34, `${turned.length} turned away`);
  assert.ok(turned.every((answer) => answer.headers.get('retry-after') === '1'));
  assert.ok(answers.every((answer) => answer.status === 429 || answer.status === 401));
  assert.ok(answers.every((answer) => answer.ms < 30_000));
  await service.stop();
});

test('there is always an administrator who can sign in', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const [own] = (await service.ask('GET /users', undefined, admin)).body.items;
  const refused = [
    await send(service, 'PATCH', `/users/${own.id}`, { role: 'viewer' }, admin),
    await send(service, 'PATCH', `/users/${own.id}`, { active: false }, admin),
    await service.ask(`DELETE /users/${own.id}`, undefined, admin),
    await service.ask(`DELETE /users/${own.id}`), // the local token may not either
  ];
  assert.deepEqual(refused.map((answer) => [answer.status, answer.body.code]), Array(4).fill([409, 'LAST_ADMIN']));
  const second = await hire(service, admin, 'Grace', 'admin');
  const both = await Promise.all([
    service.ask(`DELETE /users/${own.id}`, undefined, second.as),
    service.ask(`DELETE /users/${second.id}`, undefined, admin),
  ]);
  assert.equal(both.filter((answer) => answer.status === 200).length, 1, 'two who remove each other');
  assert.equal((await service.ask('GET /users')).body.items.length, 1);
  await service.stop();
});

test('a bearer token works for a script, shows when it was used, and ends when it is revoked', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const made = await service.ask('POST /tokens', { name: 'a script', role: 'viewer', expires_in_days: 30 }, admin);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.match(made.body.token, /^pbt_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
  const script = { authorization: `Bearer ${made.body.token}`, cookie: 'playbus_x=ignored' };
  assert.equal((await service.ask('GET /sync/status', undefined, script)).status, 200);
  assert.equal((await service.ask('POST /import/tautulli', {}, script)).status, 403);
  const [shown] = (await service.ask('GET /tokens', undefined, admin)).body.items;
  assert.ok(shown.last_used_at && !JSON.stringify(shown).includes(made.body.token.slice(-43)));
  const { closed } = await listen(service, script);
  await killGateway(service);
  await until('the status', async () => {
    const { status } = await service.ask('GET /sync/status', undefined, script);
    assert.ok(status === 200 || status === 503, `${status}: a stored token stays`);
    return status === 200;
  });
  await closed();
  const again = await listen(service, script);
  await service.ask('POST /auth/confirm', { password: PASSWORD }, admin);
  assert.equal((await service.ask(`DELETE /tokens/${shown.id}`, undefined, admin)).status, 200);
  assert.equal((await service.ask('GET /sync/status', undefined, script)).status, 401);
  assert.equal(await again.closed(), 4401);
  assert.equal((await service.ask('POST /tokens', { name: 'x', expires_in_days: 367 }, admin)).body.field, 'expires_in_days');
  await service.stop();
});

for (const killed of [false, true]) {
  const fate = killed ? ', though the gateway was killed meanwhile' : '';
  test(`on a full disk a stop works, other calls are refused, and the log tells of all of them afterwards${fate}`, async (t) => {
    const data = path.join(place, `full-disk${killed}`);
    mkdirSync(data);
    try {
      await run('mount', '-t', 'tmpfs', '-o', 'mode=0700,size=16m', 'tmpfs', data);
    } catch (error) {
      return t.skip(`no file system can be mounted here: ${error.message.split('\n')[0]}`);
    }
    let service;
    try {
      service = await Service.start({ data });
      const filler = openSync(path.join(data, 'filler'), 'w');
      for (let size = 1 << 20; size >= 1;) {
        try { writeSync(filler, Buffer.alloc(size)); } catch { size >>= 1; }
      }
      closeSync(filler);
      const stops = [];
      let refused = 0;
      /* The write-ahead log has some room left inside: that is used up first. */
      for (let i = 0; i < 400 && refused < 3; i++) {
        const stop = await service.ask('DELETE /import');
        assert.equal(stop.body.code, 'NOT_RUNNING', JSON.stringify(stop.body));
        stops.push(stop.headers.get('x-correlation-id'));
        const check = await service.ask('POST /audit/verify');
        refused += check.status === 202 ? 0 : 1;
        if (check.status !== 202) assert.ok([500, 503, 507].includes(check.status), JSON.stringify(check.body));
      }
      assert.ok(refused > 0, 'what cannot be recorded is refused');
      if (killed) process.kill(service.pid('gateway'), 'SIGKILL');
      rmSync(path.join(data, 'filler'));
      await until('every stop is in the log, with its end', async () => {
        const told = new Map();
        for (let next = ''; next !== null;) {
          const { body } = await service.ask(`GET /audit/events?action=stop_import&limit=1000${next && `&cursor=${encodeURIComponent(next)}`}`).catch(() => ({ body: {} }));
          if (!body.items) return false;
          for (const { request_id, phase } of body.items) told.set(request_id, `${told.get(request_id) ?? ''} ${phase}`);
          next = body.next;
        }
        return stops.every((id) => told.get(id) === ' outcome requested');
      });
    } finally {
      await service?.stop();
      await run('umount', data);
    }
  });
}

test('the processes that see passwords or sign write no core file, and none with their memory', async () => {
  const service = await Service.start();
  for (const actor of ['gateway', 'audit']) {
    const of = (name) => readFileSync(`/proc/${service.pid(actor)}/${name}`, 'utf8');
    assert.match(of('limits'), /^Max core file size +0 +0 /m);
    assert.equal(of('coredump_filter').trim(), '00000000');
  }
  await service.stop();
});

test('a token makes no users and no tokens, whatever its role', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const made = await service.ask('POST /tokens', { name: 'a script', role: 'admin' }, admin);
  const script = { authorization: `Bearer ${made.body.token}` };
  const { items: [{ id }] } = (await service.ask('GET /users', undefined, script)).body;
  for (const [what, body] of [['POST /users', { name: 'Eve', role: 'admin', password: OTHER }], ['POST /tokens', { name: 'more of it', role: 'admin' }], [`PATCH /users/${id}`, { password: OTHER }]]) {
    const { status, body: said } = await service.ask(what, body, script);
    assert.equal(status, 403, what);
    assert.equal(said.code, 'PASSWORD_NEEDED', what);
  }
  assert.equal((await service.ask('GET /users', undefined, admin)).body.items.length, 1);
  assert.equal((await service.ask('GET /tokens', undefined, admin)).body.items.length, 1);
  await service.stop();
});

test('exports stand in the audit log: who asked for what, and whether all of it was sent', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const viewer = await service.signInViewer();
  await (await service.fetch('/history/export?format=jsonl&user=mary', { as: viewer })).text();
  await (await service.fetch('/audit/export?format=jsonl', { as: admin })).text();
  await (await service.fetch('/import/errors?job=none', { as: admin, headers: { accept: 'text/csv' } })).text();
  const events = await until('all are told', async () => {
    const { items } = (await service.ask('GET /audit/events?limit=100', undefined, admin)).body;
    const told = items.filter(({ action }) => ['export_history', 'export_audit', 'list_notes'].includes(action));
    return told.filter(({ phase }) => phase === 'outcome').length === 3 && told;
  });
  const of = (action, phase) => events.find((event) => event.action === action && event.phase === phase);
  assert.equal(of('export_history', 'requested').actor, 'viewer');
  assert.deepEqual(JSON.parse(of('export_history', 'requested').params), { format: 'jsonl', user: 'mary' });
  assert.equal(of('export_history', 'outcome').outcome, 'ok');
  assert.equal(of('export_audit', 'outcome').outcome, 'ok');
  await service.stop();
});

test('the local token lets this machine in before set-up too, and an old one nobody', async () => {
  const service = await Service.start();
  const file = path.join(service.data, 'run/cli.token');
  const old = readFileSync(file, 'utf8').trim();
  assert.match(old, /^pbt_local_[A-Za-z0-9_-]{43}$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await service.ask('GET /users')).status, 200);
  const through = { authorization: `Bearer ${old}`, 'x-forwarded-for': '127.0.0.1' };
  assert.equal((await service.ask('GET /users', undefined, through)).status, 401, 'not through a proxy');
  await killGateway(service);
  assert.equal((await service.ask('GET /users', undefined, { authorization: `Bearer ${old}` })).status, 401);
  assert.equal((await service.ask('GET /users')).status, 200);
  const ada = await service.ask('POST /users', { name: 'Ada', role: 'admin', password: OTHER });
  assert.equal(ada.status, 201);
  assert.equal((await service.ask('GET /auth/session', undefined, {})).body.setup_required, false);
  assert.ok(!existsSync(path.join(service.data, 'run/setup.code')), 'the code ends with the first administrator');
  await service.stop();
});

test('behind https the cookie is bound to the host', async () => {
  const service = await Service.start({ env: {
    PLAYBUS_GATEWAY_PUBLIC_URL: 'https://playbus.example', PLAYBUS_GATEWAY_TRUSTED_PROXIES: '127.0.0.1' } });
  const answer = await post(service, '/auth/setup', { code: code(service), name: 'Ada', password: PASSWORD });
  assert.equal(answer.status, 201);
  assert.match(answer.headers.get('set-cookie'), /^__Host-playbus_[0-9a-f]+=.*; Path=\/; .*; Secure$/);
  await service.stop();
});

test('the audit log names who came in, and never what was typed in the place of a name', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  await login(service, 'hunter2 hunter2', 'x');
  await login(service, 'ADMIN', 'not this one');
  await login(service, 'admin', PASSWORD);
  const made = await service.ask('POST /users', { name: 'Grace', role: 'viewer', password: OTHER }, admin);
  assert.equal(made.status, 201);
  const events = await until('the last entry', async () => {
    const { items } = await service.fetched('/audit/events?limit=100');
    return items.some((item) => item.action === 'add_user' && item.phase === 'outcome') && items.reverse();
  });
  const told = events.map(({ action, phase, actor, outcome, target }) => [action, phase, actor, outcome, target]);
  const has = (...wanted) => assert.ok(told.some((entry) => wanted.every((value, i) => value === '*' || entry[i] === value)),
    `${wanted} in ${JSON.stringify(told)}`);
  has('set_up', 'outcome', 'admin', 'ok', 'admin');
  has('sign_in', 'refused', undefined, 'SIGN_IN_FAILED', 'admin');
  has('sign_in', 'outcome', 'admin', 'ok');
  has('add_user', 'requested', 'admin');
  has('add_user', 'outcome', 'admin', 'ok', 'Grace');
  const stranger = told.find(([action, phase, , , target]) => action === 'sign_in' && phase === 'refused' && target !== 'admin');
  assert.match(stranger[4], /^unknown-[0-9a-f]{16}$/);
  const all = JSON.stringify(events);
  for (const secret of ['hunter2', PASSWORD, OTHER]) assert.ok(!all.includes(secret));
  await service.stop();
});

test('what no person types is refused by name and costs no hash', async () => {
  const service = await Service.start();
  await service.signIn();
  const bad = [
    [{ name: 'a' }, 'password'], [{ name: 'x'.repeat(65), password: 'y' }, 'name'],
    [{ name: 'a', password: 'p'.repeat(1025) }, 'password'], [{ name: 'a', password: 'b', remember: true }, 'remember'],
    [{ name: 7, password: 'b' }, 'name'],
  ];
  for (const [body, field] of bad) {
    const { status, body: said } = await post(service, '/auth/login', body);
    assert.deepEqual([status, said.field], [400, field]);
  }
  assert.equal((await login(service, "admin' OR 1=1 --", 'p'.repeat(1024))).body.code, 'SIGN_IN_FAILED');
  await service.stop();
});
