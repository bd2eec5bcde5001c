// SPDX-License-Identifier: MIT
// evening.test.mjs - several sources that tell of the same plays: whatever came first, in whatever
// batches, the same plays are stored, and a play is told of by the rows that are really its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { joinOwner, same, stored } from './histories.mjs';
import { Service, bin, long, run, shell, sources } from './service.mjs';

const server = 'c0ffee00d15ea5edfeedfacecafebeef01234567';
const count = long ? 20_000 : 3000;
const set = path.join(sources, 'evening');
const lines = (file) => readFileSync(file, 'utf8').trim().split('\n');

/** Plays that happened: {class, traits, rows}; and by the name of a row its play. */
let truth;
const happened = new Map();

before(async () => {
  mkdirSync(set);
  await run(path.join(bin, 'make-labelled'), set, '--plays', String(count), '--server-id', server);
  truth = lines(path.join(set, 'truth.jsonl')).map((line) => JSON.parse(line)).map((play) => ({
    class: play.class, traits: play.traits,
    rows: [...play.tautulli.map((id) => `t${id}`), ...play.copy.map((id) => `c${id}`), ...play.plex.map((id) => `p${id}`)] }));
  for (const play of truth) for (const row of play.rows) happened.set(row, play);
});

/** Brings rows of the server's own history; the record of the job. */
function feed(service, file, batch) {
  return new Promise((resolve, reject) => {
    const child = spawn(path.join(bin, 'plex-feed'), ['--data', service.data, '--server', server, '--batch', String(batch), file]);
    let said = '';
    let complained = '';
    child.stdout.on('data', (text) => { said += text; });
    child.stderr.on('data', (text) => { complained = (complained + text).slice(-4000); });
    child.on('close', (status) => (status === 0 ? resolve(JSON.parse(said)) : reject(new Error(`plex-feed: ${status} ${complained}`))));
  });
}

const files = { tautulli: 'tautulli.db', copy: 'copy.db', plex: 'plex.jsonl' };

async function bring(service, source, batch, file = path.join(set, files[source])) {
  const done = source === 'plex' ? await feed(service, file, batch) : await service.import(file);
  assert.equal(done.status, 'completed', JSON.stringify(done));
  assert.equal(done.imported_records + done.duplicate_records + done.merged_records + done.error_count, done.total_records);
  assert.equal(done.error_count, 0);
  return done;
}

// ---- judging ----

function* pairs(rows) {
  for (let i = 0; i < rows.length; i++) for (let j = i + 1; j < rows.length; j++) yield [rows[i], rows[j]];
}

const classes = ['video', 'music', 'repeat', 'skewed', 'offline'];
/** Two rows are judged with the harder of their plays. */
const classOf = (a, b) => classes[Math.max(...[a, b].map((row) => classes.indexOf(happened.get(row).class)))];

/** {class: {pairs, joined, wrong}}, and examples of what went wrong. */
function judge(plays) {
  const score = Object.fromEntries(classes.map((each) => [each, { pairs: 0, joined: 0, wrong: 0 }]));
  const examples = { apart: [], wrong: [] };
  const home = new Map(plays.flatMap((play) => play.rows.map((row) => [row, play])));
  for (const play of truth) {
    for (const [a, b] of pairs(play.rows)) {
      const of = score[classOf(a, b)];
      of.pairs++;
      if (home.get(a) === home.get(b)) of.joined++;
      else examples.apart.push(`${classOf(a, b)}: ${a} and ${b} (${play.traits})`);
    }
  }
  for (const play of plays) {
    for (const [a, b] of pairs(play.rows)) {
      if (happened.get(a) === happened.get(b)) continue;
      score[classOf(a, b)].wrong++;
      examples.wrong.push(`${classOf(a, b)}: ${a} (${happened.get(a).traits}) and ${b} (${happened.get(b).traits})`);
    }
  }
  return { score, examples };
}

const percent = (part, whole) => (whole === 0 ? 0 : (part / whole) * 100);

// ---- the tests ----

const orders = [
  ['tautulli', 'plex', 'copy'], ['tautulli', 'copy', 'plex'], ['plex', 'tautulli', 'copy'],
  ['plex', 'copy', 'tautulli'], ['copy', 'tautulli', 'plex'], ['copy', 'plex', 'tautulli'],
];
const batches = [2000, long ? 1 : 3, 1999, 7, 333, 50];

describe('three sources of one server', () => {
  let first;

  orders.forEach((order, i) => {
    test(`${order.join(', ')}, in batches of ${batches[i]}`, async (t) => {
      const service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: String(batches[i]) } });
      t.after(() => service.stop());
      for (const source of order) await bring(service, source, batches[i]);
      await joinOwner(service);
      const once = await stored(service);
      first ??= once;
      same(first, once, 'in this order');
      for (const source of order) {
        const again = await bring(service, source, 2000);
        assert.equal(again.duplicate_records, again.total_records, 'brought again, a source has nothing new');
      }
      same(once, await stored(service), 'brought again');
    });
  });

  test('each brought twice in growing parts', async (t) => {
    const service = await Service.start();
    t.after(() => service.stop());
    const part = (source) => path.join(set, `part-${files[source]}`);
    for (const source of ['tautulli', 'copy']) {
      copyFileSync(path.join(set, files[source]), part(source));
      await shell(part(source), 'DELETE FROM session_history WHERE id * 7919 % 3 = 1');
    }
    writeFileSync(part('plex'), lines(path.join(set, files.plex)).filter((_, i) => (i * 7919) % 3 !== 1).map((line) => `${line}\n`).join(''));
    for (const source of ['copy', 'plex', 'tautulli']) await bring(service, source, 100, part(source));
    await joinOwner(service);
    for (const source of ['plex', 'copy', 'tautulli']) await bring(service, source, 1000);
    same(first, await stored(service), 'in parts');
  });

  test('rows of one play are joined, and no others', (t) => {
    const { score, examples } = judge(first.plays);
    for (const [each, { pairs: all, joined, wrong }] of Object.entries(score)) {
      t.diagnostic(`${each}: ${all} true pairs, ${percent(joined, all).toFixed(2)} % joined, ${percent(wrong, all).toFixed(2)} % (${wrong}) wrongly joined`);
    }
    const show = () => `${JSON.stringify(score)}\n${examples.apart.slice(0, 8).join('\n')}\nwrongly:\n${examples.wrong.slice(0, 8).join('\n')}`;
    for (const [each, least, most] of [['video', 99.5, 0.3], ['music', 99.0, 0.8], ['repeat', 99.0, 0.8]]) {
      assert.ok(percent(score[each].joined, score[each].pairs) >= least, `${each}: not joined\n${show()}`);
      assert.ok(percent(score[each].wrong, score[each].pairs) <= most, `${each}: wrongly joined\n${show()}`);
    }
  });
});
