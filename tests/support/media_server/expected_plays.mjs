// SPDX-License-Identifier: MIT
// expected_plays.mjs - which plays a Jellyfin or Emby server lets anybody find out, from what was really played there
// (facts of watching.mjs) and what its kind and version keep of it. It shares nothing with the program under test.
//
//   the log       from 10.9 (Emby: 4.9) on each start, and each stop that the server lived to see
//   the plugin    each play of 20 s and more (Emby: each), until the last moment that it was told of
//   the items     the last start of each user and item
// A play that is going on is told when it has ended; what was marked or copied was never played.

const before = (version, major, minor) => {
  const [a, b] = version.split('.').map(Number);
  return a < major || (a === major && b < minor);
};

/** Sorted texts, one a play: who, what, when it began, when it ended if that is known, and whether it was finished. */
export function expectedPlays({ kind, version }, facts, { plugin = true } = {}) {
  const emby = kind === 'emby';
  const keyed = emby ? !before(version, 4, 9) : !before(version, 10, 9);
  const ended = facts.filter((fact) => fact.until !== undefined);
  const last = new Map(facts.map((fact) => [`${fact.user.Id} ${fact.item.id}`, fact])); // facts are in order of time
  return ended.map((fact) => {
    const isLast = last.get(`${fact.user.Id} ${fact.item.id}`) === fact;
    const reported = plugin && fact.row && (emby || fact.row.PlayDuration > 0);
    if (!keyed && !reported && !isLast) return null;
    const finished = fact.item.type !== 'track' && !fact.lost && fact.position > 0.9 * fact.item.duration;
    // Whose last start it is says it itself, but for 12; no other record has the position.
    const watched = finished && isLast && (emby || before(version, 12, 0));
    const stop = keyed && !fact.lost ? fact.until : reported ? undefined : null;
    return { user: fact.user.Id, item: fact.item.id, at: fact.at, stop, watched };
  }).filter((play) => play !== null);
}

/** What is wrong with the plays that were found: a text for each that is missing, too much, or otherwise. */
export function differences(expected, found) {
  const wrong = [];
  const left = [...found];
  for (const one of expected) {
    const near = (play) => play.user_id === one.user && play.rating_key === one.item && Math.abs(Date.parse(play.started_at) - one.at) <= 1000;
    const at = left.findIndex(near);
    const words = `${one.item} at ${new Date(one.at).toISOString()}`;
    if (at < 0) {
      wrong.push(`missing: ${words}`);
      continue;
    }
    const [play] = left.splice(at, 1);
    const stop = play.stopped_at === null ? null : Date.parse(play.stopped_at);
    if (one.stop === null ? stop !== null : one.stop !== undefined && (stop === null || Math.abs(stop - one.stop) > 1000)) wrong.push(`ended ${play.stopped_at}: ${words}`);
    if (one.watched !== play.watched) wrong.push(`${play.watched ? '' : 'not '}watched: ${words}`);
  }
  return [...wrong, ...left.map((play) => `invented: ${play.rating_key} at ${play.started_at}, ${play.sources.map(({ native_id: id }) => id)}`)];
}
