// SPDX-License-Identifier: MIT
// questions.test.mjs - what the history is asked, by the real service: every filter, alone and with
// another one, gives what plain SQL over history.db gives, in lists and in sums; a search finds titles
// of every alphabet; and all of it stays so when plays are completed, removed and imported beside.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { makeSource, Service, shell, sql, sources, until } from './service.mjs';

let service;
let file;
const database = () => path.join(service.data, 'history.db');
const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;

/** The titles that are looked for: [stored, query…]. The same letters composed and taken apart. */
const titles = [
  ['Der Himmel über München', 'MÜNCHEN', 'munchen', 'München'.normalize('NFD')],
  ['Cafe\u0301 Society', 'café soc', 'CAFE'],
  ['Война и мир', 'война', 'ВОЙНА И'],
  ['Ελευθερία ή Θάνατος', 'ελευθερια', 'ΘΑΝΑΤΟΣ'],
  ['기생충 이야기', '기생충', '기생충'.normalize('NFD'), '생'],
  ['となりのトトロ', 'トトロ', 'ﾄﾄﾛ', 'とな'],
  ['東京物語', '東京', '京物語', '東'],
  ['ألف ليلة وليلة', 'ليلة', 'أَلْف'],
  ['शोले की कहानी', 'शोले', 'की'],
];

/** The index has caught up: what lies above it is walked, which other tests are about. */
async function followed() {
  await until('the index has caught up', async () => {
    const [[behind]] = await sql(database(), 'SELECT (SELECT coalesce(max(id), 0) FROM plays) - watermark + (SELECT count(*) FROM play_index_changed) FROM play_index_state');
    return Number(behind) <= 0;
  });
}

before(async () => {
  service = await Service.start();
  ({ file } = await makeSource('plays.db', '--rows', 3000, '--dirty'));
  for (const [i, [title]] of titles.entries()) {
    await shell(file, `UPDATE session_history_metadata SET title = ${quoted(title)}, full_title = ${quoted(title)} WHERE id % 40 = ${i}`);
  }
  await service.import(file);
});

async function everyPlay(query) {
  const ids = [];
  for (let cursor = ''; cursor !== null;) {
    const page = await service.fetched(`/history?limit=1000${query}${cursor && `&cursor=${cursor}`}`);
    ids.push(...page.items.map((play) => play.id));
    cursor = page.next;
  }
  return ids;
}

/** What each filter chooses, as SQL over `plays p`, with a value that some plays have. */
async function filters() {
  const [[user, section, type, middle]] = await sql(database(), `SELECT
    (SELECT user_id FROM plays WHERE user_id IS NOT NULL GROUP BY user_id ORDER BY count(*) DESC LIMIT 1 OFFSET 1),
    (SELECT section_id FROM plays WHERE section_id IS NOT NULL GROUP BY section_id ORDER BY count(*) DESC LIMIT 1),
    (SELECT media_type FROM plays GROUP BY media_type ORDER BY count(*) DESC LIMIT 1),
    (SELECT started_at FROM plays ORDER BY started_at LIMIT 1 OFFSET 1500)`);
  const [[server]] = await sql(database(), 'SELECT server_id FROM sources LIMIT 1');
  const later = Number(middle) + 90 * 86400_000;
  const time = (ms) => encodeURIComponent(new Date(Number(ms)).toISOString());
  return {
    server: [`&server=${encodeURIComponent(server)}`, `p.source_id IN (SELECT no FROM sources WHERE server_id = ${quoted(server)})`],
    user: [`&user=${user}`, `p.user_id = ${quoted(user)}`],
    person: [`&person=${encodeURIComponent(`${server}/${user}`)}`, `p.user_id = ${quoted(user)} AND p.source_id IN (SELECT no FROM sources WHERE server_id = ${quoted(server)})`],
    library: [`&library=${section}`, `p.section_id = ${quoted(section)}`],
    media_type: [`&media_type=${type}`, `coalesce(p.media_type, 'unknown') = ${quoted(type)}`],
    from: [`&from=${time(middle)}`, `p.started_at >= ${middle}`],
    to: [`&to=${time(later)}`, `p.started_at < ${later}`],
    q: ['&q=THE%20', "(lower(p.full_title) LIKE '%the %' OR lower(p.title) LIKE '%the %' OR lower(p.parent_title) LIKE '%the %' OR lower(p.grandparent_title) LIKE '%the %' OR lower(p.original_title) LIKE '%the %')"],
  };
}

