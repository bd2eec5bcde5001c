// SPDX-License-Identifier: MIT
// plex_tautulli.test.mjs - a Plex server's own history and a Tautulli database of the same server, whichever comes
// first and however they are cut: a play that both know is one, one that a single side knows stays alone, and each
// job says of every row which it was.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { goneDevice } from '../support/media_server/history.mjs';
import { tautulliOf } from '../support/media_server/tautulli.mjs';
import { joinOwner, name, same, stored } from './histories.mjs';
import { numberOf, register, startMedia, sync } from './plex_sync.mjs';
import { makeSource, Service, shell, sources } from './service.mjs';

const count = 960;
const begin = -1000; // seconds from the start to the moment at which a play became watched …
const end = 218; // … and from there to its stop, which is the median [live]

/** `told`: the moments that the server tells, in seconds from that one; `apart`: what it tells is another play. */
const kinds = {
  'told by both': { seen: true, told: [0] },
  'told twice by the server': { seen: true, told: [0], twice: true },
  'told by the server alone': { told: [0] },
  'told twice by the server alone': { told: [0], twice: true },
  'abandoned, so told by Tautulli alone': { seen: true, told: [] },
  'deleted since, so that the server lost its keys': { seen: true, told: [0], ofDeleted: true },
  'of a time when the server told no players': { seen: true, told: [0], deviceID: null },
  'on a player that the server forgot': { seen: true, told: [0], deviceID: goneDevice },
  'told as late as it can be': { seen: true, told: [end + 120] },
  'told too late': { seen: true, told: [end + 121], apart: true },
  'told as early as it can be': { seen: true, told: [begin - 60] },
  'told too early': { seen: true, told: [begin - 61], apart: true },
  'of whoever is at home': { seen: true, told: [0], accountID: 0, apart: true },
  'told of another player': { seen: true, told: [0], elsewhere: true, apart: true },
  'beside a broadcast that has its key': { seen: true, told: [0], broadcast: true, apart: true },
  'of the owner, who has two ids': { seen: true, told: [0], accountID: 1 },
};

let media;
const files = { half: path.join(sources, 'half.db') };
/** { accountID, rows: [[name, reason]], libraries: of its rows } of each play. */
const happened = [];

// ---- what happens ----

function itemOf({ ofDeleted, broadcast }, n) {
  const { films, episodes, tracks } = media.place.library;
  if (ofDeleted) return films[n % 8];
  return broadcast ? episodes[n % episodes.length] : [films.slice(8), episodes, tracks][n % 3][n % 57];
}

/** The server tells of a play; what Tautulli wrote down of it is returned, if it was seen. */
function happens(kind, at, n, tautulliId) {
  const { accounts, devices } = media.place;
  const item = itemOf(kind, n);
  const accountID = kind.accountID ?? accounts[2 + (n % (accounts.length - 2))].id;
  const [device, another] = [0, 1].map((next) => devices.filter(({ clientIdentifier: known }) => known)[(n + next) % 5]);
  const deviceID = kind.elsewhere ? another.id : kind.deviceID === undefined ? device.id : kind.deviceID;
  const what = kind.broadcast ? { item: null, live: 1, type: 'episode', ratingKey: String(item.ratingKey), key: '/livetv/sessions/1', title: `Broadcast ${n}` } : { item };
  const again = kind.twice ? Math.floor(item.duration / 20_000) : 0; // the second row comes a twentieth later [live]
  const told = [...kind.told, ...(kind.twice ? [again] : [])].map((later) => media.play({ viewedAt: at + later, accountID, deviceID, ...what }));
  const ofServer = told.map((row, i) => [name('plex', numberOf(row)), kind.seen && !kind.apart ? 'watched_within' : i > 0 ? 'collapsed' : 'new']);
  const seen = kind.seen ? [[name('tautulli', tautulliId), 'new']] : [];
  const library = told[0]?.librarySectionID ?? null;
  for (const rows of kind.apart ? [seen, ofServer] : [[...seen, ...ofServer]]) happened.push({ accountID, library, rows });
  return kind.seen && { started: at + begin, stopped: at + again + end, accountID, device, item };
}

