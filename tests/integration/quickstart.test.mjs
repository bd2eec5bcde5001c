// SPDX-License-Identifier: MIT
// quickstart.test.mjs - the quick start on a terminal, as the first thing a person meets: what it prints
// can be followed, and Ctrl-C stops what is being done and nothing else. It builds nothing that is built.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cells, lines } from './terminal.mjs';
import { bin, coming, localToken, long, root, tree, until } from './service.mjs';

const ROWS = 40_000;
let place;
let database;
const running = new Set();

before(async () => {
  place = mkdtempSync(path.join(tmpdir(), "playbus-it's quick-"));
  database = path.join(place, 'tautulli.db');
  await bash(`"${bin}/make-tautulli" "${database}" --rows ${ROWS}`);
});

after(() => {
  for (const child of running) child.stdin.end('\x03\x03');
  rmSync(place, { recursive: true, force: true });
});

/** Runs what a person would paste: {status, stdout, stderr}. */
function bash(command, env = {}) {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], { cwd: '/', env: { ...process.env, ...env }, timeout: 300_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => resolve({ status: error ? (error.code ?? error.signal) : 0, stdout, stderr }));
  });
}

const quickstart = (args, env) => terminal([path.join(root, 'deploy/quickstart'), ...args], { PLAYBUS_LISTEN: '127.0.0.1:0', ...env });

