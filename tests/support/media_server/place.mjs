// SPDX-License-Identifier: MIT
// place.mjs - whose server this is: its name, tokens, accounts and devices, made from a seed, so that two
// runs with the same options are the same server.
import { createHash } from 'node:crypto';

const names = ['Ada', 'Bruno', 'Chen', 'Dilara', 'Émile', 'Farah', 'Grace', 'Hiro', 'Ines', 'Jonas'];
const players = [['SHIELD Android TV', 'Android'], ['iPhone', 'iOS'], ['Chrome', ''], ['Roku Express', 'Roku'], ['Apple TV', 'tvOS'], ['Plexamp', 'macOS']];

/** So many hex digits that follow from the seed and a name. */
export function digits(seed, name, count) {
  return createHash('sha512').update(`${seed}:${name}`).digest('hex').slice(0, count);
}

/**
 * Options: seed, name, accounts (people beside the owner; the last is a managed user), devices, now (s).
 * Ids of accounts: 0 is a placeholder without a name, 1 the owner, the others ids of plex.tv [live].
 */
export function makePlace({ seed = 1, name = 'Test Media Server', accounts = 3, devices = 6, now = 1_790_000_000 } = {}) {
  const people = Array.from({ length: accounts }, (_, i) => ({ id: 4_200_000 + 1_111 * i, name: names[(i + 1) % names.length] + (i < names.length ? '' : i) }));
  const token = (who) => digits(seed, `token ${who}`, 20);
  const tokens = { owner: token('owner'), shared: token('shared'), managed: token('managed'), bad: token('bad') };
  const bearers = new Map([[tokens.owner, 1]]);
  if (people.length > 0) bearers.set(tokens.shared, people[0].id);
  if (people.length > 1) bearers.set(tokens.managed, people.at(-1).id);
  return {
    seed, name, tokens,
    startedAt: now,
    machineIdentifier: digits(seed, 'machine', 40),
    accounts: [{ id: 0, name: '' }, { id: 1, name: names[0] }, ...people],
    devices: Array.from({ length: devices }, (_, i) => deviceOf(seed, i, now)),
    accountOf: (given) => bearers.get(given),
  };
}

/** Platforms are often empty, and an old device may lack its identifier [live]. */
function deviceOf(seed, i, now) {
  const [name, platform] = players[i % players.length];
  return { id: i + 1, name, platform, clientIdentifier: i === 3 ? '' : digits(seed, `device ${i}`, 24), createdAt: now - 200_000_000 + i * 86_400 };
}
