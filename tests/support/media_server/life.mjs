// SPDX-License-Identifier: MIT
// life.mjs - days of people who watch one thing after another: some briefly, some to the end, some again; now and then
// the server dies. All at once (`live`), or as time passes (`Life`, `PlexLife`, `TautulliLife`): what was played is in
// `facts`, and of it the servers keep what their kinds keep.
import { sequence } from './library.mjs';

const minute = 60_000;

/** What they may watch. */
export const watchable = (watching) => [...watching.of('movie').slice(0, 40), ...watching.of('episode').slice(0, 80), ...watching.of('track').slice(0, 40)];

/** `plays` of two people, from and until (ms), one after another. */
export function live(watching, { plays, from, until, seed = 7 }) {
  const random = sequence(seed);
  const items = watchable(watching);
  const step = (until - from) / plays;
  const free = { ada: from, ben: from };
  for (let n = 0; n < plays; n++) {
    const who = n % 2 === 0 ? 'ada' : 'ben';
    const at = Math.max(Math.round(from + n * step), free[who] + 3 * minute);
    const item = items[Math.floor(random() * items.length)];
    const chance = random();
    const whole = chance < 0.4 ? 0.95 : chance < 0.5 ? 0.002 : 0.1 + 0.7 * random();
    const length = Math.round(Math.min(Math.max(item.duration * whole, 4000), 2 * step - 4 * minute));
    const session = watching.begin({ who, item, at, device: random() < 0.5 ? 'Sofa' : 'Phone' });
    if (random() < 0.03) {
      watching.progress(session, { at: at + length });
      session.lost = true;
      session.until = at + length;
      watching.open.delete(session);
    } else {
      watching.stop(session, { at: at + length, position: Math.round(item.duration * whole) });
    }
    free[who] = at + length;
  }
}

/** `plays` of these people from one moment to another (ms), each of whom watches one thing after another. */
export function planOf(items, { plays, people, from, until, seed = 7, apart = () => true }) {
  const random = sequence(seed);
  const step = (until - from) / plays;
  const slot = people.length * step;
  const free = new Map(people.map((who) => [who, { at: from, seen: [] }]));
  return Array.from({ length: plays }, (_, n) => {
    const who = people[n % people.length];
    const his = free.get(who);
    const at = Math.max(Math.round(from + n * step + random() * step), his.at + 3 * minute);
    let item;
    do item = items[Math.floor(random() * items.length)]; while (!apart(item, his.seen));
    const chance = random();
    const whole = chance < 0.4 ? 0.95 : chance < 0.5 ? 0.002 : 0.1 + 0.7 * random();
    const length = Math.round(Math.min(Math.max(item.duration * whole, 4000), slot - 4 * minute));
    Object.assign(his, { at: at + length, seen: [item, ...his.seen].slice(0, 8) });
    return { who, item, at, until: at + length, position: Math.round(item.duration * whole), finished: whole > 0.9, device: random() < 0.5 ? 'Sofa' : 'Phone' };
  });
}

/** A Jellyfin or Emby server on which time passes. */
export class Life {
  #moments;
  #sessions = new Map();

  constructor(watching, plan) {
    this.watching = watching;
    this.#moments = plan.flatMap((play) => [{ at: play.at, play }, { at: play.until, play, ends: true }]).sort((a, b) => a.at - b.at);
  }

  get facts() { return this.watching.facts; }

  advance(to) {
    while (this.#moments.length > 0 && this.#moments[0].at <= to) {
      const { play, ends } = this.#moments.shift();
      const session = this.#sessions.get(play);
      if (!ends) this.#sessions.set(play, this.watching.begin(play));
      else if (this.watching.open.has(session)) this.watching.stop(session, { at: play.until, position: play.position });
    }
    for (const session of this.watching.open) this.watching.progress(session, { at: to });
  }

  crash(at) { this.watching.crash(at); }
}

/** A Plex server: what was watched to nine tenths has a row from then on, some two, and some are told hours later. */
export class PlexLife {
  facts = [];
  #rows;
  #random = sequence(5);

  constructor(media, plan) {
    this.media = media;
    this.#rows = plan.filter(({ finished }) => finished).flatMap((play) => {
      const viewedAt = Math.floor((play.at + 0.94 * (play.until - play.at)) / 1000);
      const late = this.#random() < 0.02 ? 3 * 3_600_000 : 0; // from a phone that was away
      const again = this.#random() < 0.03 ? [{ at: play.until + late, play, viewedAt: Math.floor(play.until / 1000) }] : [];
      return [{ at: 1000 * viewedAt + late, play, viewedAt, first: true }, ...again];
    }).sort((a, b) => a.at - b.at);
  }

  advance(to) {
    while (this.#rows.length > 0 && this.#rows[0].at <= to) {
      const { play, viewedAt, first } = this.#rows.shift();
      this.media.play({ viewedAt, item: play.item, accountID: play.who, deviceID: play.device === 'Sofa' ? 1 : 2 });
      if (first) this.facts.push({ ...play, viewedAt });
    }
  }

  crash() {}
}

/** A Tautulli whose database grows by the rows of a whole one, most of them at first in its -wal alone. */
export class TautulliLife {
  facts = [];

  /** `shell(file, statements, ...options)` is the sqlite3 shell; `rows` are those of the whole, in the order of their ids. */
  constructor({ shell, file, whole, rows }) {
    Object.assign(this, { shell, file, whole, rows });
  }

  async advance(to) {
    const ended = this.rows.filter(({ stopped }) => 1000 * stopped <= to);
    const [first, last] = [ended[this.facts.length]?.id, ended.at(-1)?.id];
    if (first === undefined) return;
    const copies = ['session_history', 'session_history_metadata', 'session_history_media_info'].map((table) => `INSERT INTO main.${table} SELECT * FROM whole.${table} WHERE id BETWEEN ${first} AND ${last};`);
    await this.shell(this.file, `ATTACH '${this.whole}' AS whole; PRAGMA main.journal_mode = WAL; PRAGMA main.wal_autocheckpoint = 0; ${copies.join(' ')}`, '-cmd', '.dbconfig no_ckpt_on_close on');
    this.facts = ended;
  }

  /** As when it is started anew. */
  async crash() {
    await this.shell(this.file, 'PRAGMA wal_checkpoint(TRUNCATE)');
  }
}
