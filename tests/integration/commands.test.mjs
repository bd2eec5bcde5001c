// SPDX-License-Identifier: MIT
// commands.test.mjs - what a person tries first on a command line: help, versions, completion, stopping,
// adding somebody; and what is said where a folder or an address cannot be had.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { Service, bin, coming, makeSource, place, root, sources, tree, until } from './service.mjs';

const playbus = path.join(bin, 'playbus');

/** Runs a command to its end: {status, stdout, stderr}. */
const run = (args, options = {}) => spawnSync(playbus, args, { encoding: 'utf8', timeout: 60_000, ...options });

test('every program tells the same version, and so do the service and the panel', async () => {
  const [, version] = /project\(playbus VERSION (\S+)/.exec(readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8'));
  for (const program of readdirSync(bin).filter((name) => /^playbus/.test(name))) {
    const { status, stdout } = spawnSync(path.join(bin, program), ['--version'], { encoding: 'utf8' });
    assert.deepEqual([status, stdout], [0, `${program} ${version}\n`]);
  }
  const service = await Service.start();
  assert.equal((await service.fetched('/system')).version, version);
  const assets = path.join(bin, '../web/assets');
  assert.ok(readdirSync(assets).some((name) => name.endsWith('.js') && readFileSync(path.join(assets, name), 'utf8').includes(`"${version}"`)), 'the panel');
  assert.match(readFileSync(path.join(root, 'README.md'), 'utf8'), new RegExp(`^### ${version.replaceAll('.', '\\.')}`, 'm'));
  await service.stop();
});

test('help, help COMMAND, --help and -h say the same, of every command that is offered', () => {
  const overview = run(['help']);
  assert.equal(overview.status, 0);
  for (const asked of [['--help'], ['-h'], ['-?']]) assert.equal(run(asked).stdout, overview.stdout);
  const completion = run(['completion', 'bash']).stdout;
  const commands = [...completion.matchAll(/^ {4}'([^']+)'\) /mg)].map(([, name]) => name.split(' '));
  assert.ok(commands.length >= 19, completion);
  for (const words of commands) {
    assert.match(overview.stdout, new RegExp(`^  ${words[0]} `, 'm'));
    const help = run([...words, '--help']);
    assert.equal(help.status, 0);
    for (const asked of [['help', ...words], [...words, '-h']]) assert.equal(run(asked).stdout, help.stdout, asked.join(' '));
    if (words.length === 2) assert.ok(run(['help', words[0]]).stdout.includes(`playbus ${words.join(' ')}`));
  }
  assert.equal(run(['help', 'nothing']).status, 2);
});

test('bash completes commands, their options and values', () => {
  let quoted; // does bash take them for names of files, which it quotes where they have spaces?
  const complete = (...words) => {
    const script = `source <("$0" completion bash); compopt() { as=$*; }; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _playbus; printf '%s\\n' "\${COMPREPLY[@]}"; printf '%s' "$as" >&3`;
    const { stdout, stderr, output } = spawnSync('bash', ['-c', script, playbus, 'playbus', ...words], { encoding: 'utf8', cwd: root, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
    assert.equal(stderr, '');
    quoted = output[3] === '-o filenames';
    return stdout.trim().split('\n');
  };
  assert.deepEqual(complete('im'), ['import']);
  assert.deepEqual(complete('user', ''), ['list', 'add', 'tie', 'reset']);
  assert.deepEqual(complete('user', 'add', 'bob', '--r'), ['--role']);
  assert.deepEqual(complete('user', 'add', 'bob', '--role', ''), ['admin', 'viewer']);
  assert.deepEqual(complete('import', '--d'), ['--data', '--dry-run', '--discard']);
  assert.deepEqual([complete('import', 'REA'), quoted], [['README.md'], true]);
  assert.deepEqual([complete('import', '--data', 'dep'), quoted], [['deploy'], true]);
  assert.deepEqual(complete('import', '--data', '=', 'dep'), ['deploy'], 'bash cuts --data=dep into three');
  assert.ok(complete('import', '--data', '=').includes('deploy'));
  assert.deepEqual([complete('user', 'add', 'bob', '--role', '=', 'v'), quoted], [['viewer'], false]);
  assert.deepEqual(complete('help', 'user', 'l'), ['list']);
});

test('stop ends the service of the folder and returns when nothing of it is left', async () => {
  const service = await Service.start();
  const stopped = run(['stop', '--data', service.data]);
  assert.equal(stopped.status, 0, stopped.stderr);
  assert.match(stopped.stderr, /^Playbus has stopped\.$/m);
  assert.deepEqual(tree(service.data), []);
  assert.equal(await coming('the end', service.ended), 0);
  const again = run(['stop', '--data', service.data]);
  assert.equal(again.status, 0);
  assert.match(again.stderr, /^Playbus is not running in /);
  const left = await Service.start({ data: service.data });
  for (const { pid, command } of tree(left.data)) { // whoever watched it is killed, and cannot stop anything
    if (command.includes('s6-') || pid === left.child.pid) process.kill(pid, 'SIGKILL');
  }
  left.child.kill('SIGKILL');
  assert.equal(run(['stop', '--data', left.data]).status, 0);
  assert.deepEqual(tree(left.data), []);
});

test('an import whose service is stopped says so soon, and the printed command goes on with it', async () => {
  const file = path.join(sources, 'long.db');
  spawnSync(path.join(bin, 'make-tautulli'), [file, '--rows', '20000']);
  const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '2' } });
  const child = spawn(playbus, ['import', '--data', service.data, file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  const ended = new Promise((resolve) => child.on('exit', resolve));
  await until('it runs', async () => (await service.ask('GET /import/status')).body?.stats.processed_records > 0);
  assert.equal(run(['stop', '--data', service.data]).status, 0);
  assert.equal(await coming('its end', ended), 1);
  assert.match(said, /Playbus was stopped meanwhile/);
  assert.doesNotMatch(said, /restarted by itself/);
  const [, command] = /To go on:\n {2}(.*)\n/.exec(said) ?? [];
  const resumed = spawnSync('bash', ['-c', `${command} --json`], { encoding: 'utf8', timeout: 120_000 });
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.equal(JSON.parse(resumed.stdout).job.progress.processed_records, 20_000);
});

test('an interrupted import survives commands that only read, and can be stopped from any terminal', async () => {
  const { file } = await makeSource('survives.db', '--rows', 20_000);
  const slow = { PLAYBUS_IMPORT_BATCH_ROWS: '2' };
  const service = await Service.start({ env: slow });
  assert.equal((await service.ask('POST /import/tautulli', { db_path: file })).status, 202);
  await until('it runs', async () => (await service.ask('GET /import/status')).body?.stats.processed_records > 0);
  assert.equal(run(['stop', '--data', service.data]).status, 0);
  for (const asked of [['history', '--limit', '1'], ['jobs']]) assert.equal(run([...asked, '--data', service.data]).status, 0);
  assert.match(run(['jobs', '--data', service.data]).stdout, / running /, 'nobody gave it up');
  const again = await Service.start({ data: service.data, env: slow });
  const before = (await again.ask('GET /import/status')).body.stats.processed_records;
  await until('it goes on', async () => (await again.ask('GET /import/status')).body?.stats.processed_records > before);
  const stopped = run(['import', '--stop', '--data', service.data]);
  assert.deepEqual([stopped.status, stopped.stderr], [0, 'Stopped. What was stored stays.\n']);
  const { job_id: job, status } = (await again.ask('GET /import/status')).body.stats;
  assert.equal(status, 'cancelled');
  const receipt = run(['jobs', job.slice(0, 8), '--data', service.data]);
  assert.match(receipt.stdout, /^Import stopped/, receipt.stderr);
  assert.match(receipt.stdout, /not reached +[\d,]+ /);
  await again.stop();
});

test('who read the address may go, and nothing is wrong with that', async () => {
  const data = path.join(place, 'left');
  const child = spawn(playbus, ['up', '--listen', '127.0.0.1:0', '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => { said += text; });
  child.stdout.destroy();
  const ended = once(child, 'exit');
  await until('it serves', () => run(['status', '--json', '--data', data]).stdout.includes('"gateway"'));
  await until('it is ready', () => run(['stop', '--data', data]).status === 0);
  assert.deepEqual((await coming('the end', ended))[0], 0, said.slice(-400));
});

test('where a database is gone its loss is told at once, not that too much was asked', async () => {
  const service = await Service.start();
  const { file } = await makeSource('told.db', '--rows', 20);
  assert.equal(run(['import', file, '--data', service.data]).status, 0);
  await service.stop();
  writeFileSync(path.join(service.data, 'history.db'), '');
  const child = spawn(playbus, ['up', '--listen', '127.0.0.1:0', '--data', service.data], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await until('it serves', () => run(['status', '--json', '--data', service.data]).stdout.includes('STORE_LOST'));
  for (const asked of [['import', file], ['jobs'], ['history']]) {
    const { status, stderr } = run([...asked, '--data', service.data]);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^playbus: A database that was in use is empty or gone/m);
    assert.doesNotMatch(stderr, /Too many requests|trying again|Try again in/);
  }
  child.kill('SIGTERM');
  await coming('the end', ended);
});

test('commands that share a service of their own do not end each other\'s work', async () => {
  const { file } = await makeSource('shared.db', '--rows', '60000');
  const data = path.join(place, 'shared');
  const begin = (...args) => {
    const child = spawn(playbus, [...args, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    child.stdout.on('data', (bytes) => { out += bytes; });
    child.stderr.on('data', (bytes) => { out += bytes; });
    return coming(args.join(' '), once(child, 'exit').then(([status]) => ({ status, out })));
  };
  assert.equal(run(['import', file, '--data', data]).status, 0);
  // What begins first ends first, and the service is its own.
  const first = begin('jobs');
  const others = [begin('export'), begin('import', '--dry-run', file), begin('history', '--limit', '1')];
  assert.equal((await first).status, 0);
  for (const { status, out } of await Promise.all(others)) assert.equal(status, 0, out.slice(-600));
  assert.ok((await others[0]).out.split('\n').length > 59_000, 'the whole export');
  assert.match(run(['status', '--data', data]).stdout, /not running/i);
});

test('user add asks for the password twice without showing it, or takes it from stdin', async () => {
  const service = await Service.start();
  await service.signIn();
  const secret = 'nobody reads this over a shoulder';
  const asked = async (name, first, second) => {
    const child = spawn('script', ['-qefc', `'${playbus}' user add ${name} --role admin --data '${service.data}'`, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (text) => { said += text; });
    await until('the question', () => said.includes('Password for'));
    child.stdin.write(`${first}\n`);
    await until('the question again', () => said.includes('The same again'));
    child.stdin.write(`${second}\n`);
    const status = await coming('the end', new Promise((resolve) => child.on('exit', resolve)));
    assert.ok(!said.includes(secret), said);
    return { status, said };
  };
  const differs = await asked('alice', secret, `${secret}!`);
  assert.equal(differs.status, 1);
  assert.match(differs.said, /differ/);
  const made = await asked('alice', secret, secret);
  assert.equal(made.status, 0, made.said);
  const piped = run(['user', 'add', 'bob', '--password-stdin', '--data', service.data], { input: `${secret}\n` });
  assert.equal(piped.status, 0, piped.stderr);
  const listed = run(['user', 'list', '--json', '--data', service.data]).stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(Object.fromEntries(listed.map(({ name, role }) => [name, role])), { admin: 'admin', alice: 'admin', bob: 'viewer' });
  assert.ok(await service.signIn({ name: 'alice', password: secret }));
  const weak = run(['user', 'add', 'eve', '--password-stdin', '--data', service.data], { input: 'password1234\n' });
  assert.equal(weak.status, 1);
  assert.match(weak.stderr, /too easy to guess/);
  assert.equal(run(['user', 'add', 'eve', '--data', service.data], { input: '', detached: true }).status, 1); // no terminal
  await service.stop();
});

test('a folder that may not be written to is told with its owner and mode, and what helps', () => {
  const user = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
  chmodSync(place, 0o755);
  const closed = path.join(place, 'closed');
  mkdirSync(closed);
  if (user.uid) chownSync(closed, user.uid, user.gid);
  chmodSync(closed, 0o500);
  for (const data of [closed, path.join(closed, 'below')]) {
    for (const command of [['up'], ['import', playbus]]) {
      const { status, stdout, stderr } = run([...command, '--data', data], { ...user, cwd: '/' });
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /permission denied/);
      assert.match(stderr, new RegExp(`^  ${closed} belongs to \\S+ with mode 500; this is user \\S+\\.$`, 'm'));
      assert.match(stderr, /chmod u\+rwX/);
    }
  }
});

test('a wrong setting, a misspelt variable and a taken address are said by name, each with what helps', async () => {
  const service = await Service.start();
  const data = path.join(place, 'wrong');
  const said = (env, ...more) => {
    const { status, stderr } = run(['up', '--data', data, '--listen', '127.0.0.1:0', ...more], { env: { ...process.env, ...env } });
    assert.equal(status, 'PLAYBUS_GATEWAY_PUBLIC_URL' in env ? 78 : 1, stderr); // 78: its unit is not restarted
    return stderr;
  };
  assert.match(said({ PLAYBUS_IMPORT_WORKER: '2' }), /PLAYBUS_IMPORT_WORKER in the environment: there is no such setting; is it PLAYBUS_IMPORT_WORKERS/);
  assert.match(said({ PLAYBUS_GATEWAY_PUBLIC_URL: 'https://home.example/playbus' }), /gateway\.public_url.*not served below a path/);
  const taken = said({}, '--listen', service.address);
  assert.match(taken, /^playbus: The Playbus of another data folder serves at .* already\n/);
  assert.ok(taken.includes(` stop --data ${service.data}\n`), taken);
  assert.match(taken, /--listen 127\.0\.0\.1:0/);
  const stranger = net.createServer().listen(0, '127.0.0.1');
  await once(stranger, 'listening');
  assert.match(said({}, '--listen', `127.0.0.1:${stranger.address().port}`), /^playbus: Another program listens at this address already.*\n.*--listen/);
  stranger.close();
  const second = run(['up', '--data', service.data, '--import', playbus]);
  assert.equal(second.status, 3);
  assert.ok(second.stderr.includes(service.address), second.stderr);
  assert.match(second.stderr, /playbus stop/);
  assert.match(second.stderr, /playbus import --data /);
  assert.doesNotMatch(service.logged, / 503 |status=503/);
  await service.stop();
});

/** What is said of a command that was refused for how it was typed. */
function refused(args, env = {}) {
  const { status, stdout, stderr } = run(args, { env: { ...process.env, ...env } });
  assert.deepEqual([status, stdout], [env.PLAYBUS_DTA === undefined ? 2 : 1, ''], args.join(' '));
  return stderr;
}

test('a misspelt command, option or variable is refused with the one that was meant, by every command', () => {
  assert.match(refused(['improt', 'x.db']), /^playbus: there is no command improt; is it import\?\n/);
  assert.match(refused(['frobnicate']), /^playbus: there is no command frobnicate\n {2}playbus --help lists all/);
  assert.match(refused(['audit', 'lst']), /^playbus: there is no command audit lst; is it audit list\?\n {2}playbus audit list\n/);
  assert.match(refused(['--hlep']), /^playbus: there is no option --hlep; is it --help\?\n/);
  assert.match(refused(['history', '--form', '2024']), /^playbus history: there is no option --form; is it --from\?\n/);
  assert.match(refused(['jobs', '--jsno=1']), /^playbus jobs: there is no option --jsno; is it --json\?\n/);
  assert.match(refused(['--data', '/srv/playbus', 'jobs']), /^playbus: --data stands behind the command, as in: playbus jobs --data …\n/);
  assert.match(refused(['jobs', '--colour']), /^playbus jobs: there is no option --colour\n/);
  const data = ['--data', path.join(place, 'nowhere')];
  assert.doesNotMatch(run(['history', '--text', '--form', ...data]).stderr, /option/, 'a value may look like one');
  assert.doesNotMatch(run(['history', '--lib', 'x', ...data]).stderr, /option/, 'the beginning of one is enough');
  const completion = run(['completion', 'bash']).stdout;
  for (const [, name] of completion.matchAll(/^ {4}'([^']+)'\) /mg)) {
    const needs = /^(import|backup|restore|errors|audit verify|audit seal|user add|user tie|user reset|completion)$/.test(name) ? ['x'] : [];
    assert.match(refused([...name.split(' '), ...needs], { PLAYBUS_DTA: '/nowhere' }), /PLAYBUS_DTA in the environment: there is no such setting; is it PLAYBUS_DATA\n/, name);
  }
});

test('ends of a span that are exchanged are said to be', () => {
  for (const command of [['history'], ['export'], ['audit', 'list'], ['audit', 'export']]) {
    assert.match(refused([...command, '--from', '2024-05', '--to', '2024-01']), /--from 2024-05 lies after --to 2024-01: exchange them/);
  }
});

test('one play is asked for by its id and by nothing else, before anything is started', () => {
  assert.match(refused(['history', '--play', 'abc']), /^playbus: abc is no id of a play/);
  assert.match(refused(['history', '--play', '']), /is no id of a play/);
  assert.match(refused(['history', '--play', '1', '--user', 'ada']), /^playbus: --play asks for one play, so no filter goes with it/);
});

test('a Playbus that was stopped is no breakdown, and what is printed starts it', async () => {
  const service = await Service.start();
  await service.stop();
  const { status, stdout, stderr } = run(['status', '--data', service.data]);
  assert.deepEqual([status, stderr], [1, '']);
  assert.equal(stdout, `Playbus is not running in ${service.data}.\n  Start it with: ${playbus} up --data ${service.data}\n  Past jobs:     ${playbus} jobs --data ${service.data}\n`);
  assert.equal(JSON.parse(run(['status', '--json', '--data', service.data]).stdout).error, 'The gateway is not running');
});

test('backup says what it copied and where to, an upload why it is one', async () => {
  const service = await Service.start();
  const target = path.join(place, 'a backup');
  const { status, stdout, stderr } = run(['backup', target, '--data', service.data]);
  assert.deepEqual([status, stdout], [0, '']);
  assert.match(stderr, new RegExp(`^Copied [1-9]\\d* files, [1-9][\\d,]* KiB\n {2}from {2}${service.data}\n {2}into {2}${target}\n$`));
  const looked = run(['audit', 'list', '--data', target]);
  assert.equal(looked.status, 0, looked.stderr);
  const file = path.join(place, 'elsewhere.db');
  spawnSync(path.join(bin, 'make-tautulli'), [file, '--rows', '5']);
  const imported = run(['import', file, '--data', service.data]);
  assert.equal(imported.status, 0, imported.stderr);
  assert.match(imported.stderr, /^The file is in none of the folders that the running Playbus may import from\.\nUploading /);
  assert.equal(run(['import', '--dry-run', file, '--data', service.data]).status, 0);
  assert.deepEqual(readdirSync(path.join(service.data, 'uploads')).filter((name) => name.endsWith('elsewhere.db')), [], 'of neither a copy stays');
  const full = spawnSync('bash', ['-c', `'${playbus}' jobs --data '${service.data}' >/dev/full`], { encoding: 'utf8' });
  assert.deepEqual([full.status, full.stderr], [1, 'playbus: the output is not complete: No space left on device\n']);
  await service.stop();
});

test('what is no folder, no time, not indented or not built is told by name', () => {
  const data = path.join(place, 'told');
  mkdirSync(data, { mode: 0o700 });
  for (const command of ['jobs', 'status', 'stop']) {
    assert.match(run([command, '--data', playbus]).stderr, /^playbus: \S+ is a file, no data folder\n/, command);
  }
  assert.match(refused(['audit', 'seal', '20', '--data', data]), /^playbus: 20 is no time: a year/);
  assert.match(run(['audit', 'list', '--data', data]).stderr, /^playbus: there is no data folder /);
  writeFileSync(path.join(data, 'playbus.conf'), '# mine\nimport\n  workers = 2\n');
  const indented = run(['up', '--data', data]);
  assert.equal(indented.stdout, '');
  assert.match(indented.stderr, /playbus\.conf line 3: indent with 4 spaces/);
  writeFileSync(path.join(data, 'playbus.conf'), '# mine\n\nimport\n    # more\n    workers = 2\n');
  const half = path.join(place, 'half');
  mkdirSync(half);
  copyFileSync(playbus, path.join(half, 'playbus'));
  const { status, stderr } = spawnSync(path.join(half, 'playbus'), ['up', '--data', data, '--listen', '127.0.0.1:0'], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`^playbus: A program of Playbus is missing: ${half}/playbus-\\w+\n.*quickstart --build-only`));
});
