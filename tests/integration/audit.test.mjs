// SPDX-License-Identifier: MIT
// audit.test.mjs - the audit log on the live service: what is asked for and what came of it is in it,
// once, whatever is killed; whoever changes a copy is found; a flood of refusals stays small.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Service, bin, long, makeSource, place, shell, sql, until } from './service.mjs';

const playbus = path.join(bin, 'playbus');
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const verbs = { 'POST /audit/verify': 'verify_audit', 'DELETE /import': 'stop_import', 'DELETE /import/progress': 'clear_import', 'POST /audit/rotate': 'rotate_audit' };

/** The entries that match, oldest first. */
async function entries(service, filter = '') {
  const answer = await service.fetch(`/audit/export?format=jsonl${filter}`);
  assert.equal(answer.status, 200);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line)).reverse();
}

/** Waits until both outboxes are empty, but for counts that still grow. */
async function delivered(service) {
  await until('everything is delivered', async () => {
    const now = Date.now();
    const accounts = await sql(path.join(service.data, 'accounts.db'), `SELECT count(*) FROM audit_outbox WHERE ready_at <= ${now}`);
    const history = await sql(service.history, 'SELECT count(*) FROM audit_outbox');
    return accounts[0][0] === '0' && history[0][0] === '0';
  });
}

