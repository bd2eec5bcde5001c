// SPDX-License-Identifier: MIT
// uploads.test.mjs - what becomes of an uploaded database: it keeps the name it was given, lies where
// only the service reads it, and goes at once when it is refused for what it is.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { Service, makeSource, until } from './service.mjs';

let service;
let admin;
let good;
before(async () => {
  [service, { file: good }] = await Promise.all([Service.start(), makeSource('good.db', '--rows', 50, '--seed', 3)]);
  admin = await service.signIn();
});

const send = async (name, bytes, beside) => {
  const query = new URLSearchParams({ name, ...(beside ? { for: beside } : {}) });
  const answer = await service.fetch(`/import/upload?${query}`, { method: 'POST', body: bytes,
    headers: { ...admin, 'content-type': 'application/octet-stream' } });
  return { status: answer.status, body: await answer.json() };
};
const kept = () => readdirSync(path.join(service.data, 'uploads'));

for (const call of ['POST /import/validate', 'POST /import/tautulli']) {
  test(`an upload that ${call} refuses for what it is goes at once, with its -wal`, async () => {
    const { body: { db_path: letter } } = await send('letter.db', Buffer.from('Dear reader, this is no database.\n'.repeat(40)));
    await send('letter.db-wal', Buffer.from('nor is this'), letter);
    assert.deepEqual([existsSync(letter), existsSync(`${letter}-wal`)], [true, true]);
    const { status, body } = await service.patiently(call, { db_path: letter });
    assert.deepEqual([status, body.code], [422, 'NOT_TAUTULLI']);
    assert.deepEqual(kept().filter((name) => name.includes('letter')), []);
    await until('the entry', async () => (await (await service.fetch('/audit/export?format=jsonl', { headers: admin })).text())
      .trim().split('\n').map((line) => JSON.parse(line)).some((one) => one.outcome === 'NOT_TAUTULLI' && one.target === letter && JSON.parse(one.params).upload_removed));
  });
}

test('an upload that is fine stays until it is imported, and a file that was not uploaded is nobody\'s to remove', async () => {
  const { body: { db_path: mine } } = await send('mine.db', readFileSync(good));
  assert.equal((await service.patiently('POST /import/validate', { db_path: mine })).status, 200);
  assert.ok(existsSync(mine));
  assert.equal((await service.import(mine)).status, 'completed');
  const letter = path.join(path.dirname(good), 'letter.db');
  writeFileSync(letter, 'Dear reader, this is no database.\n'.repeat(40));
  assert.equal((await service.patiently('POST /import/validate', { db_path: letter })).body.code, 'NOT_TAUTULLI');
  assert.ok(existsSync(letter));
});

test('what the audit log says of an upload: its name, and that it was refused', async () => {
  const { body: { db_path: letter } } = await send('told.db', Buffer.from('Dear reader, this is no database.\n'.repeat(40)));
  await service.patiently('POST /import/validate', { db_path: letter });
  const acts = await until('both acts are in the log', async () => {
    const { body } = await service.ask('GET /audit/acts?q=told.db');
    return body.items.length === 2 && body.items;
  });
  assert.deepEqual(acts.map(({ text, result_text: came }) => [text, came]), [
    ['Validate a database: told.db (uploaded)', 'Refused: This file is not a Tautulli database'],
    ['Received an upload: told.db', 'Done'],
  ]);
});

test('an upload that will not be imported can be removed with its -wal, and nothing else can', async () => {
  const { body: { db_path: mine } } = await send('unwanted.db', readFileSync(good));
  await send('unwanted.db-wal', Buffer.from('x'), mine);
  const remove = (file) => service.ask(`DELETE /import/upload?db_path=${encodeURIComponent(file)}`);
  assert.deepEqual((await remove(good)).body.code, 'FILE_NOT_FOUND');
  assert.deepEqual((await remove(`${path.dirname(mine)}/../history.db`)).body.code, 'FILE_NOT_FOUND');
  assert.deepEqual([(await remove(mine)).status, (await remove(mine)).status], [200, 404]);
  assert.deepEqual([existsSync(good), kept().filter((name) => name.includes('unwanted'))], [true, []]);
});

test('an upload keeps the name it was given, in any alphabet', async () => {
  for (const name of ['Plex – München (2).db', 'база данных.db', 'タウトゥリ.zip', "it's [mine] & yours, 100%.db", 'x.party.db']) {
    const { status, body } = await send(name, readFileSync(good));
    assert.equal(status, 201, `${name}: ${JSON.stringify(body)}`);
    assert.match(path.basename(body.db_path), /^[0-9a-f]{12}-/);
    assert.equal(path.basename(body.db_path).slice(13), name);
    assert.equal((await service.patiently('POST /import/validate', { db_path: body.db_path })).body.total_records, 50);
  }
});

test('no name leaves the folder, hides what it is, or passes for half an upload', async () => {
  for (const name of ['../x.db', 'a/b.db', '/etc/passwd', '.hidden.db', 'x.part', 'line\nbreak.db', 'tab\t.db', 'gpj.\u202ebd.db', 'zero\u200bwidth.db', 'x'.repeat(129)]) {
    const { status, body } = await send(name, readFileSync(good));
    assert.deepEqual([name, status, body.field], [name, 400, 'name']);
  }
});
