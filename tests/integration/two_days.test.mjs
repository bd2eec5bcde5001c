// SPDX-License-Identifier: MIT
// two_days.test.mjs - two days pass on a server of each kind and version, and on a Tautulli that is imported by its
// address, while all of it goes wrong: servers are away, starting or restarted, and processes of ours are killed. The
// history then has exactly the plays that a second program makes of what was played. LONG=1 plays 5,000 on each.
//
// The clock of the service is moved (skewed_clock.c) and the servers date what they write by the same one, so that
// cursors, overlaps and what is still growing are those of the two days.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { differences, expectedPlays, expectedPlexPlays, expectedTautulliPlays } from '../support/media_server/expected_plays.mjs';
import { Life, planOf, PlexLife, TautulliLife, watchable } from '../support/media_server/life.mjs';
import { sequence } from '../support/media_server/library.mjs';
import { TautulliApi } from '../support/media_server/tautulli_api.mjs';
import { startMedia } from './registry.mjs';
import { long, makeSource, Service, shell, tree, until } from './service.mjs';
import { skewedClock } from './skewed_clock.mjs';

const hour = 3_600_000;
const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
const seed = number('SEED', 1); // another life, and other moments of what goes wrong
const plays = number('PLAYS', long ? 5000 : 60);
const steps = number('STEPS', long ? 28 : 3);
const people = Math.max(4, Math.round(plays / 208));
const begin = Date.now() - 100 * hour; // four days ago, so that nothing is ahead of the machine's own clock
const end = begin + 48 * hour;
const random = sequence(seed);

const kinds = [
  { kind: 'plex' }, { kind: 'jellyfin', version: '10.8.13' }, { kind: 'jellyfin', version: '10.11.5' }, { kind: 'jellyfin', version: '12.0.0' },
  { kind: 'emby', version: '4.8.11.0' }, { kind: 'emby', version: '4.9.5.0' },
];

class Server {
  reads = [];

  static async start(of, i) {
    const self = new Server();
    const media = await startMedia({ ...of, seed: 70 + i, oddities: false, plays: 0, people: people - 2, accounts: people });
    Object.assign(self, { of, media, name: `${of.kind} ${of.version ?? ''}`.trim() });
    self.life = of.kind === 'plex' ? self.#plexLife(i) : self.#life(i);
    return self;
  }

  #plexLife(i) {
    const { films, episodes } = this.media.place.library;
    const apart = (item, seen) => !seen.includes(item); // else two plays may be one that is told twice
    const accounts = this.media.place.accounts.slice(1).map(({ id }) => id);
    return new PlexLife(this.media, planOf([...films, ...episodes], { plays, people: accounts, from: begin, until: end, seed: seed + i, apart }));
  }

  #life(i) {
    const { watching } = this.media;
    const users = ['ada', 'ben', ...Array.from({ length: people - 2 }, (_, n) => `p${n}`)];
    return new Life(watching, planOf(watchable(watching), { plays, people: users, from: begin, until: end, seed: seed + i }));
  }

  async register(house) {
    const { body } = await house.service.patiently('POST /servers', { name: this.name, kind: this.of.kind, address: this.media.url, token: this.media.tokens.owner ?? this.media.tokens.key });
    this.id = body.server.id;
    assert.equal((await house.service.patiently(`POST /servers/${this.id}/test`)).status, 200);
  }

  /** Marks and copied dates among it, which are no plays. */
  mark(at) {
    const { watching } = this.media;
    watching?.mark({ items: watching.of('episode').slice(100, 103), at });
    if (watching && !/^(10\.8|4\.8)/.test(this.of.version)) watching.mark({ items: [watching.of('movie')[50]], datePlayed: at - 60_000 });
  }

  expected() {
    return this.of.kind === 'plex' ? expectedPlexPlays(this.life.facts) : expectedPlays(this.of, this.life.facts, { reads: this.reads });
  }

  /** The id of the job that runs from now on, or already. */
  async start(house) {
    const { status, body } = await house.ask(`POST /servers/${this.id}/sync`);
    assert.ok(status === 202 || body.code === 'SYNC_RUNNING', `${this.name}: ${JSON.stringify(body)}`);
    return body.correlation_id ?? body.details.stats.job_id;
  }

  stop(house) { return house.ask(`DELETE /servers/${this.id}/sync`); }

  async well() {
    await this.media.clear();
    await this.media.fault('slow', { msPerAnswer: 8 });
  }

  async fault(name, options) { await this.media.fault(name, options); }

  async restart(at) {
    this.life.crash(at);
    await this.media.fault('refused');
    await sleep(300);
    await this.well();
    await this.media.fault(this.of.kind === 'plex' ? 'maintenance' : 'starting', { form: 'empty', times: 2 });
  }
}

