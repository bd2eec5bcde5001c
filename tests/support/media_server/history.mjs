// SPDX-License-Identifier: MIT
// history.mjs - the rows of /status/sessions/history/all, generated with the oddities of real ones, and the
// questions that a server answers about them. Measured are: absent keys of deleted items, no deviceID in old rows,
// devices and sections that are no longer listed, five rows of one film within 40 s, a second row when a client tells
// the end twice, plays told later than they were, and "14" beside 14 [live]. Assumed are the forms of live TV and
// trailers, and rows whose item is gone though they kept its key [?].
import { artOf, keyOf, sequence, thumbOf } from './library.mjs';

export const goneDevice = 9_999;
export const goneSection = 9;
export const goneAccount = 4_900_000; // a person who left

export class History {
  /** In the order of their ids, as JSON shows them. */
  rows = [];
  #nextId = 1;
  #kept = new Map(); // made of the rows, until they change: their orders, the newest question, who saw what
  #place;
  #library;
  #random;

  /** Options: plays, days (they end now), oddities, sameSecond (so many more rows of one second amid them). */
  constructor(place, library, { plays = 100, days = 1000, oddities = true, sameSecond = 0, seed = 1 } = {}) {
    this.#place = place;
    this.#library = library;
    this.#random = sequence(seed);
    const begin = place.now - days * 86_400;
    const gap = (days * 86_400 - 60) / Math.max(plays, 1);
    let extra = 0; // rows of the one second
    for (let n = 0; n < plays; n = this.rows.length - extra) {
      const at = Math.floor(begin + gap * n);
      if (oddities) this.#addOdd(at, n / plays, plays - n);
      else this.add({ viewedAt: at });
      for (; n >= plays / 2 && extra < sameSecond; extra++) this.add({ viewedAt: at });
    }
  }

