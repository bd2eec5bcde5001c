// SPDX-License-Identifier: MIT
// plex_tv.mjs - plex.tv as far as a sign-in needs it: PINs, who somebody is, and the servers of a person with a token
// for each. A PIN is approved by `approve`, or by a person on the page that stands in for app.plex.tv/auth. Recorded
// are the fields of PINs and resources and the errors 1000, 1001 and 1020 [live, spec]; assumed is that a PIN is
// hidden from another client, and what is given without includeHttps [?].
import { errorsOf, plain, text } from './answers.mjs';
import { digits } from './place.mjs';

const pinsMost = 1000;

export class PlexTv {
  #place;
  #pins = new Map(); // by id
  #nextId = 308_667_304;
  /** Added to what resources show: friends' servers, players. */
  more;
  /** Those of this server: { address, port, https: false, local: true, relay: false, IPv6: false, uri: null }. */
  connections = [];
  /** This server's name in plex.direct: A-B-C-D.<directId>.plex.direct. */
  directId;

  constructor(place) {
    this.#place = place;
    this.directId = digits(place.seed, 'plex.direct', 32);
    this.more = [friendOf(place), playerOf(place)];
  }

  /** What a person does in the browser: the PIN of this id or code is theirs now. */
  approve(idOrCode, who = 'owner') {
    const pin = this.#find(idOrCode);
    if (!pin) throw new Error(`no PIN ${idOrCode} is open`);
    pin.authToken = this.#place.tokens[who === 'owner' ? 'account' : 'accountOfShared'];
  }

  expire(idOrCode) {
    this.#find(idOrCode).expiresAt = Date.now();
  }

  answer(ask) {
    const pin = /^\/api\/v2\/pins\/(\d+)$/.exec(ask.path);
    if (ask.method === 'POST' && ask.path === '/api/v2/pins') return this.#newPin(ask);
    if (ask.method === 'GET' && pin) return this.#askedPin(ask, Number(pin[1]));
    if (ask.method === 'GET' && ask.path === '/api/v2/user') return this.#signedIn(ask, (who) => this.#user(who));
    if (ask.method === 'GET' && ask.path === '/api/v2/resources') return this.#signedIn(ask, (who) => plain(200, 'resources', this.#resources(ask, who)));
    if (ask.method === 'GET' && /^\/(auth|link)\/?$/.test(ask.path)) return text(200, 'text/html; charset=utf-8', page);
    if (ask.method === 'POST' && ask.path === '/auth/allow') return this.#allowed(new URLSearchParams(ask.body));
    return errorsOf(404, 1002, 'Not found');
  }

  #find(idOrCode) {
    const named = [String(idOrCode), String(idOrCode).toUpperCase()]; // short codes are upper case
    return [...this.#pins.values()].find((pin) => (named.includes(String(pin.id)) || named.includes(pin.code)) && pin.expiresAt > Date.now());
  }

  /** A strong code is long and goes by the address; the other is four characters that a person types [spec]. */
  #newPin(ask) {
    const clientIdentifier = ask.argument('X-Plex-Client-Identifier');
    if (!clientIdentifier) return errorsOf(400, 1000, 'X-Plex-Client-Identifier is missing');
    const id = this.#nextId++;
    const strong = ask.argument('strong') === 'true' || new URLSearchParams(ask.body).get('strong') === 'true';
    const made = digits(this.#place.seed, `code ${id}`, 25);
    const now = Date.now();
    const pin = {
      id, code: strong ? made : made.slice(0, 4).toUpperCase(), product: ask.argument('X-Plex-Product') ?? null, clientIdentifier,
      createdAt: now, expiresAt: now + (strong ? 1_800_000 : 900_000), authToken: null,
    };
    this.#pins.set(id, pin);
    if (this.#pins.size > pinsMost) this.#pins.delete(this.#pins.keys().next().value);
    return plain(201, 'pin', shownPin(pin));
  }

  #askedPin(ask, id) {
    const clientIdentifier = ask.argument('X-Plex-Client-Identifier');
    if (!clientIdentifier) return errorsOf(400, 1000, 'X-Plex-Client-Identifier is missing');
    const pin = this.#pins.get(id);
    if (pin && pin.expiresAt > Date.now() && pin.clientIdentifier === clientIdentifier) return plain(200, 'pin', shownPin(pin));
    return plain(404, 'response', { errors: [{ code: 1020, message: 'Code not found or expired' }] });
  }