/** A call with an id of its own: {id, status, code}; status 0 if there was no answer. */
async function call(service, what, body) {
  const id = randomUUID();
  const [method, where] = what.split(' ');
  try {
    const answer = await service.fetch(where, {
      method, signal: AbortSignal.timeout(60_000),
      headers: { 'x-correlation-id': id, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const said = await answer.json();
    return { id, what, status: answer.status, code: said.code ?? 'ok' };
  } catch {
    return { id, what, status: 0 };
  }
}

/** `playbus audit verify`: {status, report}. */
function verify(file, ...options) {
  return new Promise((resolve, reject) => {
    execFile(playbus, ['audit', 'verify', file, '--json', ...options], (error, stdout, stderr) => {
      if (error && error.code !== 1) reject(new Error(stderr));
      else resolve({ status: error ? 1 : 0, report: JSON.parse(stdout) });
    });
  });
}

/** A copy as a backup would make it, changed with SQL. */
async function forge(from, sqlText) {
  const copy = path.join(place, `copy-${randomUUID()}.db`);
  await shell(from, `VACUUM INTO '${copy}'`);
  await shell(copy, sqlText);
  return copy;
}

const { file } = await makeSource('audited.db', '--rows', 300);

test('every changing call leaves two entries and a job its end, with who asked', async () => {
  const service = await Service.start();
  const started = await call(service, 'POST /import/tautulli', { db_path: file });
  assert.equal(started.status, 202);
  const { job_id: job } = await service.end();
  const stopped = await call(service, 'DELETE /import');
  assert.equal(stopped.code, 'NOT_RUNNING');
  await delivered(service);
  const all = await entries(service);
  const [requested, outcome] = all.filter((entry) => entry.request_id === started.id);
  assert.deepEqual([requested.phase, requested.action, requested.actor, requested.role], ['requested', 'start_import', 'local', 'admin']);
  assert.deepEqual([outcome.phase, outcome.outcome, outcome.job_id, outcome.target], ['outcome', 'ok', job, file]);
  assert.deepEqual(JSON.parse(requested.params), { db_path: file });
  const ended = all.filter((entry) => entry.action === 'job_ended');
  assert.deepEqual(ended.map((entry) => [entry.job_id, entry.outcome, entry.actor]), [[job, 'completed', 'local']]);
  assert.equal(JSON.parse(ended[0].params).imported + JSON.parse(ended[0].params).skipped + JSON.parse(ended[0].params).errors, 300);
  assert.deepEqual(all.filter((entry) => entry.request_id === stopped.id).map((entry) => [entry.phase, entry.outcome]),
    [['requested', undefined], ['outcome', 'NOT_RUNNING']]);
  await service.stop();
});

test('a resume stands under the id of the job that goes on, a refused start under none', async () => {
  const service = await Service.start();
  const { file: large } = await makeSource('resumed.db', '--rows', 60_000);
  const nothing = await call(service, 'POST /import/tautulli', { db_path: large, resume: true });
  assert.equal(nothing.code, 'NOTHING_TO_RESUME');
  const job = await service.begin(large);
  if ((await service.ask('DELETE /import')).status !== 200) return service.stop(); // it was over
  const resumed = await call(service, 'POST /import/tautulli', { db_path: large, resume: true });
  assert.equal(resumed.status, 202);
  await service.end();
  await delivered(service);
  const all = await entries(service);
  const told = (id) => all.filter((entry) => entry.request_id === id && entry.phase === 'outcome').map((entry) => [entry.outcome, entry.job_id]);
  assert.deepEqual(told(nothing.id), [['NOTHING_TO_RESUME', undefined]]);
  assert.deepEqual(told(resumed.id), [['ok', job]]);
  await service.stop();
});

test('a person reads acts in words, one line each, with both entries below it', async () => {
  const service = await Service.start();
  const admin = await service.signIn();
  const typed = { method: 'POST', as: {}, headers: { origin: admin.origin, 'content-type': 'application/json' } };
  await service.fetch('/auth/login', { ...typed, body: JSON.stringify({ name: 'admin', password: 'not the right one' }) });
  await service.import(file);
  await call(service, 'DELETE /import');
  const { body: user } = await service.ask('POST /users', { name: 'bob', role: 'admin', password: 'a first password of bob' }, admin);
  assert.equal((await service.ask(`PATCH /users/${user.id}`, { role: 'viewer' }, admin)).status, 200);
  await service.ask('GET /history', undefined, { cookie: 'none=1' });
  await delivered(service);
  const { items } = await service.fetched('/audit/acts');
  const told = items.map(({ text, details, result, result_text: said, actor, entries: raw }) => [text, details, result, said, actor, raw.map(({ phase }) => phase).join(' ')]);
  const wanted = [
    ['Changed a user: bob', 'role: viewer', 'done', 'Done', 'admin', 'requested outcome'],
    ['Added a user: bob', 'role: admin', 'done', 'Done', 'admin', 'requested outcome'],
    ['Stop the import', undefined, 'refused', 'Refused: Nothing is running', 'local', 'requested outcome'],
    [`Started an import of ${file}`, undefined, 'done', 'Done', 'local', 'requested outcome'],
    ['Sign in as admin', undefined, 'refused', 'Refused: Name or password is wrong', undefined, 'refused'],
    ['List plays', undefined, 'refused', 'Refused: You are not signed in', undefined, 'refused'],
  ];
  for (const line of wanted) assert.ok(told.some((one) => JSON.stringify(one) === JSON.stringify(line)), `${JSON.stringify(line)}\nis not in\n${told.map((one) => JSON.stringify(one)).join('\n')}`);
  const all = await entries(service);
  assert.deepEqual(items.flatMap(({ entries: raw }) => raw).sort((a, b) => a.n - b.n), all.slice(0, items.flatMap(({ entries: raw }) => raw).length), 'every entry, as the log keeps it');
  const found = async (filter) => (await service.fetched(`/audit/acts?${filter}`)).items.map(({ action }) => action);
  assert.deepEqual(await found('action=change_user'), ['change_user']);
  assert.deepEqual(await found('result=refused&actor=local'), ['stop_import']);
  assert.deepEqual(await found('outcome=SIGN_IN_FAILED'), ['sign_in']);
  for (const wrong of ['action=fly', 'result=great', 'limit=1001', 'cursor=x']) {
    assert.equal((await service.ask(`GET /audit/acts?${wrong}`)).body.code, 'BAD_FIELD', wrong);
  }
  let cursor = '';
  const paged = [];
  do {
    const next = await service.fetched(`/audit/acts?limit=1${cursor}`);
    paged.push(...next.items);
    cursor = next.next ? `&cursor=${next.next}` : '';
  } while (cursor !== '');
  assert.deepEqual(paged.map(({ n }) => n), [...new Set(paged.map(({ n }) => n))].sort((a, b) => b - a));
  assert.deepEqual(paged.filter(({ n }) => n <= items[0].n), items, 'page by page the same');
  await service.stop();
});

/** What `playbus audit list` says: {status, out, err}; `columns`: on a terminal of that width. */
function list(service, options, columns) {
  const words = [playbus, 'audit', 'list', '--data', service.data, ...options];
  const [program, given] = columns === undefined ? [words[0], words.slice(1)]
    : ['script', ['-qec', `stty cols ${columns}; ${words.map((word) => `'${word}'`).join(' ')}`, '/dev/null']];
  return new Promise((resolve) => {
    execFile(program, given, (error, out, err) => resolve({ status: error ? error.code : 0, out, err }));
  });
}

test('the command line lists acts in words that fit the terminal, and tells which actions and outcomes there are', async () => {
  const service = await Service.start();
  await service.import(file);
  await service.ask('POST /import/tautulli', { db_path: `/srv/${'a-long-folder/'.repeat(20)}tautulli.db` });
  await call(service, 'DELETE /import');
  await delivered(service);
  const { out } = await list(service, []);
  for (const line of [/local +Done +Started an import of .*audited\.db$/m, /local +Refused +Stop the import: Nothing is running$/m, /local +Completed +Import ended: /m, /playbus +Done +The log begins$/m]) {
    assert.match(out, line);
  }
  assert.doesNotMatch(out, /start_import|NOT_RUNNING/);
  for (const columns of [60, 80, 120]) {
    const { out: shown } = await list(service, [], columns);
    const lines = shown.split(/\r?\n/).filter((line) => line !== '');
    assert.ok(lines.length >= 5 && lines.every((line) => [...line].length <= columns), shown);
  }
  const told = (await list(service, ['--json', '--action', 'start_import', '--outcome', 'done'])).out.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(told.map(({ action, outcome, entries: raw }) => [action, outcome, raw.map(({ phase }) => phase)]), [['start_import', 'ok', ['requested', 'outcome']]]);
  assert.match((await list(service, ['--outcome', 'NOT_RUNNING'])).out, /^when .*\n.*Stop the import.*\n$/);
  for (const [option, wrong, near] of [['--action', 'import', /no action import\. There are:[^]*Import\n[^]* start_import +Start an import\n/], ['--outcome', 'OK', /no outcome OK\. There are:\n\n( {2}\S+ +.+\n){5}\nand the code [^\n]*: SIGN_IN_FAILED, [^\n]*\n$/]]) {
    const { status, out: none, err } = await list(service, [option, wrong]);
    assert.deepEqual([status, none], [2, '']);
    assert.match(err, near);
    for (const line of err.split('\n')) assert.ok([...line].length <= 80, line);
  }
  await service.stop();
});

test('without the audit log nothing starts, and a stop does not wait for it', async () => {
  const service = await Service.start();
  const pid = service.pid('audit');
  process.kill(pid, 'SIGSTOP');
  const refused = await call(service, 'POST /import/tautulli', { db_path: file });
  assert.deepEqual([refused.status, refused.code], [503, 'AUDIT_AWAY']);
  assert.equal((await service.fetched('/import/status')).stats.status, 'idle');
  const stopped = await call(service, 'DELETE /import');
  assert.deepEqual([stopped.status, stopped.code], [409, 'NOT_RUNNING']);
  process.kill(pid, 'SIGCONT');
  await until('it starts again', async () => (await call(service, 'POST /import/tautulli', { db_path: file })).status === 202);
  await service.end();
  await delivered(service);
  const of = (id) => entries(service).then((all) => all.filter((entry) => entry.request_id === id && entry.phase === 'outcome'));
  assert.deepEqual((await of(refused.id)).map((entry) => entry.outcome), ['AUDIT_AWAY']);
  assert.deepEqual((await of(stopped.id)).map((entry) => entry.outcome), ['NOT_RUNNING']);
  await service.stop();
});

/** Waits until that call is written down in the gateway's own outbox, to be told if it gets no further. */
const held = (service, action) => until(`${action} is held`, async () => {
  const rows = await sql(path.join(service.data, 'accounts.db'),
    `SELECT count(*) FROM audit_outbox WHERE ready_at = 9223372036854775807 AND instr(entry, CAST('${action}' AS BLOB)) > 0`);
  return rows[0][0] === '2';
});

test('a stop that was done while the gateway was killed is in the log with who asked for it', async () => {
  const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '10' } });
  const as = await service.signIn();
  process.kill(service.pid('import-worker-1'), 'SIGSTOP'); // the import is not over before it is stopped
  await service.begin(file);
  const history = service.pid('history');
  process.kill(history, 'SIGSTOP');
  const stop = service.fetch('/import', { method: 'DELETE', as }).catch(() => null);
  await held(service, 'stop_import');
  await pause(300); // then it is on its way to history, which is silent
  process.kill(service.pid('gateway'), 'SIGKILL');
  process.kill(history, 'SIGCONT');
  await stop;
  await until('the gateway is back', () => service.ask('GET /import/status').then(({ status }) => status === 200, () => false));
  assert.equal((await service.end()).status, 'cancelled');
  await delivered(service);
  const told = (await entries(service)).filter((entry) => entry.action === 'stop_import');
  assert.deepEqual(told.map((entry) => [entry.phase, entry.actor, entry.outcome]),
    [['requested', 'admin', undefined], ['outcome', 'admin', 'INTERRUPTED']]);
  process.kill(service.pid('import-worker-1'), 'SIGCONT');
  await service.stop();
});