/** A Tautulli, which is imported as the others are synced. */
class Tautulli {
  name = 'tautulli by address';
  reads = [];

  static async start() {
    const self = new Tautulli();
    const { file: whole } = await makeSource('whole.db', '--rows', plays, '--seed', 77, '--start', Math.floor(begin / 1000), '--no-wal');
    const { file } = await makeSource('grows.db', '--rows', plays, '--seed', 77, '--start', Math.floor(begin / 1000), '--no-wal');
    const step = (end - begin) / 1000 / plays;
    // A row is written when its play stops.
    await shell(whole, `UPDATE session_history SET stopped = ${Math.floor(begin / 1000)} + CAST(id * ${step} AS INTEGER), started = ${Math.floor(begin / 1000)} + CAST(id * ${step} AS INTEGER) - max(stopped - started, 0)`);
    await shell(file, ['session_history', 'session_history_metadata', 'session_history_media_info'].map((table) => `DELETE FROM ${table};`).join(' '));
    const rows = JSON.parse(await shell(whole, 'SELECT id, user_id, rating_key, started, stopped FROM session_history ORDER BY id', '-json'));
    self.life = new TautulliLife({ shell, file, whole, rows });
    await self.life.advance(begin + (end - begin) / steps / 2);
    await self.life.crash();
    self.server = await TautulliApi.start({ file });
    self.identity = self.server.serverId;
    self.at = { file, port: Number(new URL(self.server.url).port) };
    return self;
  }

  async register(house) {
    const { body } = await house.service.patiently('POST /servers', { name: this.name, kind: 'tautulli', address: this.server.url, token: this.server.key });
    this.id = body.server.id;
  }

  mark() {}

  expected() { return expectedTautulliPlays(this.life.facts); }

  /** null where it cannot be asked now. */
  async start(house) {
    const { body } = await house.ask('POST /import/tautulli', { server_id: this.id });
    return body.correlation_id ?? body.details?.stats?.job_id ?? null;
  }

  stop(house) { return house.ask('DELETE /import'); }

  async well() {
    await this.#open();
    this.server.fault = null;
  }

  async fault(name) {
    if (name === 'refused') await this.#close();
    else if (name === 'reset') this.server.server.closeAllConnections();
    else this.server.fault = { status: 'timeout504', cut: 'cutOnce' }[name] ?? null;
  }

  async #close() {
    await this.server?.stop();
    this.server = null;
  }

  async #open() {
    this.server ??= await TautulliApi.start(this.at);
  }

  async restart() {
    await this.life.crash();
    await this.#close();
    await sleep(300);
    await this.#open();
  }
}

/** The service of a household, which is restarted and killed in the midst. */
class House {
  static async start(clock) {
    const house = Object.assign(new House(), { clock });
    await house.up();
    return house;
  }

  async up(data) {
    const env = { ...this.clock.env, PLAYBUS_SYNC_SESSIONS_S: '0', PLAYBUS_IMPORT_TAUTULLI_STALE_S: '0' };
    this.service = await Service.start({ data, env });
  }

  /** Whatever happens to the service meanwhile. */
  ask(what, body) {
    return until(what, async () => {
      try {
        const answer = await this.service.ask(what, body);
        return answer.status !== 503 && answer;
      } catch {
        return false;
      }
    }, 120_000);
  }

  async ended(job) {
    const { body } = await until(`the end of ${job}`, async () => {
      const answer = await this.ask(`GET /sync/jobs/${job}`);
      return answer.body.job?.progress.status !== 'running' && answer;
    }, 600_000);
    assert.ok(body.job, JSON.stringify(body));
    return body.job.progress;
  }

  async restart() {
    const { data } = this.service;
    await this.service.stop();
    await this.up(data);
  }

  async killAll() {
    const { data, child, ended } = this.service;
    for (const pid of [child.pid, ...tree(data).map((one) => one.pid)]) {
      try { process.kill(pid, 'SIGKILL'); } catch (error) { if (error.code !== 'ESRCH') throw error; }
    }
    await ended;
    await this.up(data);
  }

  kill(actor) {
    const pid = this.service.pid(actor);
    try { if (pid) process.kill(pid, 'SIGKILL'); } catch (error) { if (error.code !== 'ESRCH') throw error; }
  }
}

/** Syncs until one has completed; its record. */
async function synced(house, one, at) {
  const said = [];
  for (;;) {
    const job = await one.start(house);
    const stats = job ? await house.ended(job) : { status: 'not begun' };
    if (stats.status === 'completed') {
      one.reads.push(at);
      return stats;
    }
    said.push(stats.error_code ?? stats.error ?? stats.status);
    assert.ok(said.length < 10, `${one.name}: ${said}`);
    await sleep(500);
  }
}

