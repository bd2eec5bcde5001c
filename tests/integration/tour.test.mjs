// SPDX-License-Identifier: MIT
// tour.test.mjs - the README's tour, typed as written, and every --help with its examples, on a
// terminal of 80 and of 120 columns: no line is wider, nothing is silent, each ends as it should.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { bin, coming, makeSource, place, root, run, until } from './service.mjs';
import { cells, environment, lines, type } from './terminal.mjs';

const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
const up = [];
after(() => Promise.all(up.map((child) => stopped(child))));

/** The commands of the tour's blocks: lines that go on are joined, comments and what is set up here left out. */
function tour() {
  const [, section] = /^## A quick tour\n(.*?)^## /ms.exec(readme);
  const code = section.split('\n').filter((line) => line.startsWith('    ')).map((line) => line.slice(4)).join('\n');
  return code.replaceAll(/\\\n\s*/g, '').split('\n').map((line) => line.replace(/(^|\s)# .*$/, '').trimEnd())
    .filter((line) => line !== '' && !/^(export PATH|websocat|playbus up|token)/.test(line));
}

/** A home of its own, with a database to import. */
async function home(name) {
  const folder = path.join(place, name);
  mkdirSync(path.join(folder, 'srv/tautulli'), { recursive: true });
  const { file } = await makeSource(`${name}.db`, '--rows', '5000', '--dirty');
  copyFileSync(file, path.join(folder, 'tautulli.db'));
  copyFileSync(file, path.join(folder, 'srv/tautulli/tautulli.db'));
  return folder;
}

/** What is for programs may be wider than any terminal, on its own or where a pipe shows it. */
const forPrograms = (command) => /^curl|--json|--csv|\bexport\b/.test(command);

function assertFits(columns, command, text) {
  for (const line of forPrograms(command) ? [] : lines(text)) {
    assert.ok(cells(line) <= columns, `${command}: ${cells(line)} cells on ${columns}: ${line}`);
    assert.doesNotMatch(line, /[^\S ]|[\x00-\x1f]/, command); // eslint-disable-line no-control-regex
  }
  const [, file] = />(\S+)$/.exec(command) ?? [];
  return { file, silent: text.trim() === '' };
}

async function started(folder, command) {
  const child = spawn('/bin/bash', ['-c', `exec ${command}`], { cwd: folder, env: environment(folder), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (text) => { said += text; });
  child.stderr.on('data', (text) => { child.logged = (child.logged ?? '') + text; });
  child.ended = new Promise((resolve) => child.on('exit', resolve));
  up.push(child);
  const [, address] = await until('ready', () => {
    assert.equal(child.exitCode, null, child.logged);
    return /^ready (http:\S+)/m.exec(said);
  });
  return { child, address };
}

async function stopped(child) {
  if (child.exitCode === null) child.kill('SIGTERM');
  await coming('the end of the service', child.ended);
}

for (const columns of [80, 120]) {
  test(`the README's tour, typed as written on ${columns} columns`, async () => {
    const folder = await home(`tour-${columns}`);
    let service;
    let job;
    for (const line of tour()) {
      if (/^playbus status/.test(line)) { // from here on it runs
        const [, options] = /^ {4}playbus (up --allow \/srv\S+)/m.exec(readme);
        service = await started(folder, `playbus ${options.replace('/srv', `${folder}/srv`)}`);
      }
      const token = service && `Authorization: Bearer ${readFileSync(path.join(folder, '.local/share/playbus/run/cli.token'), 'utf8').trim()}`;
      const typed = line.replace('JOB', job).replace('/srv', `${folder}/srv`).replaceAll('$api', `${service?.address}/api/v1`)
        .replace('"$token"', `'${token}'`).replace(/^api=/, ': ').replace(/^curl/, 'curl -fsS');
      const { status, text } = await type(folder, columns, typed);
      assert.equal(status, 0, `${typed}: ${text}`);
      const { file, silent } = assertFits(columns, line, text);
      assert.ok(file !== undefined ? statSync(path.join(folder, file)).size > 0 : !silent || /^api=/.test(line), `${line} is silent`);
      if (line === 'playbus jobs') [job] = /^[0-9a-f]{8,}(?= )/m.exec(text);
    }
    assert.ok(job !== undefined && service !== undefined);
    await stopped(service.child);
  });
}

/* ---- help ---- */

/** Every command that the help names, groups' ones too. */
async function commands() {
  const overview = await run(path.join(bin, 'playbus'), '--help');
  const names = [...overview.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name);
  assert.ok(names.length >= 10);
  const all = [];
  for (const name of names) {
    const help = await run(path.join(bin, 'playbus'), name, '--help');
    const members = [...help.matchAll(/^ {2}playbus ([a-z]+ [a-z-]+)/gm)].map(([, member]) => member);
    all.push(...(/each with its own --help/.test(help) ? members : [name]));
  }
  return all;
}

test('no line of any --help is wider than 80 columns', async () => {
  const folder = await home('help');
  for (const name of ['', ...await commands()]) {
    const { status, text } = await type(folder, 80, `playbus ${name} --help`);
    assert.equal(status, 0);
    assertFits(80, `playbus ${name} --help`, text);
  }
});

/** Examples that end otherwise than with 0, or that need a person, another machine or no service: by how they begin. */
const ends = {
  'playbus import --stop': 3, // nothing runs
  'playbus audit seal': 3, // nothing is that old yet
  'playbus undo 6f1c0e12 --': 0,
  'playbus undo 6f1c0e12': 130, // it asks, and nobody answers
  'playbus undo --stop': 3, // nothing runs
  'playbus people join --stop': 3, // nothing runs
  'playbus people forget --stop': 3,
  'playbus people join': 1, // there are no such accounts
  'playbus people lift': 1,
  'playbus people split': 1,
  'playbus people forget': 1,
  'playbus worker': 3, // they are switched off
  'playbus server sync home --stop': 3, // nothing runs
  'playbus server sync': 1, // there is no such server
  'playbus server test': 1, // there is no such server
  'playbus server libraries home --': 0, // what jq says
  'playbus server libraries': 1,
  'playbus plex sync --stop': 3, // nothing runs
  'playbus plex sync --discard': 0, // as nothing is left to resume
  'playbus plex sync': 1, // there is no Plex server
  'playbus server change': 1,
  'playbus server remove': 1,
  'playbus user tie alice': 1,
  'playbus user reset alice': 1,
  'playbus history --user alice': 1,
  'playbus export --format jsonl --user alice': 0,
};
const forPeople = ['playbus user add', 'playbus server add', 'playbus import http', 'playbus server login', 'playbus stop', 'playbus restore',
  'playbus worker invite --name', 'playbus worker join', 'playbus completion', 'source '];

test('every example of every --help works as it stands', async () => {
  const folder = await home('examples');
  await type(folder, 80, 'playbus import tautulli.db');
  const { text: jobs } = await type(folder, 80, 'playbus jobs');
  const [job] = /^[0-9a-f]{8,}(?= )/m.exec(jobs);
  const data = path.join(folder, '.local/share/playbus');
  mkdirSync(path.join(folder, 'backups'));
  cpSync(path.join(data, 'keys/audit.pub'), path.join(folder, 'audit.pub'));
  cpSync(path.join(data, 'audit/audit.head'), path.join(folder, 'audit.head'));
  cpSync(path.join(data, 'audit.db'), path.join(folder, 'copy.db'));
  let tried = 0;
  let service;
  for (const name of await commands()) { // `up` is the first
    if (name !== 'up') service ??= await started(folder, 'playbus up');
    const help = await run(path.join(bin, 'playbus'), ...name.split(' '), '--help');
    const [, examples = ''] = /^Examples:\n((?: .*\n)+)/m.exec(help) ?? [];
    for (const line of examples.split('\n').filter((text) => text.startsWith('  playbus '))) {
      const command = line.trim().replace(/ {3,}.*$/, '');
      const again = name !== 'up' && command.startsWith('playbus up'); // one is enough
      if (again || forPeople.some((begin) => command.startsWith(begin))) continue;
      const typed = command.replace('6f1c0e12', job).replaceAll('/srv', `${folder}/srv`).replace('/backups', `${folder}/backups`);
      tried++;
      if (name === 'up') {
        const { child } = await started(folder, typed);
        await stopped(child);
        continue;
      }
      if (command === 'playbus import --resume tautulli.db') {
        assert.equal((await type(folder, 80, typed)).status, 3, 'there is nothing to resume');
        continue;
      }
      const { status, text } = await type(folder, 80, typed);
      const [, expected = 0] = Object.entries(ends).find(([begin]) => command.startsWith(begin)) ?? [];
      assert.equal(status, expected, `${typed}: ${text}`);
      const { file } = assertFits(80, command, text);
      assert.ok(text.trim() !== '' || (file !== undefined && existsSync(path.join(folder, file.replace(/^\S*\//, '')))) || /\| jq|\| gzip/.test(command), `${command} is silent`);
    }
  }
  assert.ok(tried >= 20, `${tried} examples`);
  await stopped(service.child);
});
