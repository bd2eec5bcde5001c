// SPDX-License-Identifier: MIT
// confine.test.mjs - every actor is shut out of all files but its own: what each can open of a data folder
// that is in use, and that nothing is lost by it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { MediaServer } from '../support/media_server.mjs';
import { bin, makeSource, place, Service, tree } from './service.mjs';

const actors = ['broker', 'audit', 'history', 'tautulli', 'plex', 'server-sync', 'gateway', 'import-worker'];

/** The files of a folder, without links and sockets, as paths below it. */
function files(folder) {
  return readdirSync(folder, { recursive: true }).filter((name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile()).sort();
}

/** What an actor can do with each of these files, by the rules it confines itself with: {path: 'r', 'w', 'rw' or '-'}. */
async function reach(actor, data, paths, env = {}) {
  const child = spawn(path.join(bin, 'confined'), [actor, data], { env: { ...process.env, ...env } });
  let said = '';
  child.stdout.on('data', (text) => { said += text; });
  child.stdin.end(`${paths.join('\n')}\n`);
  assert.equal(await new Promise((resolve) => { child.on('close', resolve); }), 0);
  const [first, ...lines] = said.trim().split('\n');
  assert.equal(first, 'confined', 'this machine has Landlock');
  return Object.fromEntries(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

describe('a service whose allowed folder holds its data folder too', () => {
  let service;
  let media;
  let source;
  before(async () => {
    source = (await makeSource('early.db', '--rows', 300)).file;
    copyFileSync(source, path.join(place, 'beside.db'));
    media = await MediaServer.start();
    service = await Service.start({ options: ['--allow', place] });
    const added = await service.patiently('POST /servers', { name: 'Home', address: media.url, token: media.tokens.owner });
    assert.equal(added.status, 201, JSON.stringify(added.body));
    await service.patiently('POST /import/validate', { db_path: source });
  });
  after(async () => {
    await service.stop();
    await media.stop();
  });
  const env = () => ({ PLAYBUS_IMPORT_ALLOWED_DIRS: `${place}:${path.dirname(source)}` });

  test('each of its processes is confined, and the service says so', async () => {
    const found = tree(service.data).filter(({ command }) => /playbus-/.test(command.split('\0')[0]));
    const names = found.map(({ command }) => /playbus-([a-z-]+)/.exec(command)[1]);
    assert.deepEqual([...new Set(names)].sort(), [...actors].sort());
    for (const { pid, command } of found) {
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^NoNewPrivs:\t1$/m, command);
    }
    assert.equal((await service.fetched('/system')).confined, true);
    assert.ok(!/no Landlock/.test(service.logged));
  });

  test('no actor can open what is another\'s: databases, keys, the command line\'s token', async () => {
    const of = {
      'history.db': ['history'], 'audit.db': ['audit'], 'accounts.db': ['gateway'], 'servers.db': ['server-sync'],
      keys: ['audit'], audit: ['audit'], servers: ['server-sync'], uploads: ['gateway'], staging: ['tautulli'],
    };
    const read = { uploads: ['tautulli', 'import-worker'], staging: ['import-worker'] }; // and not written
    for (const folder of Object.keys(read)) writeFileSync(path.join(service.data, folder, 'probe'), 'x', { mode: 0o600 });
    const paths = files(service.data);
    for (const name of ['servers/servers.key', 'servers.db', 'servers.db-wal', 'keys/audit.key', 'accounts.db-wal', 'history.db-shm', 'run/cli.token']) {
      assert.ok(paths.includes(name), `${name} is there`);
    }
    for (const actor of actors) {
      const can = await reach(actor, service.data, paths, env());
      for (const file of paths.filter((name) => !name.startsWith('run/') && !name.endsWith('.made'))) {
        const [, owned] = Object.entries(of).find(([name]) => file === name || file.startsWith(`${name}-`) || file.startsWith(`${name}/`)) ?? [];
        const expected = owned?.includes(actor) ? 'rw' : read[file.split('/')[0]]?.includes(actor) ? 'r' : '-';
        assert.equal(can[file], expected, `${actor} and ${file}`);
      }
      const others = paths.filter((file) => file.startsWith('run/') && !file.startsWith(`run/${actor}/`) && can[file] !== '-');
      assert.ok(others.every((file) => !can[file].includes('w') || (actor === 'gateway' && file === 'run/audit.gap')), `${actor} writes to ${others}`);
      const secrets = others.filter((file) => !file.endsWith('.lock'));
      assert.ok(['gateway', 'broker'].includes(actor) || secrets.length === 0, `${actor} reads ${secrets}`);
    }
  });

  test('import worker and gateway cannot open the token key, by whatever path', async () => {
    const ways = ['servers/servers.key', 'servers.db'].flatMap((name) => [
      path.join(service.data, name), `./${name}`, `uploads/../${name}`, `/proc/self/cwd/${name}`, `/proc/self/root${path.join(service.data, name)}`,
      ...tree(service.data).map(({ pid }) => `/proc/${pid}/cwd/${name}`)]);
    for (const actor of ['import-worker', 'gateway', 'tautulli', 'plex', 'history', 'audit', 'broker']) {
      const can = await reach(actor, service.data, ways, env());
      assert.deepEqual(Object.values(can).filter((how) => how !== '-'), [], actor);
    }
    const own = await reach('server-sync', service.data, ways.slice(0, 2), env());
    assert.deepEqual(Object.values(own), ['rw', 'rw']);
  });

  test('what lies beside the data folder is imported; what came there later is told apart, and helped', async () => {
    const validate = (file) => service.patiently('POST /import/validate', { db_path: file });
    const beside = await validate(path.join(place, 'beside.db'));
    assert.equal(beside.status, 200, JSON.stringify(beside.body));
    const late = path.join(place, 'late.db');
    copyFileSync(source, late);
    const { body } = await validate(late);
    assert.equal(body.code, 'ACCESS_DENIED', JSON.stringify(body));
    assert.match(JSON.stringify(body), /was not there when Playbus started.*Restart Playbus/);
    const apart = path.join(path.dirname(source), 'late.db'); // a folder without the data folder
    copyFileSync(source, apart);
    const taken = await validate(apart);
    assert.equal(taken.status, 200, JSON.stringify(taken.body));
    const secret = await validate(path.join(service.data, 'servers.db'));
    assert.notEqual(secret.status, 200, 'nothing of the data folder is imported');
  });
});

test('a folder of the machine is no way around: the actor that reads imports opens what it allows, and no other', async () => {
  const data = path.join(place, 'apart');
  const allowed = path.join(place, 'allowed');
  for (const folder of [data, path.join(data, 'run'), allowed, path.join(allowed, 'deep')]) mkdirSync(folder, { mode: 0o700 });
  for (const file of [path.join(allowed, 'deep/a.db'), path.join(place, 'b.db'), path.join(data, 'c.db')]) writeFileSync(file, 'x');
  const paths = [path.join(allowed, 'deep/a.db'), path.join(place, 'b.db'), path.join(data, 'c.db')];
  const can = await reach('import-worker', data, paths, { PLAYBUS_IMPORT_ALLOWED_DIRS: allowed });
  assert.deepEqual(Object.values(can), ['r', '-', '-']);
  const everything = await reach('import-worker', data, paths, { PLAYBUS_IMPORT_ALLOWED_DIRS: '/' });
  assert.deepEqual(Object.values(everything), ['r', 'r', '-'], 'all that lies beside the data folder');
  for (const name of ['mine', 'keys', 'run/services']) { // folders within the data folder
    mkdirSync(path.join(data, name), { recursive: true });
    writeFileSync(path.join(data, name, 'd.db'), 'x');
    const within = await reach('import-worker', data, [`${name}/d.db`, 'c.db'], { PLAYBUS_IMPORT_ALLOWED_DIRS: `${path.join(data, name)}:${data}` });
    assert.deepEqual(Object.values(within), [name === 'mine' ? 'r' : '-', '-'], name);
  }
});