before(async () => {
  media = await startMedia({ plays: 0, accounts: 4, oddities: false, seed: 21 });
  for (const film of media.place.library.films.slice(0, 8)) film.fate = 'deleted';
  const each = Object.values(kinds);
  const seen = [];
  for (let n = 0; n < count; n++) {
    const play = happens(each[n % each.length], media.place.now - 700 * 86_400 + n * 40_000, Math.floor(n / each.length) * 7 + (n % each.length), seen.length + 1);
    if (play) seen.push(play);
  }
  const { file } = await makeSource('whole.db', '--rows', seen.length, '--server-id', media.machineIdentifier);
  files.whole = file;
  await shell(file, tautulliOf(media.place, seen, path.join(sources, 'seen.json')));
  copyFileSync(file, files.half);
  files.lastOfHalf = Math.floor(seen.length / 2);
  await shell(files.half, `DELETE FROM session_history WHERE id > ${files.lastOfHalf}`);
});

// ---- what is brought, and what must come of it ----

const ofTautulli = (row) => row.startsWith('t');
const brings = {
  half: { of: (row) => ofTautulli(row) && Number(row.slice(1)) <= files.lastOfHalf, by: (service) => service.import(files.half) },
  whole: { of: ofTautulli, by: (service) => service.import(files.whole) },
  films: { of: (row, { library }) => !ofTautulli(row) && library === '1', by: (service) => sync(service, { library_ids: ['1'] }) },
  server: { of: (row) => !ofTautulli(row), by: (service) => sync(service) },
};

/** Rows by play as far as the service can know it: who has two ids is two until they are joined. */
const played = (joined) => happened.flatMap((play) => (joined || play.accountID !== 1 ? [play] : [true, false].map((one) => ({
  ...play, rows: play.rows.filter(([row]) => ofTautulli(row) === one) }))));

/** Brings a source, and holds the job's figures and its receipt against what happened. */
async function bring(service, source, known, joined) {
  const { of, by } = brings[source];
  const expected = { imported: 0, merged: 0, duplicate: 0, error: 0 };
  for (const play of played(joined)) {
    const mine = play.rows.map(([row]) => row).filter((row) => of(row, play));
    const fresh = mine.filter((row) => !known.has(row));
    const begins = fresh.length > 0 && !play.rows.some(([row]) => known.has(row)) ? 1 : 0;
    expected.imported += begins;
    expected.merged += fresh.length - begins;
    expected.duplicate += mine.length - fresh.length;
    for (const row of fresh) known.add(row);
  }
  const stats = await by(service);
  assert.equal(stats.status, 'completed', JSON.stringify(stats));
  assert.deepEqual({ imported: stats.imported_records, merged: stats.merged_records, duplicate: stats.duplicate_records, error: stats.error_count }, expected, source);
  assert.equal(stats.total_records, Object.values(expected).reduce((sum, n) => sum + n));
  const { receipt } = await service.fetched(`/sync/jobs/${stats.job_id}`);
  for (const lines of [receipt.by_user, receipt.by_month, receipt.by_library]) {
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, lines.reduce((sum, line) => sum + line[key], 0)])), expected);
  }
  assert.equal(receipt.by_reason.find(({ key }) => key === 'merged')?.n ?? 0, expected.merged);
}

/** The plays by their rows, each with its reason. */
async function assertPlays(service, joined) {
  const told = (rows) => rows.map(([row, reason]) => `${row} ${reason}`).sort().join(', ');
  const plays = (await service.exported()).map(({ sources: rows }) => told(rows.map(({ source, native_id: id, reason }) => [name(source, id), reason])));
  const all = played(joined).filter(({ rows }) => rows.length > 0);
  const reasons = (rows) => (rows.some(([row]) => ofTautulli(row)) ? rows : rows.map(([row, reason], i) => [row, i === 0 ? 'new' : reason]));
  assert.deepEqual(plays.sort(), all.map(({ rows }) => told(reasons(rows))).sort());
}

const orders = [
  ['whole', 'server', 'join'],
  ['server', 'whole', 'join'],
  ['half', 'server', 'join', 'whole'],
  ['server', 'half', 'whole', 'join'],
  ['films', 'half', 'join', 'server', 'whole'],
  ['films', 'whole', 'join', 'server'],
];

describe('the same plays are stored', () => {
  let first;
  for (const order of orders) {
    test(order.join(', '), async (t) => {
      const service = await Service.start();
      t.after(() => service.stop());
      await register(service, media);
      const known = new Set();
      let joined = false;
      for (const step of order) {
        if (step === 'join') await joinOwner(service);
        else await bring(service, step, known, joined);
        joined ||= step === 'join';
      }
      await assertPlays(service, joined);
      const once = await stored(service);
      first ??= once;
      same(first, once, order.join(', '));
      for (const source of Object.keys(brings)) await bring(service, source, known, joined); // nothing of it is new
      same(once, await stored(service), 'brought again');
    });
  }
});