const some = () => sleep(20 + random() * (long ? 1500 : 150));
const each = (servers, act) => Promise.all(servers.map(act));
/** For a while. */
const trouble = (name, options) => async ({ servers }) => {
  await each(servers, (one) => one.fault(name, options));
  await sleep(1000);
  await each(servers, (one) => one.well());
};

/** What goes wrong amid the syncs of one step. */
const mishaps = {
  nothing: async () => {},
  'server-sync is killed': async ({ house }) => house.kill('server-sync'),
  'the history is killed': async ({ house }) => house.kill('history'),
  'the broker is killed': async ({ house }) => house.kill('broker'),
  'tautulli is killed': async ({ house }) => house.kill('tautulli'),
  'nobody listens': trouble('refused'),
  'a proxy answers 503': trouble('status', { code: 503 }),
  'answers are cut': trouble('cut'),
  'connections are reset': trouble('reset'),
  'the plugins fail': trouble('status', { code: 500, path: '/user_usage_stats' }),
  'the servers are restarted': async ({ servers, at }) => each(servers, (one) => one.restart(at)),
  'the service is restarted': async ({ house }) => house.restart(),
  'all that is ours is killed': async ({ house }) => house.killAll(),
  'all of it': async ({ house, servers, at }) => {
    house.kill('history');
    await each(servers, (one) => one.restart(at));
    house.kill('server-sync');
    await some();
    house.kill('broker');
  },
};

test('two days of each kind and version: the plays that were played, none twice and none invented', async (t) => {
  const clock = skewedClock();
  const setTo = (at) => {
    clock.set(Math.round((at - Date.now()) / 1000));
    for (const { media } of servers) if (media?.watching) media.watching.clockOff = at - Date.now();
  };
  const servers = [...await each(kinds.map((of, i) => [of, i]), ([of, i]) => Server.start(of, i)), await Tautulli.start()];
  clock.set(Math.round((begin - Date.now()) / 1000));
  const house = await House.start(clock);
  await each(servers, (one) => one.register(house));
  await each(servers, (one) => one.well());

  const pass = async (at) => {
    await each(servers, (one) => one.life.advance(at));
    setTo(at);
  };
  const names = steps > 9 ? Object.keys(mishaps) : ['the history is killed', 'all of it', 'nothing'];
  for (let step = 1; step <= steps; step++) {
    const at = begin + step * (end - begin) / steps;
    await pass(at);
    if (step === Math.ceil(steps / 2)) each(servers, (one) => one.mark(at - 40 * 60_000));
    if (steps > 9 && step % 9 === 5) { // for hours nobody is reached
      await each(servers, (one) => one.fault('refused'));
      await each(servers, async (one) => {
        const job = await one.start(house);
        await sleep(1000);
        await one.stop(house);
        if (job) await house.ended(job);
      });
      await each(servers, (one) => one.well());
      continue;
    }
    const name = names[step % names.length];
    const began = performance.now();
    const syncs = servers.map((one) => synced(house, one, at));
    await some();
    await mishaps[name]({ house, servers, at });
    await Promise.all(syncs);
    await each(servers, (one) => one.well());
    t.diagnostic(`${Math.round((at - begin) / hour)} h, ${name}: ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(wrongOf(servers, await house.service.exported()).filter((text) => text.includes('invented')), []);
  }

  const after = end + 20 * hour; // all rests
  await pass(after);
  await each(servers, (one) => synced(house, one, after));
  const found = await house.service.exported();
  for (const one of servers) t.diagnostic(figuresOf(one, found));
  assert.deepEqual(wrongOf(servers, found), []);
  const again = await each(servers, (one) => synced(house, one, after));
  assert.deepEqual(again.map(({ imported_records: imported }) => imported), servers.map(() => 0), 'again it is nothing new');
  await house.service.stop();
  await servers.at(-1).server.stop();
});

const ownOf = (one, found) => found.filter(({ server_id: id }) => id === (one.media?.machineIdentifier ?? one.identity));
const wrongOf = (servers, found) => servers.flatMap((one) => differences(one.expected(), ownOf(one, found)).map((text) => `${one.name}: ${text}`));

function figuresOf(one, found) {
  const own = ownOf(one, found);
  const rows = own.flatMap(({ sources: told }) => told.map(({ native_id: id }) => (String(id).includes(':') ? id.split(':')[0] : 'row')));
  const counted = [...new Set(rows)].sort().map((kind) => `${rows.filter((row) => row === kind).length} ${kind}`);
  return `${one.name}: ${one.life.facts.length} played, ${one.expected().length} expected, ${own.length} found, of ${counted.join(', ')}`;
}
