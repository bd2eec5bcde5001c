// SPDX-License-Identifier: MIT
// service.mjs - the real service for a test: `playbus up` on a fresh data folder, its REST, the pids
// of its actors, and databases to import. Everything started or made here goes when the file ends.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const bin = process.env.PLAYBUS_BIN ?? path.join(root, 'build/bin');
export const long = (process.env.LONG ?? '') !== '';

export const place = mkdtempSync(path.join(tmpdir(), 'playbus-test-'));
export const sources = path.join(place, 'sources');
mkdirSync(sources);
const services = new Set();

after(async () => {
  await Promise.all([...services].map((service) => service.stop()));
  rmSync(place, { recursive: true, force: true });
});

/** Runs a program to its end; its stdout. */
export function run(program, ...args) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 300_000, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${path.basename(program)}: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}

/**
 * Asks again and again until the answer is true. How long that takes says nothing about Playbus on a
 * machine that does other work too: the deadline is only for what would never come.
 */
export async function until(what, ask, deadlineMs = 60_000) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    assert.ok(Date.now() < end, `${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What a promise of an event comes to, or a failure that names what never came. */
export async function coming(what, promise, deadlineMs = 60_000) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new assert.AssertionError({ message: `${what}: not within ${deadlineMs} ms` })), deadlineMs); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Makes a source; {file, manifest}. Options are those of make-tautulli. */
export async function makeSource(name, ...options) {
  const file = path.join(sources, name);
  const manifest = `${file}.json`;
  await run(path.join(bin, 'make-tautulli'), file, '--manifest', manifest, ...options.map(String));
  return { file, manifest: JSON.parse(readFileSync(manifest, 'utf8')) };
}

/** What the sqlite3 shell says; it waits for whoever holds the database, as after a kill. */
export function shell(file, statement, ...options) {
  return run('sqlite3', ...options, '-cmd', '.timeout 60000', file, statement);
}

/** A query's rows, as text. */
export async function sql(file, statement) {
  const said = await shell(file, statement, '-readonly');
  return said.trim().split('\n').map((line) => line.split('|'));
}

/** What the command line sends too: the local token of a data folder's gateway, new at each of its starts. */
export function localToken(data) {
  const file = path.join(data, 'run/cli.token');
  return existsSync(file) ? { authorization: `Bearer ${readFileSync(file, 'utf8').trim()}` } : {};
}

/** The processes that belong to a data folder's tree: {pid, command}. */
export function tree(data) {
  const lock = statSync(path.join(data, 'run/tree.lock'));
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).flatMap((pid) => {
    try {
      const open = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        try {
          const file = statSync(`/proc/${pid}/fd/${fd}`);
          return file.ino === lock.ino && file.dev === lock.dev;
        } catch { return false; }
      });
      return open ? [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }] : [];
    } catch { return []; }
  });
}

/** A port that is free now, below those that the kernel gives to outgoing connections. */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const free = await new Promise((resolve) => {
      const server = net.createServer();
      server.on('error', () => resolve(false));
      server.listen(port, () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Many tests start much from one address, which no person does. */
const limits = { PLAYBUS_SYNC_MINUTE_MS: '0', PLAYBUS_LIMIT_TRIGGERS: '1000000', PLAYBUS_LIMIT_CHANGES: '1000000', PLAYBUS_LIMIT_PASSIVE: '1000000' };

export class Service {
  static count = 0;

  /** `programs`: the folder of another build. `uid`: the user and group it runs as. */
  static async start({ env = {}, options = [], data, programs = bin, uid } = {}) {
    const service = new Service();
    service.data = data ?? path.join(place, `data-${Service.count++}`);
    service.logged = '';
    service.child = spawn(path.join(programs, 'playbus'),
      ['up', '--data', service.data, '--allow', sources, '--listen', '127.0.0.1:0', ...options],
      { env: { ...process.env, ...limits, ...env }, stdio: ['ignore', 'pipe', 'pipe'], uid, gid: uid });
    service.ended = new Promise((resolve) => service.child.on('exit', resolve));
    services.add(service);
    let said = '';
    service.child.stdout.on('data', (text) => { said += text; });
    service.child.stderr.on('data', (text) => { service.logged = (service.logged + text).slice(-20_000); });
    await until('ready', () => {
      assert.equal(service.child.exitCode, null, service.logged);
      return said.includes('\n');
    });
    [, service.address] = /^ready http:\/\/(\S+)$/m.exec(said);
    service.url = `http://${service.address}/api/v1`;
    return service;
  }

  async stop() {
    services.delete(this);
    this.child.kill('SIGTERM');
    await coming('the end of the service', this.ended);
  }

  /** fetch() below /api/v1, as the command line: with the local token, unless `as` has other headers. */
  async fetch(where, { as, headers = {}, ...options } = {}) {
    const shown = as ?? localToken(this.data);
    const answer = await fetch(this.url + where, { ...options, headers: { ...shown, ...headers } });
    const renewed = as ?? localToken(this.data); // the gateway may have been restarted in between
    if (answer.status !== 401 || renewed.authorization === shown.authorization) return answer;
    return fetch(this.url + where, { ...options, headers: { ...renewed, ...headers } });
  }

  /** One request: {status, body, headers, ms}. A body makes it a POST with JSON. */
  async ask(what, body, as = undefined) {
    const [method, where] = what.split(' ');
    const began = Date.now();
    const answer = await this.fetch(where, {
      method, as, signal: AbortSignal.timeout(60_000),
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? null : JSON.parse(text), headers: answer.headers, ms: Date.now() - began };
  }

  /** ask(), again for as long as the answer is 503: an actor that had no time on a busy machine has some later. */
  patiently(what, body) {
    return until(`${what} is no longer answered with 503`, async () => {
      const answer = await this.ask(what, body);
      return answer.status !== 503 && answer;
    });
  }

  /** Starts an import that must be accepted; its job's id. */
  async begin(file, more = {}) {
    const { status, body } = await this.patiently('POST /import/tautulli', { db_path: file, ...more });
    assert.equal(status, 202, JSON.stringify(body));
    return body.job_id;
  }

  /** Waits until no import runs; the final record. */
  async end(deadlineMs = 240_000) {
    const { stats } = await until('end of the import', async () => {
      const { status, body } = await this.ask('GET /import/status');
      return status === 200 && body.stats.status !== 'running' && body;
    }, deadlineMs);
    return stats;
  }

  async import(file, more = {}) {
    await this.begin(file, more);
    return this.end();
  }

  /** The body of an answer that must be 200. */
  async fetched(where) {
    const { status, body } = await this.patiently(`GET ${where}`);
    assert.equal(status, 200, `${where}: ${JSON.stringify(body)}`);
    return body;
  }

  /** The stored plays as the export gives them, newest first. */
  async exported() {
    const answer = await this.fetch('/history/export?format=jsonl');
    assert.equal(answer.status, 200);
    return (await answer.text()).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  }

  /** What is stored, without what differs from run to run: one line that names every play. */
  async plays() {
    const columns = (await sql(this.history, "SELECT name FROM pragma_table_info('plays')")).flat()
      .filter((name) => !['id', 'job_no', 'item_id', 'source_id'].includes(name));
    const said = await shell(this.history,
      `SELECT count(*), count(DISTINCT native_id), hex(sha3_query('SELECT ${columns.join(',')} FROM plays ORDER BY native_id, started_at')) FROM plays`, '-readonly');
    return said.trim();
  }

  /**
   * Signs a person in, the first one by setting up; the headers of their calls. Every unsafe call of a
   * session shows its CSRF token and comes from an origin that is allowed.
   */
  async signIn({ name = 'admin', password = 'correct horse battery staple', origin = `http://${this.address}` } = {}) {
    const { setup_required: first } = await (await fetch(`${this.url}/auth/session`)).json();
    const code = first ? { code: readFileSync(path.join(this.data, 'run/setup.code'), 'utf8').trim() } : {};
    const answer = await until('the audit log takes a sign-in', async () => {
      const said = await fetch(`${this.url}/auth/${first ? 'setup' : 'login'}`, {
        method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: JSON.stringify({ ...code, name, password }) });
      return said.status !== 503 && said;
    });
    const body = await answer.json();
    assert.equal(answer.status, first ? 201 : 200, JSON.stringify(body));
    const [cookie] = answer.headers.get('set-cookie').split(';');
    return { cookie, origin, 'x-csrf-token': body.csrf_token };
  }

  /** A viewer who chose a password of their own; the headers of their calls. */
  async signInViewer({ name = 'viewer', password = 'a quiet look at the plays' } = {}) {
    const first = 'only until the first sign-in';
    const admin = await this.signIn();
    const made = await this.ask('POST /users', { name, role: 'viewer', password: first }, admin);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const headers = await this.signIn({ name, password: first });
    const changed = await this.ask('POST /auth/password', { current_password: first, new_password: password }, headers);
    assert.equal(changed.status, 200, JSON.stringify(changed.body));
    return this.signIn({ name, password });
  }

  get history() {
    return path.join(this.data, 'history.db');
  }

  /** The pid in an actor's lock, as in `history` or `import-worker-1`; undefined while there is none. */
  pid(actor) {
    const lock = path.join(this.data, 'run', `${actor}.lock`);
    return existsSync(lock) ? Number(readFileSync(lock, 'utf8')) || undefined : undefined;
  }
}

/** Every file below a folder. */
export function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const one = path.join(folder, entry.name);
    return entry.isDirectory() ? files(one) : entry.isFile() ? [one] : [];
  });
}

/** What a file holds; nothing, where it goes meanwhile. */
export function contents(file) {
  try { return readFileSync(file); } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  }
}

/** The figures of a record that must not differ between two runs of the same source. */
export function figures(stats) {
  const { status, total_records, processed_records, imported_records, skipped_records, error_count,
    duplicate_records, progress_percent, last_processed_id } = stats;
  return { status, total_records, processed_records, imported_records, skipped_records, error_count,
    duplicate_records, progress_percent, last_processed_id };
}
