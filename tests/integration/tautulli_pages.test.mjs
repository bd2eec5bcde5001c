// SPDX-License-Identifier: MIT
// tautulli_pages.test.mjs - the history by Tautulli's API alone, and what a copy lacks of it: pages that say less than
// there is, the same again, or nothing that can be read. All are dry runs, of one database that takes two pages.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { TautulliApi } from '../support/media_server/tautulli_api.mjs';
import { Service, makeSource, shell, sources, until } from './service.mjs';

const rows = 5200;
const empty = { recordsTotal: 0, recordsFiltered: 0, draw: 1, data: [] };
let service;
let tautulli;
let id;
before(async () => {
  service = await Service.start({ env: { PLAYBUS_IMPORT_TAUTULLI_STALE_S: '0' } });
  const { file } = await makeSource('pages.db', '--rows', rows, '--seed', 31, '--no-wal');
  const copy = path.join(sources, 'pages-copy.db');
  // A merge lately: the newest ids are the oldest plays.
  await shell(file, `UPDATE session_history SET started = started - 300000000, stopped = stopped - 300000000 WHERE id > ${rows - 100}`);
  copyFileSync(file, copy);
  await shell(copy, ['session_history', 'session_history_metadata', 'session_history_media_info'].map((t) => `DELETE FROM ${t} WHERE id > ${rows - 100};`).join(''));
  tautulli = await TautulliApi.start({ file });
  tautulli.staleFile = copy;
  const { body } = await service.patiently('POST /servers', { name: 'pages', kind: 'tautulli', address: tautulli.url, token: tautulli.key });
  id = body.server.id;
});
after(async () => {
  await service.stop();
  await tautulli.stop();
});
afterEach(() => {
  tautulli.fault = null;
  tautulli.onPage = (page) => page;
});

async function begin(fault, onPage = (page) => page) {
  Object.assign(tautulli, { fault, onPage });
  return (await service.patiently('POST /import/tautulli', { server_id: id, dry_run: true })).body;
}

/** What comes of it where pages are told so. */
async function read(fault, onPage) {
  const begun = await begin(fault, onPage);
  const stats = await service.end();
  return { status: stats.status, found: stats.imported_records, error: stats.error, told: JSON.stringify((await service.ask(`GET /sync/jobs/${begun.job_id}`)).body) };
}

/** The import waits for answers that can be used. */
async function waits(fault, onPage) {
  await begin(fault, onPage);
  await until('it waits', async () => {
    const { stats } = (await service.ask('GET /import/status')).body;
    assert.notEqual(stats.status, 'completed', JSON.stringify(stats));
    return stats.phase === 'waiting' && stats.waiting_for === 'source';
  });
  await service.ask('DELETE /import');
}

const once = (wanted, otherwise) => {
  let done = false;
  return (page, asked) => {
    if (done || !wanted(asked)) return page;
    done = true;
    return otherwise;
  };
};
const whole = ({ status, found, error }) => assert.deepEqual([status, found], ['completed', rows], error);

describe('a query that fails there is answered like an empty history', () => {
  test('so is a page once: it is asked for again, and no play is missing', async () => {
    const { told, ...job } = await read('refused', once(({ start }) => start > 0, empty));
    whole(job);
    assert.doesNotMatch(told, /not told by its API/);
  });
  test('so is each: the import does not pass for complete', async () => {
    await waits('refused', (page, { start }) => (start > 0 ? empty : page));
  });
  test('so is the first question: an old copy does not pass for all', async () => {
    whole(await read('stale', once(({ length }) => length === 1, empty)));
  });
});

describe('pages', () => {
  for (const [what, answer] of Object.entries({ 'an error of a proxy': { status: 502, text: '<html>Bad Gateway' }, 'a page of a proxy': { status: 200, text: '<html>asleep' } })) {
    test(`${what} amid the pages is asked past`, async () => {
      const before = tautulli.downloads.count;
      whole(await read('refused', once(({ start }) => start > 0, answer)));
      assert.equal(tautulli.downloads.count, before + 1, 'it does not begin anew');
    });
  }
  test('one row that spoils the JSON of its page is passed over, and said to be', async () => {
    const odd = (page) => (page.data.some((row) => row.row_id === 4321) ? { status: 200, text: '{"response": {"title": "\\ud800"}}' } : page);
    const { status, found, told } = await read('refused', odd);
    assert.deepEqual([status, found], ['completed', rows - 1]);
    assert.match(told, /1 plays are missing, as what Tautulli's API says of them is no text/);
  });
  test('an old Tautulli calls the id of a row otherwise; without any nothing is imported', async () => {
    whole(await read('refused', (page) => ({ ...page, data: page.data.map(({ row_id: row, ...rest }) => rest) })));
    await waits('refused', (page) => ({ ...page, data: page.data.map(({ row_id: row, id: same, ...rest }) => rest) }));
  });
  test('the same page again and again ends the import', async () => {
    let first;
    const same = (page, { start, length }) => {
      if (length > 1 && start === 0) first = page;
      return length > 1 ? { ...first, recordsTotal: 10_000_000, recordsFiltered: 10_000_000 } : page;
    };
    const { status, error } = await read('refused', same);
    assert.deepEqual([status, error], ['error', 'The server sends more at once than is read of it']);
  });
  test('plays that were merged into the history lately are found behind newer ones', async () => {
    whole(await read('stale'));
  });
  test('what is not told of those that the copy lacks is said to be missing', async () => {
    const { found, told } = await read('stale', (page, { length }) => (length === 1 ? page
      : { ...page, recordsFiltered: rows - 10, data: page.data.filter((row) => row.row_id <= rows - 10) }));
    assert.equal(found, rows - 10);
    assert.match(told, /10 plays that the copy of its database lacked are missing here/);
  });
});