test('what waited for the log while its session was ended is not done', async () => {
  const service = await Service.start();
  const [gone, other] = [await service.signIn(), await service.signIn()];
  const audit = service.pid('audit');
  process.kill(audit, 'SIGSTOP');
  const started = service.ask('POST /import/tautulli', { db_path: file }, gone);
  await held(service, 'start_import');
  assert.equal((await service.ask('POST /auth/logout', {}, gone)).status, 200);
  process.kill(audit, 'SIGCONT');
  const { status, body } = await started;
  assert.deepEqual([status, body.code], [401, 'NOT_SIGNED_IN']);
  assert.equal((await service.ask('GET /import/status', undefined, other)).body.stats.status, 'idle');
  await delivered(service);
  const told = (await entries(service)).filter((entry) => entry.action === 'start_import');
  assert.deepEqual(told.map((entry) => [entry.phase, entry.outcome]), [['requested', undefined], ['outcome', 'NOT_SIGNED_IN']]);
  await service.stop();
});

test('whatever is done to a copy, the first bad entry is named, with the public keys alone', async () => {
  const service = await Service.start();
  for (let i = 0; i < 3; i++) await call(service, 'DELETE /import');
  await service.ask('POST /audit/rotate');
  await call(service, 'DELETE /import');
  await delivered(service);
  const log = path.join(service.data, 'audit.db');
  const keys = ['--key', path.join(service.data, 'keys/audit.pub')];
  const head = ['--head', path.join(service.data, 'audit/audit.head')];
  const count = Number((await sql(log, 'SELECT max(n) FROM entries'))[0][0]);
  assert.ok(count >= 12, `${count} entries`);
  const whole = await forge(log, 'SELECT 1');
  assert.deepEqual(await verify(whole, ...keys, ...head).then(({ status, report }) => [status, report.intact_to]), [0, count]);
  for (let n = 1; n <= count; n++) {
    const next = n === count ? 1 : n + 1;
    const harms = {
      edited: [`UPDATE entries SET bytes = replace(bytes, '"at":"2', '"at":"3') WHERE n = ${n}`, n],
      deleted: [`DELETE FROM entries WHERE n = ${n}`, n],
      reordered: [`UPDATE entries SET n = -1 WHERE n = ${n}; UPDATE entries SET n = ${n} WHERE n = ${next}; UPDATE entries SET n = ${next} WHERE n = -1`, Math.min(n, next)],
      cut: [`DELETE FROM entries WHERE n >= ${n}`, n],
    };
    for (const [harm, [statement, bad]] of Object.entries(harms)) {
      const { status, report } = await verify(await forge(log, statement), ...keys, ...head);
      assert.deepEqual([status, report.bad_entry], [1, bad], `entry ${n} ${harm}: ${report.message}`);
    }
  }
  const cut = await forge(log, `DELETE FROM entries WHERE n > ${count - 2}`);
  assert.equal((await verify(cut, ...keys)).status, 0, 'nothing in a copy can tell of a cut');
  assert.equal((await verify(cut, ...keys, '--at-least', String(count))).report.bad_entry, count - 1);
  await service.stop();
});

