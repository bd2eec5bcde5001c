// SPDX-License-Identifier: MIT
// expected_plays.mjs - which plays a server lets anybody find out, from what was really played there (facts of
// watching.mjs and life.mjs) and what its kind and version keep of it. It shares nothing with the program under test.
// Of Jellyfin and Emby:
//
//   the log       from 10.9 (Emby: 4.9) on each start, and each stop that the server lived to see
//   the plugin    each play of 20 s and more (Emby: each), until the last moment that it was told of
//   the items     the last start of each user and item, whenever they are read
// A play that is going on is told when it has ended; what was marked or copied was never played.

const before = (version, major, minor) => {
  const [a, b] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
};

const restMs = 120_000; // what ended so lately may go on

/**
 * What each user and item says at the times at which it is read (ms; null: once, when all is over): of each fact
 * whether it is told, and told to be finished; true, false, or null where that is left to who reads it.
 */
function itemReadings(facts, reads) {
  const next = new Map(); // facts are in order of time
  const readings = new Map();
  for (const fact of [...facts].reverse()) {
    const name = `${fact.user.Id} ${fact.item.id}`;
    const replaced = next.get(name) ?? Infinity;
    next.set(name, fact.at);
    const within = (from) => (reads ?? [Infinity]).some((at) => at >= from && (at < replaced || replaced === Infinity));
    const at = (surely, perhaps) => (within(surely) ? true : within(perhaps) ? null : false);
    readings.set(fact, {
      told: at(fact.at + restMs + fact.item.duration, fact.at),
      finished: at(Math.max(fact.until ?? Infinity, fact.at + restMs), fact.until ?? Infinity),
    });
  }
  return readings;
}

/**
 * The plays: who, what, when it began, when it ended (null: not known, undefined: either way), whether it was finished
 * (undefined: either way), and `perhaps` where it may be found or not. `reads` are the times of syncs, if time passes.
 */
export function expectedPlays({ kind, version }, facts, { plugin = true, reads = null } = {}) {
  const emby = kind === 'emby';
  const keyed = emby ? !before(version, 4, 9) : !before(version, 10, 9);
  const readings = itemReadings(facts, reads);
  return facts.filter((fact) => fact.until !== undefined).map((fact) => {
    const { told, finished } = readings.get(fact);
    const reported = plugin && fact.row && (emby || fact.row.PlayDuration > 0);
    if (!keyed && !reported && told === false) return null;
    // Whose last start it is says it itself, but for 12; no other record has the position.
    const ended = fact.item.type !== 'track' && !fact.lost && fact.position > 0.9 * fact.item.duration;
    const says = emby || before(version, 12, 0) ? finished : false;
    const watched = ended && says !== false ? says ?? undefined : false;
    const stop = keyed && !fact.lost ? fact.until : reported ? undefined : null;
    return { user: fact.user.Id, item: fact.item.id, at: fact.at, stop, watched, perhaps: !keyed && !reported && told === null };
  }).filter((play) => play !== null);
}

/** Plex keeps the moment at which something was watched to nine tenths, of whatever was. */
export function expectedPlexPlays(facts) {
  return facts.map(({ who, item, viewedAt }) => ({ user: String(who), item: String(item.ratingKey), at: 1000 * viewedAt, watched: true }));
}

/** Tautulli keeps all; `rows` as the database has them. */
export function expectedTautulliPlays(rows) {
  return rows.map((row) => ({ user: String(row.user_id), item: String(row.rating_key), at: 1000 * row.started, stop: 1000 * row.stopped }));
}

/** What is wrong with the plays that were found: a text for each that is missing, too much, or otherwise. */
export function differences(expected, found) {
  const wrong = [];
  const left = new Map(); // by user and item
  for (const play of found) {
    const name = `${play.user_id} ${play.rating_key}`;
    left.set(name, [...(left.get(name) ?? []), play]);
  }
  for (const one of expected) {
    const plays = left.get(`${one.user} ${one.item}`) ?? [];
    const at = plays.findIndex((play) => Math.abs(Date.parse(play.started_at) - one.at) <= 1000);
    const words = `${one.item} at ${new Date(one.at).toISOString()}`;
    if (at < 0) {
      if (!one.perhaps) wrong.push(`missing: ${words}`);
      continue;
    }
    const [play] = plays.splice(at, 1);
    const stop = play.stopped_at === null || play.stopped_at === undefined ? null : Date.parse(play.stopped_at);
    if (one.stop === null ? stop !== null : one.stop !== undefined && (stop === null || Math.abs(stop - one.stop) > 1000)) wrong.push(`ended ${play.stopped_at}: ${words}`);
    if (one.watched !== undefined && one.watched !== play.watched) wrong.push(`${play.watched ? '' : 'not '}watched: ${words}`);
  }
  return [...wrong, ...[...left.values()].flat().map((play) => `invented: ${play.rating_key} of ${play.user_id} at ${play.started_at}, ${play.sources.map(({ native_id: id }) => id)}`)];
}
