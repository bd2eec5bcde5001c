// SPDX-License-Identifier: MIT
// install.test.mjs - what `cmake --install` puts where, that it runs from there, and that its command line means
// the system's service.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { bin, long, makeSource, place, root, Service } from './service.mjs';

const build = path.dirname(bin);
const nobody = 65534;
const tree = path.join(place, 'installed');
const at = (...names) => path.join(tree, ...names);
const call = (program, args, env = {}) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, PLAYBUS_DATA: '', HOME: place, ...env } });

test('the tree is complete: each program, unit and document, and its version is that of the build', () => {
  const installed = call('cmake', ['--install', build, '--prefix', tree]);
  assert.equal(installed.status, 0, installed.stderr);
  const programs = readdirSync(bin).filter((name) => /^playbus(-|$)/.test(name)).sort();
  assert.deepEqual(readdirSync(at('libexec/playbus/bin')).sort(), programs);
  const wanted = ['bin/playbus', 'lib/systemd/system/playbus.service', 'lib/systemd/system/playbus-worker.service', 'lib/sysusers.d/playbus.conf', 'lib/tmpfiles.d/playbus.conf',
    'etc/playbus/playbus.conf', 'share/man/man1/playbus.1', 'share/man/man5/playbus.conf.5', 'share/bash-completion/completions/playbus',
    'share/doc/playbus/README.md', ...(existsSync(path.join(build, 'web')) ? ['libexec/playbus/web/index.html'] : [])];
  assert.deepEqual(wanted.filter((name) => !existsSync(at(name))), []);
  const version = /project\(playbus VERSION ([\d.]+)/.exec(readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'))[1];
  assert.equal(call(at('bin/playbus'), ['--version']).stdout, `playbus ${version}\n`);
  assert.match(readFileSync(path.join(root, 'README.md'), 'utf8'), new RegExp(`^### ${version.replaceAll('.', '\\.')}$`, 'm'));
  const unit = readFileSync(at('lib/systemd/system/playbus.service'), 'utf8');
  assert.match(unit, new RegExp(`^ExecStart=${at('libexec/playbus/bin/playbus')} up --data /var/lib/playbus$`, 'm'));
  const worker = readFileSync(at('lib/systemd/system/playbus-worker.service'), 'utf8');
  assert.match(worker, new RegExp(`^ExecStart=${at('libexec/playbus/bin/playbus')} worker run --data /var/lib/playbus-worker$`, 'm'));
});

test('the manual tells of every command and of every setting', () => {
  const [commands, settings] = [readFileSync(at('share/man/man1/playbus.1'), 'utf8'), readFileSync(at('share/man/man5/playbus.conf.5'), 'utf8')];
  const completion = call(at('bin/playbus'), ['completion', 'bash']).stdout;
  for (const [, name] of completion.matchAll(/^ {4}'([^']+)'\) /mg)) assert.match(commands, new RegExp(`^\\.SS "playbus ${name}[ "]`, 'm'));
  const rows = [...readFileSync(path.join(root, 'proto/base/settings.def'), 'utf8').matchAll(/\.path = "([^"]+)"/g)];
  assert.ok(rows.length > 20);
  for (const [, name] of rows) assert.ok(settings.includes(`\\fB${name}\\fR`), name);
  const groff = call('groff', ['-man', '-ww', '-z', '-Kutf8', at('share/man/man1/playbus.1'), at('share/man/man5/playbus.conf.5')]);
  if (groff.error === undefined) assert.equal(groff.stderr, '');
});

test('each unit is one that systemd takes, and exposes little', (t) => {
  for (const unit of [at('lib/systemd/system/playbus.service'), at('lib/systemd/system/playbus-worker.service')]) {
    const looked = call('systemd-analyze', ['security', '--offline=true', '--threshold=20', '--no-pager', unit]);
    if (looked.error !== undefined) { t.skip('systemd-analyze is not here'); return; }
    assert.equal(looked.status, 0, looked.stdout.slice(-400) + looked.stderr);
  }
});

test('the command line means the folder of the system, as its owner, and says what helps where it may not', async (t) => {
  const data = path.join(place, 'system');
  writeFileSync(at('libexec/playbus/data-folder'), `${data}\n`);
  const none = call(at('bin/playbus'), ['status']);
  assert.deepEqual([none.status, none.stderr], [1, `playbus: there is no data folder ${data}\n  Start the system's Playbus: sudo systemctl start playbus\n`]);
  mkdirSync(data, { mode: 0o700 }); // systemd does that
  const service = await Service.start({ data, programs: at('libexec/playbus/bin') });
  assert.match(call(at('bin/playbus'), ['status']).stdout, new RegExp(service.address));
  assert.equal(call(at('bin/playbus'), ['jobs']).status, 0);
  await service.stop();
  assert.match(call(at('bin/playbus'), ['status']).stdout, /Start it with: sudo systemctl start playbus\n/);
  if (process.getuid() !== 0) { t.skip('only root can be another user'); return; }
  assert.equal(spawnSync('chmod', ['755', place]).status, 0);
  const denied = spawnSync(at('bin/playbus'), ['jobs'], { encoding: 'utf8', uid: nobody, gid: nobody, env: { PATH: process.env.PATH } });
  assert.equal(denied.status, 1);
  assert.match(denied.stderr, /Use the system's Playbus with sudo, or as a member of the group that access\.cli_group names/);
  const mounted = path.join(place, 'mounted');
  mkdirSync(mounted, { mode: 0o700 });
  const inside = spawnSync('unshare', ['--pid', '--fork', '--setuid', String(nobody), path.join(bin, 'playbus'), 'up', '--data', mounted], { encoding: 'utf8' });
  if (!/unshare:/.test(inside.stderr)) assert.match(inside.stderr, /Run the container as its owner: --user 0:0\n/, 'process 1 is in a container');
  assert.equal(spawnSync('chown', ['-R', `${nobody}:${nobody}`, data]).status, 0);
  mkdirSync(path.join(place, 'backups'), { mode: 0o700 });
  assert.equal(spawnSync('chown', [String(nobody), path.join(place, 'backups')]).status, 0);
  const copy = path.join(place, 'backups/copy');
  const made = call(at('bin/playbus'), ['backup', copy]);
  assert.equal(made.status, 0, made.stderr);
  assert.equal(spawnSync('stat', ['-c', '%u', copy], { encoding: 'utf8' }).stdout, `${nobody}\n`, 'root made it as the owner of the folder');
});

test('who is in the group of access.cli_group asks the running service, imports, and is told what else takes sudo', async (t) => {
  if (process.getuid() !== 0) { t.skip('only root can be another user'); return; }
  const { file } = await makeSource('of-a-member.db', '--rows', 50);
  const as = (...args) => spawnSync(at('bin/playbus'), args, { encoding: 'utf8', uid: 4711, gid: nobody, cwd: '/', env: { PATH: process.env.PATH } });
  const service = await Service.start({ data: path.join(place, 'system'), programs: at('libexec/playbus/bin'), uid: nobody, env: { PLAYBUS_ACCESS_CLI_GROUP: 'nogroup' } });
  chownSync(file, 4711, 4711);
  chmodSync(file, 0o600);
  const status = as('status');
  assert.deepEqual([status.status, status.stderr], [0, '']);
  assert.ok(status.stdout.includes(service.address));
  assert.match(status.stdout, /\n( {2}\S+ +up +\d+\n)+There are no jobs yet/);
  const imported = as('import', file);
  assert.equal(imported.status, 0, imported.stderr);
  assert.equal(as('jobs').stdout.match(/completed/g)?.length, 1);
  const stopped = as('stop');
  assert.deepEqual([stopped.status, /permission denied/.test(stopped.stderr)], [1, true], stopped.stderr);
  for (const alone of [as('check'), as('backup', '/tmp/of-a-member')]) assert.match(alone.stderr, /All else is done with sudo/);
  await service.stop();
  assert.match(as('status').stdout, /Start it with: sudo systemctl start playbus\n/);
  const none = as('jobs');
  assert.equal(none.status, 1);
  assert.match(none.stderr, /while it runs: sudo systemctl start playbus\n {2}All else is done with sudo\.\n/);
});

test('with sudo a file is read and a token too as root, who may, and a backup goes where the user of the service may write', async (t) => {
  if (process.getuid() !== 0) { t.skip('only root can be another user'); return; }
  const home = path.join(place, 'of-root');
  mkdirSync(home, { mode: 0o700 });
  const { manifest } = await makeSource('../of-root/tautulli.db', '--rows', 40, '--wal');
  const playbus = (...args) => spawnSync(at('bin/playbus'), args, { encoding: 'utf8', cwd: home, env: { PATH: process.env.PATH } });
  const service = await Service.start({ data: path.join(place, 'system'), programs: at('libexec/playbus/bin'), uid: nobody, options: ['--allow', home] });
  const imported = playbus('import', 'tautulli.db');
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(imported.stderr, /^The running Playbus may not read the file where it lies\.\nUploading /);
  assert.equal((await service.fetched('/import/status')).stats.imported_records, manifest.expected.imported, 'those of the -wal too');
  writeFileSync(path.join(home, 'token'), 'secret\n', { mode: 0o600 });
  const added = playbus('server', 'add', 'Home', 'http://127.0.0.1:9', '--token-file', 'token');
  assert.match(added.stderr, /No server answers at this address/);
  const refused = playbus('backup', path.join(home, 'copy'));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^playbus: no backup was made, user nobody was refused: .*: Permission denied\n {2}A folder of its own: sudo install -d -o nobody -m 700 \/var\/backups\/playbus\n$/);
  await service.stop();
  const alone = playbus('import', '--dry-run', 'tautulli.db');
  assert.equal(alone.status, 0, alone.stderr);
  spawnSync('cp', ['-a', path.join(place, 'backups/copy'), path.join(home, 'copy')]);
  const kept = playbus('restore', '--replace', path.join(home, 'copy'));
  assert.equal(kept.status, 1);
  assert.match(kept.stderr, /^playbus: nothing was restored, user nobody was refused: .*: Permission denied\n {2}A folder of its own: /);
});

test('what systemd would start again is stopped by systemctl', async (t) => {
  const unit = ['/sys/fs/cgroup/unified/playbus.service', '/sys/fs/cgroup/playbus.service'].find((folder) => existsSync(path.join(folder, '../cgroup.procs')));
  const service = await Service.start({ data: path.join(place, 'system'), programs: at('libexec/playbus/bin'), uid: process.getuid() === 0 ? nobody : undefined });
  t.after(async () => {
    await service.stop();
    if (existsSync(unit ?? '')) rmdirSync(unit);
  });
  try {
    mkdirSync(unit);
    writeFileSync(path.join(unit, 'cgroup.procs'), `${service.child.pid}\n`);
  } catch (error) { t.skip(`no group of processes can be made here: ${error.message}`); return; }
  const stopped = call(at('bin/playbus'), ['stop']);
  assert.deepEqual([stopped.status, stopped.stderr.split('\n')[1]], [3, '  Stop it with: sudo systemctl stop playbus']);
});

test('a service whose processes cannot be seen, as in another container, is told at once', async (t) => {
  const service = await Service.start();
  const apart = (...args) => spawnSync('unshare', ['--pid', '--fork', '--mount-proc', path.join(bin, 'playbus'), ...args, '--data', service.data], { encoding: 'utf8' });
  const jobs = apart('jobs');
  if (/unshare:/.test(jobs.stderr)) { t.skip(jobs.stderr); return; }
  for (const said of [jobs, apart('up'), apart('stop')]) {
    assert.deepEqual([said.status, /where its\s+processes\s+cannot\s+be\s+seen/.test(said.stderr)], [3, true], said.stderr);
  }
  assert.match(apart('status').stdout, /^Playbus is running on this data folder where its processes cannot be seen/);
  await service.stop();
  assert.equal(apart('jobs').status, 0);
});

test('in the journal a line has its level, and nowhere else', () => {
  const log = path.join(place, 'journal');
  const fd = openSync(log, 'a');
  const { dev, ino } = statSync(log);
  const say = (stream) => spawnSync(path.join(bin, 'playbus-audit'), ['--data', path.join(place, 'nowhere')], { env: { JOURNAL_STREAM: stream }, stdio: ['ignore', 'ignore', fd] });
  assert.equal(say(`${dev}:${ino}`).status, 1);
  assert.equal(say(`${dev}:${ino + 1}`).status, 1);
  const up = spawnSync(path.join(bin, 'playbus'), ['up', '--data', path.join(place, 'elsewhere'), '--listen', '192.0.2.7:8674'],
    { env: { ...process.env, PLAYBUS_GATEWAY_ALLOW_PLAIN_LAN: 'yes', JOURNAL_STREAM: `${dev}:${ino}` }, stdio: ['ignore', 'ignore', fd] });
  assert.equal(up.status, 1);
  const lines = readFileSync(log, 'utf8').split(/(?=^<3>playbus: )/m);
  assert.match(lines[1], /^<3>playbus: .*192\.0\.2\.7:8674: Cannot assign requested address\n<3>  Choose an address.*\n$/);
  assert.match(lines[0], /^(<3>\d\S+ error audit: .*\n)+(\d\S+ error audit: .*\n)+$/);
});

test('the Debian package is built, lintian has nothing against it, and it holds the whole tree', { skip: !long }, () => {
  const built = call(path.join(root, 'deploy/quickstart'), ['--deb'], { HOME: process.env.HOME });
  assert.equal(built.status, 0, built.stderr.slice(-2000) + built.stdout.slice(-2000));
  const file = built.stdout.trim().split('\n').at(-1);
  const held = call('dpkg-deb', ['-c', file]).stdout;
  for (const name of ['usr/bin/playbus', 'usr/lib/playbus/bin/playbus-history', 'usr/lib/playbus/web/index.html', 'lib/systemd/system/playbus.service', 'etc/playbus/playbus.conf', 'usr/share/man/man5/playbus.conf.5.gz']) {
    assert.match(held, new RegExp(` \\./${name}( |$)`, 'm'), name);
  }
});