test('the service checks its own log, seals old entries and goes on; a restored database is told', async () => {
  const service = await Service.start();
  const log = path.join(service.data, 'audit.db');
  await call(service, 'DELETE /import');
  await delivered(service);
  const backup = await forge(log, 'SELECT 1');
  const none = await service.ask('POST /audit/seal', { before: '2001-01-01' });
  assert.deepEqual([none.status, none.body.code], [409, 'NOTHING_TO_SEAL']);
  await delivered(service);
  const { items: [told] } = await service.fetched('/audit/acts?action=seal_audit');
  assert.deepEqual([told.result, told.outcome], ['refused', 'NOTHING_TO_SEAL'], 'nothing was done, and the log does not say it was');
  const sealed = await service.ask('POST /audit/seal', { before: '2100-01-01' });
  assert.equal(sealed.status, 200, JSON.stringify(sealed.body));
  const segment = path.join(service.data, sealed.body.file);
  assert.deepEqual(await verify(segment).then(({ status, report }) => [status, report.segment, report.intact_to]), [0, true, sealed.body.last]);
  assert.equal((await verify(await forge(segment, `DELETE FROM entries WHERE n = ${sealed.body.last}`), '--key', path.join(service.data, 'keys/audit.pub'))).status, 1);
  assert.equal((await service.ask('POST /audit/verify')).status, 202);
  const checked = await until('it is checked', async () => {
    const now = await service.fetched('/audit/verify');
    return !now.running && now;
  });
  assert.equal(checked.intact, true, checked.message);
  await service.stop();
  for (const end of ['', '-wal', '-shm']) rmSync(log + end, { force: true });
  copyFileSync(backup, log);
  const again = await Service.start({ data: service.data });
  const [restored] = await entries(again, '&action=restored');
  assert.equal(restored.phase, 'log');
  assert.ok(JSON.parse(restored.params).head_n > JSON.parse(restored.params).database_n);
  await again.stop();
  assert.equal((await verify(log)).status, 0);
});

