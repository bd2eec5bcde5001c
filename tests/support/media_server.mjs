// SPDX-License-Identifier: MIT
// media_server.mjs - a small real server that behaves as a Plex Media Server and as plex.tv, for tests and
// for trying things by hand. Its data is generated; what can go wrong is switched while it runs.
//
//   const server = await MediaServer.start({ plays: 1000 });
//   server.url, server.tokens.owner      where it is and who may ask
//   await server.fault('maintenance');   from now on (media_server/faults.mjs has them all)
//   await server.clear();                all is well again
//   server.asked                         the newest requests, with their headers: where did a token go?
//   await server.stop();
//
//   node tests/support/media_server.mjs --plays 1000     prints its addresses and tokens, until it is ended
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { render, text } from './media_server/answers.mjs';
import { answerOf, changed, Faults, senderOf } from './media_server/faults.mjs';
import { Listener, makeCertificate } from './media_server/listener.mjs';
import { makePlace } from './media_server/place.mjs';
import { answerPlex } from './media_server/plex.mjs';

const askedMost = 10_000; // requests that are remembered
const bodyMost = 65_536;

export class MediaServer {
  #faults = new Faults();
  #listeners = new Map();
  #folder = mkdtempSync(path.join(tmpdir(), 'media-server-'));
  #basePath;
  /** The newest requests: { host, method, url, path, headers, body, token, tokenIn, at }. */
  asked = [];

  /**
   * Options: those of place.mjs, and host, port, basePath (a proxy's, '/plex'), tls (true: the same port
   * speaks TLS too, with a certificate that signs itself).
   */
  static async start(options = {}) {
    const server = new MediaServer(options);
    await server.#open(options);
    return server;
  }

  constructor(options) {
    this.place = makePlace(options);
    this.#basePath = options.basePath ?? '';
  }

  async #open({ host = '127.0.0.1', port = 0, tls = false }) {
    if (tls) this.certificate = this.#newCertificate();
    const plex = new Listener(host, this.#handler('plex', (ask) => answerPlex(this.place, ask)), this.certificate ?? null);
    await plex.open(port);
    this.#listeners.set('plex', plex);
    this.url = `http://${host}:${plex.port}${this.#basePath}`;
    this.tlsUrl = tls ? `https://${host}:${plex.port}${this.#basePath}` : null;
    const control = new Listener('127.0.0.1', this.#handler('control', (ask) => this.#control(ask).catch((error) => text(400, 'text/plain', `${error.message}\n`))), null);
    await control.open(0);
    this.#listeners.set('control', control);
    this.controlUrl = `http://127.0.0.1:${control.port}`;
  }

  get tokens() { return this.place.tokens; }
  get machineIdentifier() { return this.place.machineIdentifier; }

  async fault(name, options = {}) {
    this.#faults.set(name, options);
  }

  /** Ends one fault, or all. */
  async clear(name) {
    this.#faults.clear(name);
  }

  async stop() {
    await Promise.all([...this.#listeners.values()].map((listener) => listener.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #newCertificate() {
    return makeCertificate(this.#folder, 'server', { names: ['localhost', '127.0.0.1', '::1'] });
  }

  #handler(host, answer) {
    return async (request, response) => {
      const ask = await this.#read(host, request);
      const ownAnswer = () => (ask.path === null ? text(404, 'text/plain', 'no such path on this proxy') : answer(ask));
      const made = changed(answerOf(ask.faults, ask) ?? await ownAnswer(), ask.faults, ask);
      const rendered = render(made, ask.headers.accept);
      const send = senderOf(ask.faults) ?? sendWhole;
      await send(response, rendered, ask);
    };
  }

  /** What was asked; path is null outside the base path, and faults are those of this request. */
  async #read(host, request) {
    const [whole, query = ''] = request.url.split(/\?(.*)/s);
    const base = host === 'plex' ? this.#basePath : '';
    const ask = {
      host, method: request.method, url: request.url, headers: request.headers, at: Date.now(),
      path: whole.startsWith(base) ? whole.slice(base.length) || '/' : null,
      query: argumentsOf(query), body: await bodyOf(request), faults: new Map(),
    };
    const token = ask.query.find(([name]) => name.toLowerCase() === 'x-plex-token')?.[1];
    ask.token = ask.headers['x-plex-token'] ?? token;
    ask.tokenIn = 'x-plex-token' in ask.headers ? 'header' : token === undefined ? null : 'query';
    if (host === 'control') return ask;
    this.asked.push(ask);
    if (this.asked.length > askedMost) this.asked.shift();
    if (ask.path !== null) ask.faults = this.#faults.of(ask);
    return ask;
  }

  /** PUT /faults/NAME {options}, DELETE /faults[/NAME], GET /asked, GET / */
  async #control(ask) {
    const [, kind, name] = ask.path.split('/');
    if (ask.method === 'PUT' && kind === 'faults') await this.fault(name, ask.body === '' ? {} : JSON.parse(ask.body));
    else if (ask.method === 'DELETE' && kind === 'faults') await this.clear(name);
    else if (ask.method === 'GET' && kind === 'asked') return json(this.asked.map(({ faults, ...kept }) => ({ ...kept, faults: [...faults.keys()] })));
    return json(this.describe());
  }

  /** Addresses, tokens and the faults that are on. */
  describe() {
    const { url, tlsUrl, controlUrl, tokens, machineIdentifier } = this;
    return { url, tlsUrl, controlUrl, tokens, machineIdentifier, certificateSha256: this.certificate?.sha256 ?? null, faults: this.#faults.names() };
  }
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

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > bodyMost) return body.slice(0, bodyMost);
  }
  return body;
}

async function main() {
  const number = { type: 'string' };
  const { values } = parseArgs({ options: { plays: number, accounts: number, devices: number, seed: number, port: number, host: { type: 'string' }, tls: { type: 'boolean' }, basePath: { type: 'string' } } });
  for (const name of ['plays', 'accounts', 'devices', 'seed', 'port']) if (values[name] !== undefined) values[name] = Number(values[name]);
  const server = await MediaServer.start(values);
  console.log(JSON.stringify(server.describe(), null, 2));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.stop());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