async function assertChosen(names, all) {
  const query = names.map((name) => all[name][0]).join('');
  const where = names.map((name) => all[name][1]).join(' AND ');
  const wanted = (await sql(database(), `SELECT id FROM plays p WHERE ${where} ORDER BY started_at DESC, content_hash DESC, source_id DESC`)).map(([id]) => id).filter(Boolean);
  assert.deepEqual(await everyPlay(query), wanted, names.join(' and '));
  const [[plays, seconds, long]] = await sql(database(), `SELECT count(*), coalesce(sum(iif(played_s > 86400, 0, played_s)), 0), coalesce(sum(played_s > 86400), 0) FROM plays p WHERE ${where}`);
  for (const by of ['month', 'user', 'hour', 'person']) {
    const { items, totals } = await service.fetched(`/history/summary?by=${by}${query}`);
    const sum = (member) => items.reduce((so_far, line) => so_far + line[member], 0);
    assert.deepEqual([totals.plays, sum('plays'), totals.long_plays], [Number(plays), Number(plays), Number(long)], `${names} by ${by}`);
    assert.ok(Math.abs(totals.watched_hours * 3600 - Number(seconds)) < 1, `${names} by ${by}: ${totals.watched_hours}`);
  }
  return wanted.length;
}

async function assertEveryFilter() {
  const all = await filters();
  const names = Object.keys(all);
  let some = 0;
  for (const [i, one] of names.entries()) {
    some += (await assertChosen([one], all)) > 0;
    for (const other of names.slice(i + 1)) await assertChosen([one, other], all);
  }
  assert.equal(some, names.length, 'every filter alone chooses something');
}

async function assertEveryAlphabet() {
  for (const [title, ...queries] of titles) {
    for (const q of queries) {
      const { items } = await service.fetched(`/history?q=${encodeURIComponent(q)}`);
      assert.ok(items.some((play) => play.title === title), `${q} finds ${title}`);
      assert.equal((await service.fetched(`/history/summary?by=month&q=${encodeURIComponent(q)}`)).totals.plays, (await everyPlay(`&q=${encodeURIComponent(q)}`)).length, q);
    }
  }
}

test('each filter alone and every two together give what plain SQL gives', async () => {
  await followed();
  await assertEveryFilter();
});

test('titles of every alphabet are found, composed or taken apart, by one letter or many', assertEveryAlphabet);

test('lines of a summary are those of plain SQL', async () => {
  const wanted = await sql(database(), "SELECT strftime('%Y-%m', started_at / 1000, 'unixepoch'), count(*) FROM plays GROUP BY 1 ORDER BY 1");
  const { items } = await service.fetched('/history/summary?by=month');
  assert.deepEqual(items.map((line) => [line.key, String(line.plays)]), wanted);
  const hours = await sql(database(), "SELECT strftime('%H', started_at / 1000, 'unixepoch'), count(*) FROM plays GROUP BY 1 ORDER BY 1");
  assert.deepEqual((await service.fetched('/history/summary?by=hour')).items.map((line) => [line.key, String(line.plays)]), hours);
});

test('one play is given with what its source said; another number is no play', async () => {
  const [{ id, title }] = (await service.fetched('/history?limit=1')).items;
  const { play, rows } = await service.fetched(`/history/${id}`);
  assert.deepEqual([play.id, play.title, rows.length, rows[0].reason, rows[0].play.title], [id, title, 1, 'new', title]);
  for (const none of ['0', '99999999', 'x', '1.1']) {
    const { status, body } = await service.ask(`GET /history/${none}`);
    assert.ok(status === 404 && ['PLAY_NOT_FOUND', 'NOT_FOUND'].includes(body.code), `${none}: ${status}`);
  }
});

test('after plays were completed, removed and imported beside, all of it is so again', async () => {
  await service.stop();
  await shell(database(), 'DELETE FROM plays WHERE id % 7 = 0; UPDATE plays SET user_id = \'77\', title = \'The renamed \' || id WHERE id % 11 = 0');
  service = await Service.start({ data: service.data });
  await assertEveryFilter();
  await followed();
  await assertEveryFilter();
  const other = path.join(sources, 'other.db');
  copyFileSync((await makeSource('beside.db', '--rows', 700, '--seed', 5)).file, other);
  await service.import(other);
  await assertEveryFilter();
  await followed();
  await assertEveryFilter();
});