test('a flood of refusals becomes a few entries, and no name that was typed wrongly is told', async () => {
  const service = await Service.start({ env: { PLAYBUS_LIMIT_PASSIVE: '50' } });
  await service.signIn();
  const secret = 'my secret passphrase';
  const login = { method: 'POST', as: {}, headers: { origin: `http://${service.address}`, 'content-type': 'application/json' }, body: JSON.stringify({ name: secret, password: secret }) };
  assert.equal((await service.fetch('/auth/login', login)).status, 401);
  const began = Date.now();
  for (let i = 0; i < 30 && Date.now() - began < 20_000; i++) { // all within the minute that a count is held
    await Promise.all(Array.from({ length: 100 }, () => service.fetch('/import/status', { as: {} }).then((answer) => answer.arrayBuffer())));
  }
  const setUp = { ...login, body: JSON.stringify({ code: 'none', name: 'mallory', password: 'long enough for anybody' }) };
  for (let i = 0; i < 60; i++) assert.equal((await service.fetch('/auth/setup', setUp)).status, 409);
  await delivered(service);
  const begun = await entries(service, '&action=set_up');
  assert.deepEqual(begun.filter((entry) => entry.phase !== 'refused').map((entry) => entry.phase), ['requested', 'outcome'], 'of the one that was let in');
  assert.equal(begun.length, 2 + 10);
  const refused = (await entries(service, '&phase=refused')).filter((entry) => entry.action !== 'set_up');
  const held = Number((await sql(path.join(service.data, 'accounts.db'), 'SELECT count(*) FROM audit_outbox'))[0][0]);
  assert.ok(refused.length >= 10 && refused.length <= 31, `${refused.length} entries`);
  assert.ok(held >= 2 && held <= 4, `${held} counts`);
  const [failed] = refused.filter((entry) => entry.action === 'sign_in');
  assert.deepEqual([failed.outcome, /^unknown-[0-9a-f]{16}$/.test(failed.target)], ['SIGN_IN_FAILED', true], failed.target);
  for (const name of ['audit.db', 'audit.db-wal', 'accounts.db', 'accounts.db-wal']) {
    assert.ok(!readFileSync(path.join(service.data, name)).includes(secret), name);
  }
  await service.stop();
});

