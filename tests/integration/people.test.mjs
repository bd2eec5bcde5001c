// SPDX-License-Identifier: MIT
// people.test.mjs - accounts of several servers as persons, and a person who is forgotten: what is
// erased, what the figures before say, and that no import brings it back until the mark is lifted.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bin, run, Service, makeSource, shell, sources, sql, until } from './service.mjs';

const ada = 'ADAS-OWN-NAME';
const sum = (list) => list.reduce((n, one) => n + one.plays, 0);

/** Starts a job of the history's own, and waits for its end; its receipt by reason. */
async function done(service, what, body = {}) {
  const { status, body: said } = await service.patiently(what, body);
  assert.equal(status, 202, JSON.stringify(said));
  const { job, receipt } = await until(`the end of ${what}`, async () => {
    const got = await service.fetched(`/sync/jobs/${said.job_id}`);
    return got.job.progress.status !== 'running' && got;
  });
  assert.equal(job.progress.status, 'completed', JSON.stringify(job.progress));
  return Object.fromEntries(receipt.by_reason.map(({ key, n }) => [key, n]));
}

const people = (service) => service.fetched('/people');
const personOf = ({ items }, server, user) => items.find(({ accounts }) =>
  accounts.some((one) => one.server_id === server && one.user_id === user));

/** Two servers of one household; the owner of `house` is called 10000, as Tautulli marks. */
async function twoServers() {
  const { file: house } = await makeSource('house.db', '--rows', 600, '--seed', 3, '--server-id', 'house');
  const { file: hut } = await makeSource('hut.db', '--rows', 300, '--seed', 4, '--server-id', 'hut');
  for (const file of [house, hut]) {
    await shell(file, `UPDATE users SET username = '${ada}', friendly_name = NULL WHERE user_id = 10037;
      UPDATE session_history SET user = '${ada}' WHERE user_id = 10037;
      UPDATE users SET is_admin = 0;`);
  }
  await shell(house, `UPDATE users SET is_admin = 1 WHERE user_id = 10000;
    INSERT INTO users (user_id, username) VALUES (1, 'admin');
    UPDATE session_history SET user_id = 1, user = 'admin' WHERE user_id = 10000 AND id % 3 = 0`);
  await shell(hut, 'UPDATE users SET user_id = 77777 WHERE user_id = 10000; UPDATE session_history SET user_id = 77777 WHERE user_id = 10000');
  return { house, hut };
}

