// SPDX-License-Identifier: MIT
// media_server.mjs - a small real server that behaves as a Plex Media Server and as plex.tv, or as a Jellyfin or an
// Emby server, for tests and for trying things by hand. Its data is generated; what can go wrong is switched while it runs.
//
//   const server = await MediaServer.start({ plays: 1000 });
//   server.url, server.tokens.owner      where it is and who may ask; server.plexTv.url, .approve(code)
//   server.history.rows                  what there is to be found; server.play({ viewedAt }) adds one
//   server.sessions                       what is being played: .begin({ item }), .stop(session)
//   await server.fault('maintenance');   from now on (media_server/faults.mjs has them all)
//   await server.clear();                all is well again
//   server.asked                         the newest requests, with their headers: where did a token go?
//   await server.stop();
//
//   await MediaServer.start({ kind: 'jellyfin', version: '12.0.0' });   or kind: 'emby', version: '4.9.5.0'
//   server.household              its users, API key and Quick Connect: .agree(code, name), .sessions()
//   server.tokens.key, .admin, .guest, .bad
//   server.watching                       what is played there: .play({ who, item, from, until }), .begin, .stop, .mark
//
//   node tests/support/media_server.mjs --plays 1000     prints its addresses and tokens, until it is ended
//   curl -X PUT CONTROL_URL/faults/slow -d '{"msPerRow": 11}'
//
// What is measured and what is assumed stands where it is done, by these tags: [live] was recorded from a running
// server, [spec] is the vendor's own description, [client] what widely used clients rely on, [?] is assumed, and a
// test that rests on it proves only that we would stand it. Assumed are above all: what a token that is not the
// owner's is refused (403 for accounts, devices, sessions), the upper bound of viewedAt, the order of equal seconds
// and of a batch of items, rows of live TV and trailers, and the bodies of 403 and 429.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { render, text } from './media_server/answers.mjs';
import { answerEmby, embyToken } from './media_server/emby.mjs';
import { delayOf, Faults, faultyAnswer, senderOf } from './media_server/faults.mjs';
import { answerJellyfin, jellyfinToken, makeHome } from './media_server/jellyfin.mjs';
import { Listener, makeCertificate } from './media_server/listener.mjs';
import { makePlace } from './media_server/place.mjs';
import { answerPlex } from './media_server/plex.mjs';
import { PlexTv } from './media_server/plex_tv.mjs';

const askedMost = 10_000; // requests that are remembered
const bodyMost = 65_536;

const kinds = {
  plex: { answer: answerPlex, version: null },
  jellyfin: { answer: answerJellyfin, token: jellyfinToken, version: '10.11.5' },
  emby: { answer: answerEmby, token: embyToken, version: '4.9.5.0' },
};

export class MediaServer {
  #faults = new Faults();
  #listeners = new Map();
  #folder = null; // of certificates, if there are any
  #basePath;
  /** The newest requests: { host, method, url, path, headers, body, token, tokenIn, at }. */
  asked = [];

  /**
   * Options: those of place.mjs, and host, port, basePath (a proxy's, '/plex'), tls: true (the same port speaks TLS
   * too, with a certificate that signs itself) or 'plex.direct' (one for that name, of an authority of its own).
   */
  static async start(options = {}) {
    const server = new MediaServer(options);
    await server.#open(options);
    return server;
  }

  constructor(options) {
    this.place = makePlace(options);
    this.kind = options.kind ?? 'plex';
    if (this.kind !== 'plex') makeHome(this.place, { kind: this.kind, version: options.version ?? kinds[this.kind].version, people: options.people });
    this.plexTv = new PlexTv(this.place);
    this.#basePath = options.basePath ?? '';
  }

