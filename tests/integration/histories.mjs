// SPDX-License-Identifier: MIT
// histories.mjs - for tests that bring the same plays in several ways: what is stored, without what only tells of
// the way, and a comparison that names the first play that differs.
import assert from 'node:assert/strict';
import { sql, until } from './service.mjs';

/** A row by a name that says whose it is: t of Tautulli, c of the copy of a part of it, p of Plex. */
export const name = (source, id) => (source === 'plex' ? `p${id}` : Number(id) > 900_000 ? `c${id}` : `t${id}`);

/** The owner's account 1 and the plex.tv id are one person: what is proposed is confirmed, as a person would. */
export async function joinOwner(service) {
  const { proposals } = await service.fetched('/people');
  const [{ accounts }] = proposals.filter(({ weaker }) => !weaker);
  const { body, status } = await service.ask('POST /people/join', { accounts: accounts.map(({ server_id, user_id }) => ({ server_id, user_id })) });
  assert.equal(status, 202, JSON.stringify(body));
  await until('plays decided anew', async () => (await service.fetched('/sync/jobs?operation=regroup')).items[0]?.progress.status === 'completed');
}

/** The stored plays without our own numbers: what each column of `plays` holds, and whose rows a play is told of by. */
export async function stored(service) {
  const own = ['id', 'job_no', 'item_id', 'source_id', 'grouped']; // a row that was split off keeps a number of its own
  const columns = (await sql(service.history, "SELECT name FROM pragma_table_info('plays')")).flat().filter((column) => !own.includes(column));
  const digests = await sql(service.history, [...columns.map((column) => `plays.${column}`), 'items.hash', 'sources.kind'].map((column) => `SELECT '${column}',
    hex(sha3_query('SELECT ${column} FROM plays JOIN sources ON sources.no = source_id LEFT JOIN items ON items.id = item_id
      ORDER BY plays.native_id, plays.started_at, sources.kind'))`).join(' UNION ALL '));
  const plays = (await service.exported()).map(({ id, sources: rows, ...play }) => ({
    ...play, rows: rows.map((row) => name(row.source, row.native_id)).sort() }));
  plays.sort((a, b) => (a.rows[0] < b.rows[0] ? -1 : 1));
  return { digests: Object.fromEntries(digests), plays };
}

export function same(one, other, what) {
  for (let i = 0; i < Math.max(one.plays.length, other.plays.length); i++) {
    assert.deepEqual(other.plays[i], one.plays[i], `${what}: play ${i} in order of its first row`);
  }
  assert.deepEqual(other.digests, one.digests, `${what}: columns, some of which no answer shows`);
}