describe('persons and their accounts', () => {
  let service;
  let files;
  before(async () => {
    service = await Service.start();
    files = await twoServers();
    await service.import(files.house);
    await service.import(files.hut);
  });
  after(() => service.stop());

  test('a plex.tv id on two servers is one person, account 1 is not, and Local is nobody', async () => {
    const all = await people(service);
    const one = personOf(all, 'house', '10037');
    assert.equal(one.id, 'plex.tv/10037');
    assert.deepEqual(one.accounts.map(({ server_id }) => server_id).sort(), ['house', 'hut']);
    assert.equal(one.mapped, false);
    assert.equal(personOf(all, 'house', '1').id, 'house/1');
    assert.equal(personOf(all, 'house', '0'), undefined);
    assert.ok(all.unmapped.nobodys.some(({ user_id }) => user_id === '0'));
    const stored = Number((await sql(service.history, 'SELECT count(*) FROM plays'))[0][0]);
    assert.equal(sum(all.items) + sum(all.unmapped.nobodys), stored);
    assert.equal(all.unmapped.plays, stored);
  });

  test('the owner\'s two ids are proposed, and equal names on other servers as the weaker', async () => {
    const { proposals } = await people(service);
    const [first] = proposals;
    assert.deepEqual(first.accounts.map(({ user_id }) => user_id), ['1', '10000']);
    assert.equal(first.weaker, false);
    assert.match(first.because, /owner/);
    const weaker = proposals.find((one) => one.weaker && one.accounts.some(({ user_id }) => user_id === '77777'));
    assert.ok(weaker, JSON.stringify(proposals));
  });

  test('a proposal is joined as it stands, is one person then, and can be taken apart again', async () => {
    const { proposals: [proposal] } = await people(service);
    await done(service, 'POST /people/join', {
      accounts: proposal.accounts.map(({ server_id, user_id }) => ({ server_id, user_id })), name: 'Admin of all' });
    const joined = personOf(await people(service), 'house', '1');
    assert.match(joined.id, /^p\d+$/);
    assert.equal(joined.name, 'Admin of all');
    assert.equal(joined.accounts.length, 2);
    assert.ok(!(await people(service)).proposals.some((one) => !one.weaker));
    await done(service, `POST /people/${joined.id}/split`, { accounts: [{ server_id: 'house', user_id: '1' }] });
    const apart = await people(service);
    assert.equal(personOf(apart, 'house', '1').id, 'house/1');
    assert.equal(personOf(apart, 'house', '10000').id, joined.id);
  });

  test('of a plex.tv id on two servers one account can be taken out', async () => {
    await done(service, 'POST /people/plex.tv%2F10074/split', { accounts: [{ server_id: 'hut', user_id: '10074' }] });
    const all = await people(service);
    assert.notEqual(personOf(all, 'hut', '10074').id, personOf(all, 'house', '10074').id);
    await done(service, 'POST /people/join', {
      accounts: [{ server_id: 'hut', user_id: '10074' }, { server_id: 'house', user_id: '10074' }] });
    assert.equal(personOf(await people(service), 'hut', '10074').accounts.length, 2);
  });

  test('nobody cannot be joined, nor an account that is another person\'s be taken out', async () => {
    const local = await service.ask('POST /people/join', { accounts: [{ server_id: 'house', user_id: '0' }] });
    assert.deepEqual([local.status, local.body.field], [400, 'accounts']);
    const foreign = await service.ask('POST /people/plex.tv%2F10037/split', { accounts: [{ server_id: 'house', user_id: '1' }] });
    assert.deepEqual([foreign.status, foreign.body.field], [400, 'accounts']);
    const none = await service.ask('GET /people/p4711/forget');
    assert.deepEqual([none.status, none.body.code], [404, 'PERSON_NOT_FOUND']);
  });

  test('the command line lists, joins and splits too', async () => {
    const playbus = (...options) => run(path.join(bin, 'playbus'), 'people', ...options, '--data', service.data);
    assert.match(await playbus('list'), /^plex\.tv\/10111 /m);
    await playbus('join', 'plex.tv/10111,house/1', '--name', 'Both');
    assert.match(personOf(await people(service), 'house', '1').id, /^p/);
    assert.equal(personOf(await people(service), 'house', '1').name, 'Both');
    const { items: [entry] } = await service.fetched('/audit/events?limit=1&action=join_people');
    assert.deepEqual(JSON.parse(entry.params).accounts, ['house/10111', 'house/1']);
    await playbus('split', 'house/1');
    assert.equal(personOf(await people(service), 'house', '1').id, 'house/1');
    await assert.rejects(playbus('forget', 'house/1'), /--yes/);
  });

  test('a viewer may see none of it', async () => {
    const as = await service.signInViewer();
    assert.equal((await service.ask('GET /people', undefined, as)).status, 403);
    assert.equal((await service.ask('GET /people/house%2F1/forget', undefined, as)).status, 403);
  });
});