test('what an open page still asks for when its session has ended is no refusal; what a person or a stranger does is', async () => {
  const service = await Service.start();
  const [left, ended, expired] = [await service.signIn(), await service.signIn(), await service.signIn()];
  const asks = ['GET /sync/status', 'GET /import/status', 'GET /sync/jobs', 'GET /auth/sessions', 'GET /audit/verify', 'GET /ws'];
  const refusals = async (ask) => {
    const before = (await entries(service, '&phase=refused')).length;
    await ask();
    await delivered(service);
    return (await entries(service, '&phase=refused')).slice(before).map(({ action, outcome }) => `${action} ${outcome}`);
  };
  const quiet = (as) => refusals(async () => {
    for (const what of asks) assert.equal((await service.ask(what, undefined, as)).status, 401, what);
    assert.equal((await service.ask('POST /auth/logout', {}, as)).status, 401); // a second tab signs out too
  });
  const { body } = await service.ask('GET /auth/sessions', undefined, ended);
  const { id } = body.items.find((session) => session.current);
  assert.equal((await service.ask('POST /auth/logout', {}, left)).status, 200);
  assert.equal((await service.ask(`DELETE /auth/sessions/${id}`)).status, 200);
  for (const [name, as] of Object.entries({ left, ended })) assert.deepEqual(await quiet(as), [], name);
  assert.deepEqual(await refusals(() => service.ask('DELETE /import', undefined, left)), ['stop_import NOT_SIGNED_IN']);
  assert.deepEqual(await refusals(() => service.ask('GET /history', undefined, left)), ['list_history NOT_SIGNED_IN']);
  const name = left.cookie.split('=')[0];
  const strangers = [{}, { cookie: `${name}=${'A'.repeat(43)}` }, { authorization: 'Bearer pbt_x_y', cookie: left.cookie }];
  for (const as of strangers) assert.deepEqual(await refusals(() => service.ask('GET /sync/status', undefined, as)), ['show_status NOT_SIGNED_IN']);
  await service.stop();
  await shell(path.join(service.data, 'accounts.db'), 'UPDATE sessions SET expires_at = 1000');
  const again = await Service.start({ data: service.data });
  const { length } = await entries(again, '&phase=refused');
  for (const what of asks) assert.equal((await again.ask(what, undefined, { ...expired, origin: `http://${again.address}` })).status, 401, what);
  await delivered(again);
  assert.equal((await entries(again, '&phase=refused')).length, length, 'a page that slept over the end of its session');
  await again.stop();
});

