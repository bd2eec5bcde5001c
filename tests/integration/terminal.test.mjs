// SPDX-License-Identifier: MIT
// terminal.test.mjs - what the command line prints fits the terminal, says what was not found, keeps
// to the person's clock, and bears with a service that is asked too much.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { Service, bin, coming, makeSource, place, sources, until } from './service.mjs';
import { cells, environment, lines, type } from './terminal.mjs';

/** A program's run, with no terminal: {status, stdout, stderr}. */
function command(service, args, { env = {} } = {}) {
  return new Promise((resolve) => {
    execFile(path.join(bin, 'playbus'), [...args, '--data', service.data], { env: { ...environment(place), ...env }, timeout: 120_000, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => resolve({ status: error ? error.code : 0, stdout, stderr }));
  });
}

const rows = ({ stdout }) => stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));

const service = await Service.start();
const { file } = await makeSource('first.db', '--rows', '3000', '--dirty');
const deep = path.join(sources, 'a folder with quite a long name', '山田太郎の映画とテレビ番組の記録', 'and another one below it, as there are');
mkdirSync(deep, { recursive: true });
copyFileSync(file, path.join(deep, 'tautulli.db'));
await service.import(path.join(deep, 'tautulli.db'));
const [{ job_id: first }] = rows(await command(service, ['jobs', '--json']));

test('tables fit a terminal of 80 and of 120 columns, whatever paths and names are like', async () => {
  for (const columns of [80, 120]) {
    for (const asked of ['jobs', 'status', 'history --limit 300', `errors ${first}`, `errors ${first} --repairs`]) {
      const { status, text } = await type(place, columns, `playbus ${asked} --data '${service.data}'`);
      assert.equal(status, 0, text);
      for (const line of lines(text)) assert.ok(cells(line) <= columns, `${asked}: ${cells(line)} cells on ${columns}: ${line}`);
    }
    const { text } = await type(place, columns, `playbus jobs --data '${service.data}'`);
    assert.match(text, new RegExp(`^${first.slice(0, 8)} completed`, 'm'));
    assert.match(text, /\/\S+.*…/, 'a path is cut in the middle');
    assert.match(text, /tautulli\.db, by local/, 'its end stands, and who asked');
  }
});

test('what is no terminal gets all of it', async () => {
  const { stdout } = await command(service, ['jobs']);
  assert.match(stdout, new RegExp(`^${first} completed.* ${path.join(deep, 'tautulli.db')}, by local$`, 'm'));
  const shown = await command(service, ['history', '--limit', '300']);
  assert.doesNotMatch(shown.stdout, /…/);
  const [play] = rows(await command(service, ['history', '--limit', '1', '--json']));
  assert.equal(play.job_id ?? play.sources[0].job_id, first);
});

/** Where each word of a title begins or ends, and whether what is below it does too. */
function assertAligned(text, titles) {
  const [head, ...below] = text.split(/\r?\n/).filter((line) => line !== '');
  for (const { title, right } of titles) {
    const at = head.indexOf(title);
    assert.ok(at >= 0, `${title} in: ${head}`);
    const [inside, outside] = right ? [at + title.length - 1, at + title.length] : [at, at - 1];
    for (const line of below) {
      assert.ok(line[inside] !== ' ' && (line[outside] ?? ' ') === ' ', `${title} stands over its column:\n${head}\n${line}`);
    }
  }
}

test('times are never cut, and heads stand over their columns, on a terminal and in a pipe', async () => {
  const jobs = [{ title: 'job' }, { title: 'status' }, { title: 'done', right: true }, { title: 'imported', right: true }, { title: 'skipped', right: true }, { title: 'rejected', right: true }, { title: 'started UTC' }, { title: 'database' }];
  const audit = [{ title: 'when UTC' }, { title: 'who' }, { title: 'outcome' }, { title: 'what' }];
  for (const [asked, titles, time] of [['jobs', jobs, /\d{4}-\d\d-\d\d \d\d:\d\d /], ['audit list', audit, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /]]) {
    const piped = await command(service, asked.split(' '), { env: { TZ: 'UTC' } });
    const wide = await type(place, 120, `TZ=UTC playbus ${asked} --data '${service.data}'`);
    for (const text of [piped.stdout, wide.text]) {
      assertAligned(text, titles);
      for (const line of text.split(/\r?\n/).filter((line) => line !== '').slice(1)) assert.match(line, time);
    }
  }
  const { text } = await type(place, 80, `TZ=UTC playbus audit list --data '${service.data}'`);
  assertAligned(text, audit);
  assert.match(text, /Started an.*….*tautulli\.db/, 'the end of a path stands');
});

