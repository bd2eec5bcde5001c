// SPDX-License-Identifier: MIT
// recovery.test.mjs - the way in from this machine: where the first administrator is made, and how a
// lost password is replaced.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { Service, bin, run, until } from './service.mjs';

let service;
before(async () => { service = await Service.start(); });

const playbus = (...words) => run(path.join(bin, 'playbus'), ...words, '--data', service.data);

test('until there is an administrator the start says where to make one, and only its user may read the code', async () => {
  const code = path.join(service.data, 'run/setup.code');
  const [, shown] = await until('the address', () => /^Open http:\/\/[\d.:]+\/#setup=(\S+) to create the first administrator$/m.exec(service.logged));
  assert.equal(shown, readFileSync(code, 'utf8').trim());
  assert.equal(statSync(code).mode & 0o777, 0o600);
  assert.equal(statSync(path.join(service.data, 'run/cli.token')).mode & 0o777, 0o600);
  await service.signIn();
  assert.ok(!existsSync(code), 'a code that was used is gone');
});

test('a lost password is replaced by one that opens nothing but its own change', async () => {
  const session = await service.signIn();
  assert.match(await playbus('user', 'list'), /^admin +admin +active/m);
  const password = (await playbus('user', 'reset', 'ADMIN')).trim();
  assert.equal((await service.ask('GET /sync/jobs', undefined, session)).status, 401, 'the sessions of the user ended');
  await assert.rejects(service.signIn(), /SIGN_IN_FAILED/);

  const again = await service.signIn({ password });
  const refused = await service.ask('GET /sync/jobs', undefined, again);
  assert.deepEqual([refused.status, refused.body.code], [403, 'PASSWORD_CHANGE_NEEDED']);
  const changed = await service.ask('POST /auth/password', { current_password: password, new_password: 'another horse and battery' }, again);
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  assert.equal((await service.ask('GET /sync/jobs', undefined, await service.signIn({ password: 'another horse and battery' }))).status, 200);
  await assert.rejects(playbus('user', 'reset', 'nobody'), /there is no user nobody/);
});

test('a command line that shows another token is told what helps on this machine', async () => {
  const file = path.join(service.data, 'run/cli.token');
  const token = readFileSync(file);
  writeFileSync(file, `pbt_local_${'A'.repeat(43)}\n`);
  await assert.rejects(playbus('user', 'list'), /did not let the command line in\n.*access\.cli_group/s);
  writeFileSync(file, token);
  await playbus('user', 'list');
});

test('a folder named as the database is refused at once, before anything is sent', async () => {
  await assert.rejects(playbus('import', service.data), /is a folder\n {2}Choose tautulli\.db/);
});