/** Starts a command on a terminal of its own; what is written to stdin is typed there. */
function terminal(command, env) {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child = spawn('script', ['-qefc', words.join(' '), '/dev/null'],
    { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  child.said = '';
  child.stdout.on('data', (text) => { child.said += String(text).replaceAll('\r\n', '\n'); });
  child.ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
  child.ctrlC = () => child.stdin.write('\x03');
  running.add(child);
  child.ended.then(() => running.delete(child));
  return child;
}

const says = (child, what, deadlineMs = 300_000) => until(String(what), () => {
  const found = what.exec(child.said);
  assert.ok(found || child.exitCode === null, child.said);
  return found;
}, deadlineMs);

const answers = async (address) => (await fetch(`${address}/api/v1/health/ready`).catch(() => ({}))).status === 200;

test('Ctrl-C at any instant stops what is being done, what is printed goes on with it, and only the second stops the service', async () => {
  for (let round = 0; round < (long ? 20 : 10); round++) {
    const data = path.join(place, `data ${round}`);
    const child = quickstart([database], { PLAYBUS_DATA: data, PLAYBUS_IMPORT_BATCH_ROWS: '40' });
    await says(child, round < 2 ? /no work to do/ : /^Importing /m);
    const instant = Math.random() * 1500;
    await new Promise((resolve) => setTimeout(resolve, instant));
    const before = child.said;
    child.ctrlC();
    const about = () => `round ${round}, ${instant.toFixed(0)} ms after:\n${before.slice(-300)}\n---- then:\n${child.said}`;
    if (!/^Importing /m.test(before)) { // there is no service yet, and nothing to go on with
      const end = await Promise.race([child.ended, says(child, /^Playbus is running/m)]);
      if (end === 130 || end === 2) {
        assert.deepEqual(existsSync(path.join(data, 'run/tree.lock')) ? tree(data) : [], [], about());
        continue;
      }
    }
    const [, address] = await says(child, /^Playbus is running at (http:\S+)$/m);
    await says(child, /#setup=/);
    assert.ok(await answers(address), about());
    const { stats } = await (await fetch(`${address}/api/v1/import/status`, { headers: localToken(data) })).json();
    if (stats.status !== 'completed') {
      assert.equal(stats.status, 'cancelled', about());
      const [, command] = /To go on:\n {2}(.*)\n/.exec(child.said) ?? [];
      assert.ok(command, about());
      const resumed = await bash(`${command} --json`);
      assert.equal(resumed.status, 0, resumed.stderr + about());
      const { progress } = JSON.parse(resumed.stdout).job;
      assert.equal(progress.processed_records, ROWS, about());
    }
    assert.doesNotMatch(child.said, /not running|timed out|failed/, about());
    child.ctrlC();
    assert.equal(await coming('the end', child.ended), 130, about());
    assert.deepEqual(tree(data), [], about());
  }
});

test('a second Ctrl-C ends all at once, and the printed command goes on without a service', async () => {
  const data = path.join(place, 'twice');
  const child = quickstart([database], { PLAYBUS_DATA: data, PLAYBUS_IMPORT_BATCH_ROWS: '5' });
  await says(child, /importing .* [1-9]\S*%/);
  child.ctrlC();
  await says(child, /^Stopping/m);
  await new Promise((resolve) => setTimeout(resolve, 300)); // for what would be drawn once more
  child.ctrlC();
  assert.equal(await coming('the end', child.ended), 130, child.said);
  assert.deepEqual(tree(data), []);
  const [, command] = /To go on:\n {2}(.*)\n/.exec(child.said) ?? [];
  assert.ok(command, child.said);
  const resumed = await bash(`${command} --json`);
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.equal(JSON.parse(resumed.stdout).job.progress.processed_records, ROWS);
  const [drawn, after] = child.said.split(/^Stopping …$/m);
  for (const line of lines(drawn)) assert.ok(!line.includes('^C') || cells(line) < 80, line);
  assert.doesNotMatch(after, /ETA/, 'no line of progress below');
  assert.match(after, /^Playbus has stopped\.$/m);
  assert.doesNotMatch(child.said, /^\d{4}-\d\d-\d\dT/m, 'no line of a log');
});

test('a dry run that is stopped does not speak of what it stored', async () => {
  const data = path.join(place, 'dry');
  const child = terminal([path.join(bin, 'playbus'), 'import', '--dry-run', database, '--data', data], { PLAYBUS_IMPORT_BATCH_ROWS: '5' });
  await says(child, /dry run .* [1-9]\S*%/);
  child.ctrlC();
  assert.equal(await coming('the end', child.ended), 130, child.said);
  assert.match(child.said, /^Dry run stopped$/m);
  assert.match(child.said, /^To go on:\n {2}.* import --resume --dry-run /m);
  assert.doesNotMatch(child.said, /stored/);
});

test('on a terminal no line of a log stands between a person and what matters', async () => {
  const child = terminal([path.join(bin, 'playbus'), 'up', '--data', path.join(place, 'up'), '--listen', '127.0.0.1:0'], {});
  await says(child, /#setup=/);
  child.ctrlC();
  assert.equal(await coming('the end', child.ended), 130);
  assert.match(child.said, /^ready \S+\nThe log is in \S.*service\.log; Ctrl-C stops Playbus\.\nOpen \S+ to create the first administrator\n\^?C?Stopping Playbus …\nPlaybus has stopped\.\n$/);
});

test('its help fits a terminal and is its own; what is typed wrong is named; --listen counts', async () => {
  const script = `'${root}/deploy/quickstart'`;
  const help = await bash(`${script} --help`);
  assert.equal(help.status, 0);
  for (const line of help.stdout.split('\n')) assert.ok(line.length <= 80 && !/^set |\$\(/.test(line), line);
  for (const option of ['FILE', '--build-only', '--listen']) assert.ok(help.stdout.includes(option));
  const said = async (...words) => {
    const { status, stdout, stderr } = await bash([script, ...words].join(' '));
    assert.deepEqual([status, stdout], [2, '']);
    return stderr;
  };
  assert.match(await said('nosuch.db'), /^quickstart: there is no file nosuch\.db\n {2}\S.*\n$/);
  assert.match(await said('--lisen', 'x'), /^quickstart: there is no option --lisen\n {2}\S.*\n$/);
  assert.match(await said('--listen'), /^quickstart: --listen needs an address\n/);
  assert.match(await said(`'${root}/README.md'`, 'other.db'), /^quickstart: other\.db is one file too many\n/);

  const first = quickstart(['--listen', '127.0.0.1:0', database], { PLAYBUS_DATA: path.join(place, 'first'), PLAYBUS_LISTEN: '' });
  const [, address] = await says(first, /^Playbus is running at http:\/\/(\S+)$/m);
  const second = quickstart([`--listen=${address}`, database], { PLAYBUS_DATA: path.join(place, 'second') });
  assert.equal(await coming('the end', second.ended), 1);
  assert.match(second.said, /^playbus: The Playbus of another data folder serves at /m);
  assert.doesNotMatch(second.said, /^\d{4}-\d\d-\d\dT|has stopped/m);
  const [, stop] = /^ {2}Stop it with: +(.*)$/m.exec(second.said) ?? [];
  const stopped = await bash(stop);
  assert.equal(stopped.status, 0, stopped.stderr);
  assert.equal(await coming('the end of the first', first.ended), 0);
  assert.match(first.said, /^Stopping Playbus …\nPlaybus has stopped\.$/m);
});

test('without FILE a sample is imported into a folder of its own, which is said, and never into one with a history', async () => {
  const home = path.join(place, 'home');
  mkdirSync(home);
  const child = quickstart([], { HOME: home, XDG_DATA_HOME: '', PLAYBUS_DATA: '' });
  const [, address, code] = await says(child, /^(http:\S+)\/(#setup=\S+)$/m);
  assert.ok(address && code);
  assert.match(child.said, /every row is accounted for/);
  assert.doesNotMatch(child.said, /-wal/, 'nothing alarms of our own sample');
  const [, months] = /^By month.*\n((?: {2}\d{4}-\d\d .*\n)+) {2}… and \d+ earlier;/m.exec(child.said) ?? [];
  const shown = months.trim().split('\n').map((line) => line.trim().slice(0, 7));
  assert.deepEqual(shown, shown.toSorted().toReversed(), 'what is earlier stands below');
  const [, rejected] = /^The rejected rows:\n {2}(.*)$/m.exec(child.said) ?? [];
  const listed = await bash(rejected);
  assert.equal(listed.status, 0, listed.stderr);
  assert.match(listed.stdout, /STARTED_INVALID/);
  const [, data] = /in a data folder of its own: (.*)\n/.exec(child.said) ?? [];
  assert.equal(data, path.join(home, '.local/share/playbus-sample'));
  assert.ok(!existsSync(path.join(home, '.local/share/playbus')));
  const { stats } = await (await fetch(`${address}/api/v1/import/status`, { headers: localToken(data) })).json();
  assert.equal(stats.status, 'completed');
  assert.ok(stats.error_count > 0);
  const [, status] = /another terminal:\n {2}(.*)\n/.exec(child.said);
  assert.equal((await bash(status)).status, 0);
  child.ctrlC();
  assert.equal(await coming('the end', child.ended), 130);
  assert.deepEqual(tree(data), []);
  const [, remove] = /To remove it.*: {2}(rm .*)\n/.exec(child.said) ?? [];
  await bash(remove);
  assert.ok(!existsSync(data));

  const own = path.join(place, 'own');
  mkdirSync(own);
  writeFileSync(path.join(own, 'history.db'), '');
  const refused = await bash(`'${root}/deploy/quickstart'`, { PLAYBUS_DATA: own });
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /has a history of its own, the sample is not put into it/);
});