test('a rejected row is shown with the value that was wrong, bounded, and nothing of it is a command', async () => {
  const { stdout } = await command(service, ['errors', first]);
  assert.match(stdout, /STARTED_INVALID +Invalid timestamp format: started = 'yesterday'$/m);
  assert.match(stdout, /STARTED_OUT_OF_RANGE .*: started = -86400$/m);
  assert.equal((await command(service, ['errors', first, '--limit', '3'])).stdout, stdout.split('\n').slice(0, 4).join('\n') + '\n');
  const repaired = await command(service, ['errors', first, '--repairs']);
  assert.match(repaired.stdout, / number .*: year = 'MMXX'$/m);
  assert.match(repaired.stdout, / text_cut .*: summary = 'x{39}…'$/m);
  assert.match(repaired.stdout, / text_control .*: title = 'tick\?tock\?'$/m);
});

test('the audit log is asked by as much of a job as the list of jobs shows', async () => {
  const whole = rows(await command(service, ['audit', 'list', '--json', '--job', first]));
  assert.ok(whole.length > 0);
  assert.deepEqual(rows(await command(service, ['audit', 'list', '--json', '--job', first.slice(0, 8)])), whole);
  assert.equal((await command(service, ['audit', 'list', '--job', 'no job'])).stderr, 'Nothing was found.\n');
});

test('a job is known by as much of its id as is its own, on the command line and over REST', async () => {
  const begin = first.slice(0, 8);
  const [job] = rows(await command(service, ['jobs', '--json']));
  assert.equal(job.short_id, begin);
  assert.equal((await service.fetched(`/sync/jobs/${begin}`)).job.job_id, first);
  const whole = await service.fetched(`/import/errors?job=${first}`);
  assert.ok(whole.items.length > 0);
  assert.deepEqual(await service.fetched(`/import/errors?job=${begin}`), whole);
  const asFile = await service.fetch(`/import/errors?job=${begin}`, { headers: { accept: 'text/csv' } });
  assert.ok((await asFile.text()).split('\n').length > whole.items.length);
  assert.equal(rows(await command(service, ['errors', begin, '--json'])).length, whole.items.length);
});

test('the beginning of several ids names them', async () => {
  const { file: small } = await makeSource('small.db', '--rows', '5');
  const ids = [first];
  const twice = () => ids.find((id) => ids.filter((other) => other[0] === id[0]).length > 1);
  while (twice() === undefined) { // the seventeenth at the latest
    await service.import(small, { dry_run: true });
    ids.push((await service.fetched('/sync/jobs?limit=1')).items[0].job_id);
  }
  const [begin] = twice();
  const alike = ids.filter((id) => id[0] === begin);
  const { status, body } = await service.ask(`GET /sync/jobs/${begin}`);
  assert.deepEqual([status, body.code], [400, 'JOB_AMBIGUOUS']);
  for (const id of alike) assert.ok(body.error.includes(id), body.error);
  assert.equal((await service.ask(`GET /import/errors?job=${begin}`)).body.code, 'JOB_AMBIGUOUS');
  const said = await command(service, ['errors', begin]);
  assert.equal(said.status, 1);
  for (const id of alike) assert.ok(said.stderr.includes(id), said.stderr);
});

test('nothing found is said, and which names there are', async () => {
  const users = (await service.fetched('/history/summary?by=user')).items.map(({ key }) => key);
  assert.ok(users.includes('Mary'));
  for (const asked of [['history'], ['export'], ['history', '--json'], ['export', '--format', 'jsonl']]) {
    for (const [filter, value, named] of [['--user', 'mery', 'Mary'], ['--library', 'Movis', 'Movies'], ['--media-type', 'Movies', 'movie'], ['--server', 'none', '']]) {
      const { status, stderr } = await command(service, [...asked, filter, value]);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`no play has the .* ${value}\n  There (are|is only) ${named}`), `${asked} ${filter}`);
    }
    const { status, stderr } = await command(service, [...asked, '--user', 'Mary', '--from', '2099']);
    assert.deepEqual([status, stderr], [0, 'No play fits what was asked for.\n']);
  }
  const small = (await service.fetched('/sync/jobs?limit=1')).items[0].job_id;
  for (const more of [[], ['--json'], ['--csv'], ['--repairs']]) {
    const { status, stderr } = await command(service, ['errors', small, ...more]);
    if (small !== first) assert.deepEqual([status, stderr.split(' ').slice(2, 4).join(' ')], [0, more[0] === '--repairs' ? 'stored no' : 'rejected no']);
  }
  assert.deepEqual(await command(service, ['audit', 'list', '--actor', 'nobody']), { status: 0, stdout: '', stderr: 'Nothing was found.\n' });
  assert.match((await command(service, ['errors', 'ffffffffffff'])).stderr, /no such job\n.*playbus jobs/);
});

