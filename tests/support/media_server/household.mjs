// SPDX-License-Identifier: MIT
// household.mjs - who may ask a Jellyfin or Emby server: its users, API keys, the tokens that sign-ins make, and Quick
// Connect. Measured [src]: a token is of a user and a device, and a new sign-in of both ends the one before; a key has
// no user and may all an administrator may; a Quick Connect code has six digits and ten minutes, its secret is 64 hex
// digits, and once somebody has agreed it lives a minute more; the token is made when they agree.
import { digits } from './place.mjs';

const quickConnectMs = 600_000;
const agreedMs = 60_000;
const requestsMost = 100;

export class Household {
  #seed;
  #made = 0;
  /** By token: { user: null of a key, deviceId }. */
  tokens = new Map();
  #requests = new Map(); // of Quick Connect, by secret
  quickConnectEnabled = true;
  users;

  /** `people`: so many users more, called p0, p1, … */
  constructor({ seed, serverId, people = 0 }) {
    this.#seed = seed;
    const user = (Name, password, more = {}) => ({ Name, password, admin: false, disabled: false, ...more, Id: digits(seed, `user ${Name}`, 32), ServerId: serverId });
    this.users = [user('ada', 'correct horse', { admin: true }), user('ben', 'staple battery'), user('kim', '', { admin: true }), user('old', 'long gone', { admin: true, disabled: true }),
      ...Array.from({ length: people }, (_, i) => user(`p${i}`, `of p${i}`))];
    this.key = digits(seed, 'api key', 32);
    this.tokens.set(this.key, { user: null, deviceId: null });
  }

  find(name) {
    return this.users.find(({ Name }) => Name.toLowerCase() === String(name).toLowerCase());
  }

  mayAll({ user }) {
    return user === null || user.admin;
  }

  /** A token for a user and a device; one of the same two ends. */
  signIn(user, deviceId) {
    for (const [token, one] of this.tokens) if (one.user === user && one.deviceId === deviceId) this.tokens.delete(token);
    const token = digits(this.#seed, `token ${this.#made++}`, 32);
    this.tokens.set(token, { user, deviceId });
    return token;
  }

  signOut(token) {
    if (this.tokens.get(token)?.user) this.tokens.delete(token);
  }

  /** The tokens of people, without keys. */
  sessions() {
    return [...this.tokens].filter(([, { user }]) => user !== null).map(([token, { user, deviceId }]) => ({ token, name: user.Name, deviceId }));
  }

  initiate(device) {
    const n = this.#made++;
    const request = {
      Secret: digits(this.#seed, `secret ${n}`, 64).toUpperCase(), Code: String(100_000 + (n * 7919) % 900_000), Authenticated: false,
      ...device, DateAdded: new Date().toISOString(), until: Date.now() + quickConnectMs,
    };
    this.#requests.set(request.Secret, request);
    if (this.#requests.size > requestsMost) this.#requests.delete(this.#requests.keys().next().value);
    return request;
  }

  request(secret) {
    const request = this.#requests.get(secret);
    return request && request.until > Date.now() ? request : undefined;
  }

  /** What a person does in their own client: types the code. */
  agree(code, name = 'ada') {
    const request = this.#open(code);
    request.token = this.signIn(this.find(name), request.DeviceId);
    request.user = this.find(name);
    request.Authenticated = true;
    request.until = Date.now() + agreedMs;
  }

  expire(code) {
    this.#open(code).until = Date.now();
  }

  #open(code) {
    const found = [...this.#requests.values()].find((one) => one.Code === String(code) && one.until > Date.now());
    if (!found) throw new Error(`no Quick Connect has the code ${code}`);
    return found;
  }
}