test('an export as CSV runs no formula', async () => {
  const service = await Service.start();
  await call(service, 'POST /import/tautulli', { db_path: '=HYPERLINK("http://evil")' });
  await delivered(service);
  const csv = await (await service.fetch('/audit/export?format=csv&action=start_import')).text();
  assert.ok(csv.includes(`,"'=HYPERLINK(""http://evil"")",`), csv);
  assert.ok(!/(^|,)"?[=+@-]\D/m.test(csv), csv);
  await service.stop();
});

test('kill -9 of the audit log and of its callers loses and doubles no entry', async () => {
  const service = await Service.start();
  const began = Date.now();
  const calls = [];
  let answered = 0;
  let over = false;
  const caller = async () => {
    while (!over) {
      const names = Object.keys(verbs);
      const made = await call(service, names[calls.length % names.length]);
      calls.push(made);
      answered += made.status !== 0;
    }
  };
  const killer = async () => {
    for (let round = 0; Date.now() - began < (long ? 118_000 : 10_000) || answered <= 50; round++) {
      await pause(200 + (round * 137) % 700);
      const pid = service.pid(['audit', 'gateway', 'audit', 'history'][round % 4]);
      try {
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error; // killed before, and not back yet
      }
    }
    await pause(2000);
    over = true;
  };
  await Promise.all([caller(), caller(), caller(), killer()]);
  await until('ready again', async () => (await service.fetch('/health/ready').catch(() => ({}))).status === 200);
  await delivered(service);
  const all = await entries(service);
  assert.equal(new Set(all.map((entry) => entry.entry_id)).size, all.length);
  const told = group(all.filter((entry) => entry.phase !== 'refused')); // asked with a token of the gateway before
  for (const { id, what, status, code } of calls) {
    const phases = (told.get(id) ?? []).map((entry) => entry.phase);
    const outcome = (told.get(id) ?? []).find((entry) => entry.phase === 'outcome');
    assert.ok(phases.filter((phase) => phase === 'requested').length <= 1, `${what} ${status}: ${phases}`);
    assert.ok(phases.filter((phase) => phase === 'outcome').length <= 1, `${what} ${status}: ${phases}`);
    assert.notEqual(phases.length, 1, `${what} ${status}: ${phases}`); // both or none, whatever was killed
    if (status === 0 || status === 401) continue; // the gateway was killed meanwhile
    assert.equal(outcome?.outcome, code, `${what} ${status} ${code}: ${JSON.stringify(told.get(id))}`);
    if (code !== 'AUDIT_AWAY') assert.deepEqual(phases, ['requested', 'outcome'], what);
  }
  await service.stop();
  assert.equal((await verify(path.join(service.data, 'audit.db'), '--head', path.join(service.data, 'audit/audit.head'))).status, 0);
});

test('kill -9 while keys change and segments are sealed leaves every number once, and all of it intact', async () => {
  const service = await Service.start();
  const log = path.join(service.data, 'audit.db');
  const began = Date.now();
  let asked = 0;
  let over = false;
  const caller = async (what, body) => {
    for (; !over; asked++) await service.ask(what, body);
  };
  const killer = async () => {
    for (let round = 0; Date.now() - began < (long ? 58_000 : 6000) || asked <= 60; round++) {
      await pause(100 + (round * 173) % 500);
      const pid = service.pid('audit');
      try {
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    }
    await pause(2000);
    over = true;
  };
  await Promise.all([caller('DELETE /import'), caller('POST /audit/rotate'), caller('POST /audit/seal', { before: '2100-01-01' }), killer()]);
  await until('ready again', async () => (await service.fetch('/health/ready').catch(() => ({}))).status === 200);
  await delivered(service);
  await service.stop();
  const segments = readdirSync(path.join(service.data, 'audit')).filter((name) => name.endsWith('.db'));
  const found = new Map();
  for (const file of [...segments.map((name) => path.join(service.data, 'audit', name)), log]) {
    const { report } = await verify(file, '--key', path.join(service.data, 'keys/audit.pub'));
    assert.equal(report.intact, true, `${file}: ${report.message}`);
    for (const [n, id] of await sql(file, "SELECT n, bytes ->> '$.entry_id' FROM entries")) {
      assert.equal(found.get(n) ?? id, id, `entry ${n} is another in ${file}`); // twice where a seal was cut short
      found.set(n, id);
    }
  }
  assert.ok(segments.length > 0 && found.size > 50, `${segments.length} segments, ${found.size} entries`);
  assert.equal(Math.max(...[...found.keys()].map(Number)), found.size, 'no number is missing');
  assert.equal(new Set(found.values()).size, found.size, 'no entry is there twice');
});

function group(all) {
  const groups = new Map();
  for (const entry of all) groups.set(entry.request_id, [...(groups.get(entry.request_id) ?? []), entry]);
  return groups;
}