test('users, libraries and titles are found in any case, accents or not', async () => {
  const all = await service.exported();
  const by = async (...filter) => rows(await command(service, ['history', '--limit', '100000', '--json', ...filter])).length;
  const count = (which) => all.filter(which).length;
  assert.equal(await by('--user', 'jose garcia'), count(({ user_display }) => user_display === 'José García'));
  assert.equal(await by('--user', 'JOSE\u0301 GARCI\u0301A'), count(({ user_display }) => user_display === 'José García'));
  assert.equal(await by('--user', 'ОЛЬГА'), count(({ user_display }) => user_display === 'ольга'));
  assert.equal(await by('--library', 'filme fur kinder'), count(({ library }) => library === 'Filme für Kinder'));
  const ete = count(({ full_title, title, parent_title, grandparent_title, original_title }) =>
    [full_title, title, parent_title, grandparent_title, original_title].some((text) => (text ?? '').normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().includes('ete')));
  assert.ok(ete > 0);
  for (const typed of ['été', 'E\u0301TE\u0301', 'ＥＴＥ']) assert.equal(await by('--text', typed), ete, typed);
});

test('days, months and years are those of the clock on the wall, their ends belong to them', async () => {
  const all = await service.exported();
  const between = (from, to) => all.filter(({ started_at: at }) => Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to)).map(({ id }) => id);
  const asked = async (args, env) => rows(await command(service, ['history', '--limit', '100000', '--json', ...args], { env })).map(({ id }) => id);
  const east = { TZ: 'JST-9' };
  const month = between('2018-04-30T15:00:00Z', '2018-05-31T15:00:00Z');
  assert.ok(month.length > 0);
  assert.deepEqual(await asked(['--from', '2018-05', '--to', '2018-05'], east), month);
  assert.deepEqual(await asked(['--from', '2018-05-01', '--to', '2018-05-31'], east), month);
  assert.deepEqual(await asked(['--from', '2018-05', '--to', '2018-05', '--utc'], east), between('2018-05-01', '2018-06-01'));
  assert.deepEqual(await asked(['--from', '2018', '--to', '2018'], east), between('2017-12-31T15:00:00Z', '2018-12-31T15:00:00Z'));
  assert.deepEqual(await asked(['--from', '2018-05-01T09:00', '--to', '2018-06-01T00:00Z'], east), between('2018-05-01', '2018-06-01'));
  const { stdout } = await command(service, ['history', '--limit', '1'], { env: east });
  const [newest] = all;
  const local = new Date(Date.parse(newest.started_at) + 9 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
  assert.match(stdout, new RegExp(`^started JST .*\n${local} `));
  const utc = await command(service, ['history', '--limit', '1', '--utc'], { env: east });
  assert.match(utc.stdout, new RegExp(`^started UTC .*\n${newest.started_at.slice(0, 16).replace('T', ' ')} `));
  const refused = await command(service, ['history', '--from', '2018-13']);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /2018-13 is no time: a year, a month/);
});

test('a running import says which database it reads and who started it', async () => {
  const slow = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '20' }, options: ['--workers', '1'] });
  const { file: large } = await makeSource('large.db', '--rows', '20000');
  const job = await slow.begin(large);
  const told = new RegExp(`${job.slice(0, 8)}.* running .*${large}, by local`);
  await until('status names it', async () => told.test((await command(slow, ['status'])).stdout));
  assert.match((await command(slow, ['jobs'])).stdout, told);
  const refused = await command(slow, ['import', file]);
  assert.equal(refused.status, 3);
  assert.match(refused.stderr, new RegExp(`\n  Job ${job}: ${large}, by local, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d CES?T\n`));
  assert.equal((await slow.ask('DELETE /import')).status, 200);
  const stopped = await command(slow, ['jobs']);
  assert.match(stopped.stdout, new RegExp(`^${job} stopped `, 'm'));
  assert.doesNotMatch(stopped.stdout, /cancelled/);
  const { receipt, job: { progress } } = await slow.fetched(`/sync/jobs/${job}`);
  assert.ok(receipt.not_reached > 0);
  assert.equal(progress.processed_records + receipt.not_reached, progress.total_records);
  const resumed = await command(slow, ['import', '--resume', large]);
  assert.equal(resumed.status, 0, resumed.stderr);
  assert.match(resumed.stderr, new RegExp(`^Job ${job}: ${large}, by local\n`));
  await slow.stop();
});

test('an answer to wait for some seconds is waited out, and that is said', async () => {
  const busy = await Service.start({ env: { PLAYBUS_LIMIT_PASSIVE: '1' } });
  await until('too many requests', async () => (await busy.ask('GET /sync/jobs')).status === 429);
  const { status, stderr } = await coming('the jobs', command(busy, ['jobs']));
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^Too many requests; trying again in \d s …\n/);
  await busy.stop();
});