  /** One more play; what is not given is drawn, and null is left out. `item` is one of the library, or null. Returns its row. */
  add({ viewedAt = this.#place.now, item = this.#drawnItem(), accountID = this.#drawnAccount(), deviceID = this.#drawnDevice(), ...fields } = {}) {
    const id = this.#nextId++;
    const all = { historyKey: `/status/sessions/history/${id}`, ...rowOf(item), viewedAt, accountID, deviceID, ...fields };
    const row = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== null));
    this.rows.push(row);
    this.#kept.clear();
    return row;
  }

  find(id) {
    return this.rows.find((row) => row.historyKey.endsWith(`/${id}`));
  }

  remove(rows) {
    const gone = new Set(rows);
    this.rows = this.rows.filter((row) => !gone.has(row));
    this.#kept.clear();
  }

  /** As after a database that was made anew: nothing is there, and ids begin again at 1. */
  restart() {
    this.rows = [];
    this.#nextId = 1;
    this.#kept.clear();
  }

  /** What one account has seen of one item: { count, last }, or undefined. */
  seenBy(accountID, ratingKey) {
    return this.#keep('seen', () => {
      const seen = new Map();
      for (const row of this.rows) {
        const name = `${row.accountID} ${row.ratingKey}`;
        const { count, last } = seen.get(name) ?? { count: 0, last: 0 };
        seen.set(name, { count: count + 1, last: Math.max(last, row.viewedAt) });
      }
      return seen;
    }).get(`${accountID} ${ratingKey}`);
  }

  /**
   * The rows of one question. `filters` are pairs in the grammar of the server: `viewedAt>` with N means at or after
   * N; a name that is not known is ignored without a word [live].
   */
  ask({ filters = [], sort = '', onlyAccount = null }) {
    const known = filters.filter(([name, value]) => tests[name] && /^-?\d+$/.test(value));
    const question = JSON.stringify([known, sort, onlyAccount]);
    if (this.#kept.get('question') === question) return this.#kept.get('answer');
    const wanted = known.map(([name, value]) => (row) => tests[name](row, Number(value)));
    if (onlyAccount !== null) wanted.push((row) => row.accountID === onlyAccount);
    const answer = this.#keep(`sort ${sort}`, () => sorted(this.rows, sort)).filter((row) => wanted.every((fits) => fits(row)));
    this.#kept.set('question', question).set('answer', answer);
    return answer;
  }

  #keep(name, make) {
    if (!this.#kept.has(name)) this.#kept.set(name, make());
    return this.#kept.get(name);
  }

  #addOdd(at, age, room) {
    const chance = this.#random();
    if (chance < 0.01) return this.add({ viewedAt: at, ...this.#liveTv(at) });
    if (chance < 0.02) return this.add({ viewedAt: at, item: this.#one(this.#library.trailers) });
    if (chance < 0.025 && age < 0.5 && room >= 5) return this.#burst(at);
    if (chance < 0.035 && age < 0.9 && room >= 2) return this.#toldTwice(at);
    const item = this.#drawnItem();
    return this.add({ viewedAt: chance < 0.04 ? at - Math.floor(this.#random() * 500_000) : at, item, ...this.#lacks(item, age) });
  }

  /** What a row lacks, or says of things that are no longer there. */
  #lacks(item, age) {
    const lacks = {};
    const chance = this.#random();
    if (age < 0.25) lacks.deviceID = null;
    else if (chance < 0.02) lacks.deviceID = goneDevice;
    if (chance > 0.98) lacks.librarySectionID = null;
    if (item.fate === 'deleted' && item.ratingKey % 3 === 0) lacks.librarySectionID = String(goneSection);
    if (this.#random() < 0.03) lacks.accountID = goneAccount;
    if (item.type === 'episode' && chance > 0.4 && chance < 0.43) Object.assign(lacks, { parentKey: null, grandparentKey: null });
    if (item.type === 'episode' && chance > 0.5 && chance < 0.51) Object.assign(lacks, { index: String(item.index), parentIndex: String(item.parentIndex) });
    return lacks;
  }

  /** "Mark as played" of old servers: five rows of one film within 40 s, two of one second [live]. */
  #burst(at) {
    const same = { item: this.#one(this.#library.films), accountID: 1, deviceID: null };
    for (const later of [0, 9, 9, 22, 40]) this.add({ ...same, viewedAt: at + later });
  }

  /** The second row comes about a twentieth of the duration later [live]. */
  #toldTwice(at) {
    const same = { item: this.#drawnItem(), accountID: this.#drawnAccount(), deviceID: this.#drawnDevice() };
    this.add({ ...same, viewedAt: at });
    this.add({ ...same, viewedAt: at + Math.floor(same.item.duration / 20_000) });
  }

  /** The item of a broadcast is made for it, and its key is used again for another [?]. */
  #liveTv(at) {
    const n = Math.floor(this.#random() * 3);
    return {
      item: null, type: 'episode', live: 1, ratingKey: String(200_000 + n), key: `/livetv/sessions/live_tv_${n}`, title: `Broadcast ${at}`,
      grandparentTitle: 'The News', index: 105, parentIndex: 49,
    };
  }

  #drawnItem() {
    const { films, episodes, tracks } = this.#library;
    const chance = this.#random();
    return this.#one(chance < 0.4 ? films : chance < 0.85 ? episodes : tracks);
  }

  #drawnAccount() {
    const people = this.#place.accounts.slice(1);
    return this.#random() < 0.5 ? 1 : this.#one(people).id;
  }

  #drawnDevice() {
    return this.#place.devices.length > 0 ? this.#one(this.#place.devices).id : undefined;
  }

  #one(list) {
    return list[Math.floor(this.#random() * list.length)];
  }
}

/** Titles, index and section of a deleted item survive, keys and pictures do not [live]. */
function rowOf(item) {
  if (item === null) return {};
  const { parent, show, section, type } = item;
  const kept = {
    librarySectionID: String(section.id), title: item.title, grandparentTitle: show?.title, parentTitle: type === 'track' ? parent.title : undefined, type,
    subtype: item.subtype, extraType: item.extraType, index: item.index, parentIndex: item.parentIndex, originallyAvailableAt: item.originallyAvailableAt,
  };
  if (item.fate === 'deleted') return kept;
  const { librarySectionID, ...rest } = kept;
  return {
    key: keyOf(item), ratingKey: String(item.ratingKey), librarySectionID,
    parentKey: parent ? keyOf(parent) : undefined, grandparentKey: show ? keyOf(show) : undefined, ...rest,
    thumb: thumbOf(item), parentThumb: parent ? thumbOf(parent) : undefined,
    ...(show ? { grandparentThumb: thumbOf(show), grandparentArt: artOf(show) } : {}),
  };
}

const tests = {
  'viewedAt>': (row, n) => row.viewedAt >= n, // inclusive [live]
  'viewedAt<': (row, n) => row.viewedAt <= n, // inclusive too [?]
  viewedAt: (row, n) => row.viewedAt === n, // [?]
  accountID: (row, n) => row.accountID === n,
  deviceID: (row, n) => row.deviceID === n,
  librarySectionID: (row, n) => Number(row.librarySectionID) === n,
  metadataItemID: (row, n) => [row.key, row.parentKey, row.grandparentKey].includes(`/library/metadata/${n}`), // an item, season or show [spec]
};

/** `viewedAt:asc|desc`, a list; what is not of this form is ignored; equal seconds stay in the order of ids [?]. */
function sorted(rows, sort) {
  const orders = sort.split(',').map((one) => /^(viewedAt|accountID|deviceID|librarySectionID)(?::(asc|desc))?$/.exec(one)).filter(Boolean);
  if (orders.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const [, field, direction] of orders) {
      const difference = Number(a[field] ?? 0) - Number(b[field] ?? 0);
      if (difference !== 0) return direction === 'desc' ? -difference : difference;
    }
    return 0;
  });
}
