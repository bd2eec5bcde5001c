// SPDX-License-Identifier: MIT
// place.mjs - one generated server: its name, tokens, accounts, devices, library and history. All follows from the
// options: two runs with the same seed and the same `now` are the same server.
import { createHash } from 'node:crypto';
import { History } from './history.mjs';
import { makeLibrary } from './library.mjs';
import { PlexSessions } from './plex_sessions.mjs';

const names = ['Ada', 'Bruno', 'Chen', 'Dilara', 'Émile', 'Farah', 'Grace', 'Hiro', 'Ines', 'Jonas'];
const players = [['SHIELD Android TV', 'Android'], ['iPhone', 'iOS'], ['Chrome', ''], ['Roku Express', 'Roku'], ['Apple TV', 'tvOS'], ['Plexamp', 'macOS']];

/** So many hex digits that follow from the seed and a name. */
export function digits(seed, name, count) {
  return createHash('sha512').update(`${seed}:${name}`).digest('hex').slice(0, count);
}

/**
 * Tokens: owner, shared and managed are for this server, account and accountOfShared for plex.tv, bad for none.
 * Options: seed, name, now (s), accounts (people beside the owner; the last is a managed user), devices; those of
 * library.mjs (films, shows, artists) and history.mjs (plays, days, sameSecond); oddities: false for a dull server.
 * Ids of accounts: 0 is a placeholder without a name, 1 the owner, the others ids of plex.tv [live].
 */
export function makePlace({ seed = 1, name = 'Test Media Server', accounts = 3, devices = 6, now = Math.floor(Date.now() / 1000), ...more } = {}) {
  const people = Array.from({ length: accounts }, (_, i) => ({ id: 4_200_000 + 1_111 * i, name: names[(i + 1) % names.length] + (i < names.length ? '' : i) }));
  const token = (who) => digits(seed, `token ${who}`, 20);
  const tokens = Object.fromEntries(['owner', 'shared', 'managed', 'bad', 'account', 'accountOfShared'].map((who) => [who, token(who)]));
  const bearers = new Map([[tokens.owner, 1], [tokens.account, 1]]);
  if (people.length > 0) bearers.set(tokens.shared, people[0].id);
  if (people.length > 1) bearers.set(tokens.managed, people.at(-1).id);
  const place = {
    seed, name, tokens, now,
    machineIdentifier: digits(seed, 'machine', 40),
    accounts: [{ id: 0, name: '' }, { id: 1, name: names[0] }, ...people],
    devices: Array.from({ length: devices }, (_, i) => deviceOf(seed, i, now)),
    accountOf: (given) => bearers.get(given),
    /** The owner has signed out everywhere, and in again. */
    renewToken() {
      bearers.delete(tokens.owner);
      tokens.owner = digits(seed, `token after ${tokens.owner}`, 20);
      bearers.set(tokens.owner, 1);
    },
  };
  place.library = makeLibrary({ seed, now, ...more });
  place.history = new History(place, place.library, { seed, ...more });
  place.sessions = new PlexSessions(place);
  return place;
}

/** Platforms are often empty, and an old device may lack its identifier [live]. */
function deviceOf(seed, i, now) {
  const [name, platform] = players[i % players.length];
  return { id: i + 1, name, platform, clientIdentifier: i === 3 ? '' : digits(seed, `device ${i}`, 24), createdAt: now - 200_000_000 + i * 86_400 };
}