describe('a person who is forgotten', () => {
  let service;
  let files;
  let before_;
  const id = 'plex.tv%2F10037';
  before(async () => {
    service = await Service.start();
    files = await twoServers();
    await shell(files.house, 'UPDATE session_history SET started = NULL WHERE user_id = 10037 AND id % 7 = 0');
    await service.import(files.house);
    await service.import(files.hut);
    before_ = (await service.exported()).length;
    await until('the index of plays has her too', async () => {
      const [[all]] = await sql(service.history, 'SELECT (SELECT watermark FROM play_index_state) = (SELECT max(id) FROM plays)');
      return all === '1';
    });
  });
  after(() => service.stop());

  test('the figures before are those of the receipt', async () => {
    const figures = await service.fetched(`/people/${id}/forget`);
    assert.ok(figures.plays > 20 && figures.rejected > 2, JSON.stringify(figures));
    const reasons = await done(service, `POST /people/${id}/forget`);
    assert.equal(reasons.erased_plays, figures.plays);
    assert.equal(reasons.erased_rows, figures.rows);
    assert.equal(reasons.erased_rejected_rows, figures.rejected);
    assert.equal((await service.exported()).length, before_ - figures.plays);
    const left = await service.fetched(`/people/${id}/forget`);
    assert.deepEqual([left.plays, left.rows, left.rejected], [0, 0, 0]);
    assert.ok(left.since);
  });

  test('neither the name nor the plays are anywhere in the history, receipts and files included', async () => {
    const { items } = await people(service);
    assert.equal(personOf({ items }, 'house', '10037'), undefined);
    const { items: jobs } = await service.fetched('/sync/jobs');
    for (const { job_id } of jobs) {
      assert.doesNotMatch(JSON.stringify(await service.fetched(`/sync/jobs/${job_id}`)), new RegExp(ada));
    }
    for (const end of ['', '-wal']) {
      await until(`the name is gone from history.db${end}`, () => !readFileSync(service.history + end).includes(ada));
    }
  });

  test('what is not the person\'s stays as it was, sums too', async () => {
    const [[counted, stored]] = await sql(service.history, 'SELECT (SELECT sum(plays) FROM sources), (SELECT count(*) FROM plays)');
    assert.equal(counted, stored);
  });

  test('no import brings it back, and the receipt says how many rows were left out', async () => {
    const left = (await service.exported()).length;
    for (const more of [{ dry_run: true }, {}]) {
      const stats = await service.import(files.house, more);
      assert.equal(stats.status, 'completed');
      assert.deepEqual([stats.imported_records, stats.error_count, stats.vanished_records], [0, 0, 0]);
      assert.equal(stats.progress_percent, 100);
      const { receipt } = await service.fetched(`/sync/jobs/${stats.job_id}`);
      const [[own]] = await sql(files.house, 'SELECT count(*) FROM session_history WHERE user_id = 10037');
      assert.equal(receipt.by_reason.find(({ key }) => key === 'forgotten').n, Number(own));
      assert.doesNotMatch(JSON.stringify(receipt), new RegExp(ada));
    }
    assert.equal((await service.exported()).length, left);
    const fresh = path.join(sources, 'third.db');
    copyFileSync(files.hut, fresh);
    await shell(fresh, `UPDATE session_history SET id = id + 100000; UPDATE session_history_metadata SET id = id + 100000;
      UPDATE session_history_media_info SET id = id + 100000; UPDATE session_history SET started = started + 86400000, stopped = stopped + 86400000;
      UPDATE library_sections SET server_id = 'third'`);
    await service.import(fresh);
    const plays = await service.exported();
    assert.ok(plays.some((play) => play.server_id === 'third') && !plays.some(({ user_id }) => user_id === '10037'));
  });

  test('the audit log has the figures and not the name', async () => {
    const { items } = await until('the end is in the audit log', async () => {
      const page = await service.fetched('/audit/events?limit=100');
      return page.items.some(({ params }) => params?.includes('erased_plays')) && page;
    });
    assert.doesNotMatch(JSON.stringify(items), new RegExp(ada));
    assert.ok(items.some(({ action, target }) => action === 'forget_person' && target?.includes('10037')));
  });

  test('once the mark is lifted the next import brings it back as new', async () => {
    const playbus = (...options) => run(path.join(bin, 'playbus'), 'people', ...options, '--data', service.data);
    assert.match(await playbus('list'), /^plex\.tv\/10037 is forgotten since /m);
    await playbus('lift', 'hut/10037');
    assert.equal((await service.ask(`DELETE /people/${id}/forget`)).status, 404);
    const stats = await service.import(files.house);
    assert.ok(stats.imported_records > 20, JSON.stringify(stats));
    assert.equal(personOf(await people(service), 'house', '10037').name, ada);
  });
});

test('an erasure is stopped, keeps its marks meanwhile, and is gone on with', async () => {
  const service = await Service.start();
  const { file } = await makeSource('long.db', '--rows', 30000, '--seed', 5, '--server-id', 'long');
  await shell(file, 'UPDATE session_history SET user_id = 10037');
  await service.import(file);
  const { body: begun } = await service.patiently('POST /people/plex.tv%2F10037/forget', {});
  assert.equal((await service.ask('DELETE /people/plex.tv%2F10037/forget')).body.code, 'FORGET_RUNNING');
  assert.equal((await service.ask('DELETE /people/join')).body.code, 'NOT_RUNNING');
  assert.equal((await service.ask('DELETE /people/forget')).status, 200);
  const left = await service.fetched('/people/plex.tv%2F10037/forget');
  assert.ok(left.plays > 0 && left.since, JSON.stringify(left));
  const { body: again } = await service.patiently('POST /people/plex.tv%2F10037/forget', {});
  assert.equal(again.job_id, begun.job_id);
  await until('its end', async () => (await service.fetched(`/sync/jobs/${begun.job_id}`)).job.progress.status === 'completed');
  assert.equal((await service.fetched('/people/plex.tv%2F10037/forget')).plays, 0);
  await service.stop();
});