  async #open({ host = '127.0.0.1', port = 0, tls = false }) {
    if (tls) this.#folder = mkdtempSync(path.join(tmpdir(), 'media-server-'));
    if (tls === 'plex.direct') this.authority = makeCertificate(this.#folder, 'authority', { isAuthority: true });
    if (tls) this.certificate = this.#newCertificate();
    const listen = async (name, at, answer, certificate) => {
      const listener = new Listener(name === 'control' ? '127.0.0.1' : host, this.#handler(name, answer), certificate);
      await listener.open(at);
      this.#listeners.set(name, listener);
      return listener.port;
    };
    this.port = await listen('plex', port, (ask) => kinds[this.kind].answer(this.place, ask), this.certificate ?? null);
    this.url = `http://${host}:${this.port}${this.#basePath}`;
    this.tlsUrl = tls ? `https://${host}:${this.port}${this.#basePath}` : null;
    this.plexTv.url = `http://${host}:${await listen('plexTv', 0, (ask) => this.plexTv.answer(ask), null)}`;
    this.plexTv.connections = [{ address: host, port: 9 }, { address: host, port: this.port }, ...(tls ? [{ address: host, port: this.port, https: true }] : [])];
    this.controlUrl = `http://127.0.0.1:${await listen('control', 0, controlOf(this), null)}`;
  }

  get tokens() { return this.place.tokens; }
  get machineIdentifier() { return this.place.serverId ?? this.place.machineIdentifier; }
  get household() { return this.place.household; }
  get watching() { return this.place.watching; }
  get history() { return this.place.history; }
  get sessions() { return this.place.sessions; }

  /** One more play, or `count` of them; what is not given is drawn (history.mjs). */
  play(fields = {}, count = 1) {
    return Array.from({ length: count }, () => this.history.add(fields)).at(-1);
  }

  /** Begins a fault, or begins it anew with these options. */
  async fault(name, options = {}) {
    this.#faults.set(name, options);
    if (name === 'refused') await this.#listeners.get(options.host ?? 'plex').close(); // of one host
    if (name === 'newCertificate') this.#showNewCertificate();
  }

  /** Ends one fault, or all. A new certificate stays. */
  async clear(name) {
    this.#faults.clear(name);
    if (name === undefined || name === 'refused') await Promise.all([...this.#listeners.values()].map((listener) => listener.open()));
  }

  async stop() {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
    if (this.#folder) rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Addresses, tokens and the faults that are on. */
  describe() {
    const { url, tlsUrl, controlUrl, tokens, machineIdentifier, certificate, authority } = this;
    return {
      url, tlsUrl, plexTvUrl: this.plexTv.url, controlUrl, tokens, machineIdentifier, plays: this.history.rows.length,
      certificateSha256: certificate?.sha256 ?? null, authorityFile: authority?.file ?? null, faults: this.#faults.names(),
    };
  }

  #newCertificate() {
    const names = this.authority ? [`*.${this.plexTv.directId}.plex.direct`] : ['localhost', '127.0.0.1', '::1'];
    return makeCertificate(this.#folder, 'server', { names, authority: this.authority ?? null });
  }

  #showNewCertificate() {
    this.certificate = this.#newCertificate();
    this.#listeners.get('plex').show(this.certificate);
  }

  #handler(host, answer) {
    return async (request, response) => {
      const ask = await this.#read(host, request);
      const own = () => (ask.path === null ? text(404, 'text/plain', 'no such path on this proxy') : answer(ask));
      const made = await faultyAnswer(ask.faults, ask, own);
      const wait = delayOf(ask.faults, made);
      if (wait > 0) await sleep(wait, undefined, { ref: false });
      const send = senderOf(ask.faults) ?? sendWhole;
      await send(response, render(made, ask.headers.accept));
    };
  }

  /** What was asked; path is null outside the base path, and faults are those of this request. */
  async #read(host, request) {
    const [whole, query = ''] = request.url.split(/\?(.*)/s);
    const base = host === 'plex' ? this.#basePath : '';
    const ask = {
      host, method: request.method, url: request.url, headers: request.headers, at: Date.now(),
      path: `${whole}/`.startsWith(`${base}/`) ? whole.slice(base.length) || '/' : null,
      query: argumentsOf(query), body: await bodyOf(request), faults: new Map(),
    };
    // Any X-Plex argument may be a header or stand in the query [spec].
    ask.argument = (name) => ask.headers[name.toLowerCase()] ?? ask.query.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1];
    ask.token = ask.argument('X-Plex-Token');
    ask.tokenIn = 'x-plex-token' in ask.headers ? 'header' : ask.token === undefined ? null : 'query';
    ask.kind = host === 'plex' ? this.kind : host;
    Object.assign(ask, kinds[ask.kind]?.token?.(this.place, ask));
    if (host === 'control') return ask;
    this.asked.push(ask);
    if (this.asked.length > askedMost) this.asked.shift();
    if (ask.path !== null) ask.faults = this.#faults.of(ask);
    return ask;
  }
}

/**
 * For tests that are not written in Node: PUT /faults/NAME {options}, DELETE /faults[/NAME], POST /plays {fields of
 * a row, count}, POST /pins/ID_OR_CODE/approve|expire {who}, POST /quick-connect/CODE/agree {who}, GET /asked; each other answer describes the server.
 */
function controlOf(server) {
  const act = async ({ method, path: asked, body }) => {
    const [, kind, name, verb] = asked.split('/');
    const { count, who, ...options } = body === '' ? {} : JSON.parse(body);
    if (method === 'PUT' && kind === 'faults') await server.fault(name, options);
    if (method === 'DELETE' && kind === 'faults') await server.clear(name);
    if (method === 'POST' && kind === 'plays') server.play(options, count);
    if (method === 'POST' && kind === 'pins' && verb === 'approve') server.plexTv.approve(name, who);
    if (method === 'POST' && kind === 'pins' && verb === 'expire') server.plexTv.expire(name);
    if (method === 'POST' && kind === 'quick-connect' && verb === 'agree') server.household.agree(name, who);
    if (method === 'GET' && kind === 'asked') return json(server.asked.map(({ faults, ...kept }) => ({ ...kept, faults: [...faults.keys()] })));
    return json(server.describe());
  };
  return (ask) => act(ask).catch((error) => text(400, 'text/plain', `${error.message}\n`));
}

const json = (value) => text(200, 'application/json', JSON.stringify(value, null, 2));

function sendWhole(response, rendered) {
  response.writeHead(rendered.status, { ...rendered.headers, 'content-length': rendered.body.length });
  response.end(rendered.body);
}

/** Pairs in their order: `viewedAt>=5` is the name `viewedAt>` with the value 5. */
function argumentsOf(query) {
  return query.split('&').filter((one) => one !== '').map((one) => {
    const [name, value = ''] = one.split(/=(.*)/s);
    return [decoded(name), decoded(value)];
  });
}

function decoded(value) {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** As much of the body as is remembered; a client that hangs up amid it has sent what it has sent. */
async function bodyOf(request) {
  let body = '';
  try {
    for await (const chunk of request) {
      if (body.length < bodyMost) body += chunk;
    }
  } catch (error) {
    if (!request.destroyed) throw error;
  }
  return body;
}

async function main() {
  const numbers = ['plays', 'days', 'sameSecond', 'accounts', 'devices', 'seed', 'port'];
  const texts = ['name', 'host', 'basePath', 'kind', 'version'];
  const { values } = parseArgs({ options: { ...Object.fromEntries([...numbers, ...texts].map((name) => [name, { type: 'string' }])), tls: { type: 'boolean' } } });
  const server = await MediaServer.start(Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numbers.includes(name) ? Number(value) : value])));
  console.log(JSON.stringify(server.describe(), null, 2));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.stop());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