  #allowed(form) {
    const pin = this.#find(form.get('code') ?? '');
    if (!pin) return text(404, 'text/html', '<h1>This code is not known, or it has expired</h1>');
    this.approve(pin.id);
    const back = form.get('forwardUrl');
    return back ? text(303, 'text/html', '', { location: back }) : text(200, 'text/html', '<h1>You are signed in. You may close this window.</h1>');
  }

  #signedIn(ask, answer) {
    const { tokens } = this.#place;
    if (ask.token === tokens.account) return answer('owner');
    if (ask.token === tokens.accountOfShared) return answer('shared');
    return errorsOf(401, 1001, 'User could not be authenticated');
  }

  #user(who) {
    const { accounts, tokens, seed } = this.#place;
    const person = who === 'owner' ? { id: 4_199_999, name: accounts[1].name } : accounts[2];
    const username = person.name.toLowerCase();
    return plain(200, 'user', {
      id: person.id, uuid: digits(seed, `user ${who}`, 16), username, title: person.name, email: `${username}@example.com`, friendlyName: person.name,
      thumb: '', confirmed: true, restricted: false, home: false, authToken: who === 'owner' ? tokens.account : tokens.accountOfShared,
    });
  }

  #resources(ask, who) {
    const place = this.#place;
    const own = {
      name: place.name, product: 'Plex Media Server', productVersion: '1.43.3.10861-07dfddaeb', platform: 'Linux', platformVersion: '12', device: 'PC',
      clientIdentifier: place.machineIdentifier, createdAt: '2017-07-19T03:29:26Z', lastSeenAt: isoOf(Date.now()), provides: 'server',
      ownerId: who === 'owner' ? null : 4_199_999, sourceTitle: who === 'owner' ? null : place.accounts[1].name, publicAddress: null,
      accessToken: place.tokens[who], searchEnabled: true, owned: who === 'owner', home: false, synced: false, relay: false, presence: true,
      httpsRequired: false, publicAddressMatches: true, dnsRebindingProtection: false, natLoopbackSupported: true,
      connections: this.#shownConnections(ask),
    };
    return [own, ...this.more];
  }

  /** With includeHttps the secure addresses come, in names of plex.direct, and not the plain ones [live]. */
  #shownConnections(ask) {
    const wanted = (name) => ask.argument(name) === '1';
    const https = wanted('includeHttps') && this.connections.some((one) => one.https);
    return this.connections
      .filter((one) => Boolean(one.https) === https && (!one.relay || wanted('includeRelay')) && (!one.IPv6 || wanted('includeIPv6')))
      .map(({ address, port, local = true, relay = false, IPv6 = false, uri }) => ({
        protocol: https ? 'https' : 'http', address, port,
        uri: uri ?? (https ? `https://${address.replace(/[.:]/g, '-')}.${this.directId}.plex.direct:${port}` : `http://${IPv6 ? `[${address}]` : address}:${port}`),
        local, relay, IPv6,
      }));
  }
}

const isoOf = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, 'Z');

function shownPin({ id, code, product, clientIdentifier, createdAt, expiresAt, authToken }) {
  return {
    id, code, product, trusted: false, qr: `https://plex.tv/api/v2/pins/qr/${code}`, clientIdentifier,
    location: {
      code: 'DE', european_union_member: true, continent_code: 'EU', country: 'Germany', city: 'Berlin', time_zone: 'Europe/Berlin',
      postal_code: '10115', in_privacy_restricted_country: true, in_privacy_restricted_region: false, subdivisions: 'Land Berlin', coordinates: '52.5, 13.4',
    },
    expiresIn: Math.max(0, Math.ceil((expiresAt - Date.now()) / 1000)), createdAt: isoOf(createdAt), expiresAt: isoOf(expiresAt), authToken, newRegistration: null,
  };
}

/** A server that somebody shares: it must not be taken for one's own [live]; nobody answers at its address. */
function friendOf({ seed }) {
  return {
    name: 'A Friend’s Server', product: 'Plex Media Server', productVersion: '1.43.3.10861-07dfddaeb', platform: 'Linux', platformVersion: '12', device: 'PC',
    clientIdentifier: digits(seed, 'friend', 40), createdAt: '2019-06-24T11:38:02Z', lastSeenAt: '2026-07-28T19:47:43Z', provides: 'server', ownerId: 5_100_000,
    sourceTitle: 'afriend', publicAddress: '203.0.113.10', accessToken: digits(seed, 'token of the friend', 20), searchEnabled: true, owned: false, home: false,
    synced: false, relay: false, presence: false, httpsRequired: false, publicAddressMatches: false, dnsRebindingProtection: false, natLoopbackSupported: false,
    connections: [{ protocol: 'http', address: '127.0.0.1', port: 9, uri: 'http://127.0.0.1:9', local: false, relay: false, IPv6: false }],
  };
}

/** A player is owned too, and is no server: `provides` is a list [live]. */
function playerOf({ seed }) {
  return {
    name: 'Living Room TV', product: 'Plex for Apple TV', clientIdentifier: digits(seed, 'player', 24),
    provides: 'client,player,pubsub-player', owned: true, connections: [],
  };
}

/** Stands in for app.plex.tv/auth, which is told the code behind the #, and for plex.tv/link. */
const page = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head><body>
<h1>Sign in</h1><p id="product"></p>
<form method="post" action="/auth/allow">
<label>Code <input name="code" id="code"></label><input type="hidden" name="forwardUrl" id="back"><button>Allow</button>
</form>
<script>
const told = new URLSearchParams(location.hash.replace(/^#[?]?/, ''));
document.getElementById('code').value = told.get('code') ?? '';
document.getElementById('back').value = told.get('forwardUrl') ?? '';
document.getElementById('product').textContent = told.get('context[device][product]') ?? '';
</script></body></html>
`;
