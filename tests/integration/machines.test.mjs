// SPDX-License-Identifier: MIT
// machines.test.mjs - three machines: this one, one with the database, one without. Whoever reads the rows or is sent
// them, and however many do, here or there, an import stores what one machine alone stores. A history has each
// database once, so every import, the lone one too, is into a history of its own. LONG=1: 300,000 rows, clean and
// dirty, 1, 2 and 4 workers here, there and both.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { Cable, joined, Machine, worker } from './machines.mjs';
import { figures, freePort, long, makeSource, place, Service } from './service.mjs';

const ROWS = long ? 300_000 : 5000;
const cables = { reads: new Cable(), sent: new Cable() };
const forbidden = cables.reads.forbidden || cables.sent.forbidden;

/** What an import came to, whoever did it: its counters, its receipt, and what of the history it left. */
async function outcome(service, file) {
  const stats = await service.import(file);
  const { receipt } = await service.fetched(`/sync/jobs/${stats.job_id}`);
  assert.equal(stats.status, 'completed');
  assert.ok(receipt);
  return { stats, stored: { figures: figures(stats), receipt, plays: await service.plays() } };
}

function sameAsAlone(dirt) {
  let file;
  let alone;
  const files = path.join(place, `${dirt}-files`);
  before(async () => {
    ({ file } = await makeSource(`machines-${dirt}.db`, '--rows', ROWS, '--seed', 41, ...(dirt === 'dirty' ? ['--dirty'] : [])));
    mkdirSync(files);
    copyFileSync(file, path.join(files, path.basename(file)));
    const service = await Service.start();
    alone = await outcome(service, file);
    await service.stop();
  });

  /** `there`: {reads: 1} is one process on the machine with the file. `here`: workers on this one. */
  return async (t, there, here) => {
    const port = await freePort();
    const batch = here > 0 && !long ? 100 : 2000; // few rows are done here before others have heard of them
    const service = await Service.start({ env: {
      PLAYBUS_BUS_REMOTE: `tcp://*:${port}`, PLAYBUS_IMPORT_WORKERS: String(here || -1), PLAYBUS_IMPORT_BATCH_ROWS: String(batch) } });
    const working = [];
    try {
      for (const [where, number] of Object.entries(there)) {
        for (let i = 0; i < number; i++) {
          const called = `${where}${i}`;
          const machine = new Machine(`${called}-${port}`, cables[where].through, where === 'reads' ? files : undefined);
          working.push({ where, called, machine });
          await joined(service, machine, called, { address: `${cables[where].here}:${port}` });
        }
      }
      const { stats, stored } = await outcome(service, file);
      assert.deepEqual(stored, alone.stored);
      let rows = 0;
      for (const one of working) {
        Object.assign(one, await worker(service, one.called));
        assert.ok(one.rows === 0 || one.rows_by === one.where, `${one.called}: ${one.rows_by}`);
        rows += one.rows;
      }
      if (here === 0) assert.equal(rows, stats.processed_records);
      t.diagnostic(`${Math.round(stats.records_per_second)} rows/s (one machine alone: ${Math.round(alone.stats.records_per_second)}); ${working.map((one) => `${one.called} ${one.rows}`).join(', ')}`);
    } finally {
      await Promise.all(working.map(({ machine }) => machine.child && machine.stop()));
      await service.stop();
    }
  };
}

const short = [[{ sent: 1 }, 0], [{ reads: 1, sent: 1 }, 0], [{ reads: 1, sent: 1 }, 1]];
const whole = [0, 1, 2, 4].flatMap((here) => [{ reads: 1 }, { sent: 1 }, { reads: 1, sent: 1 }].map((there) => [there, here]));
whole.push([{ reads: 2 }, 0], [{ sent: 2 }, 0], [{ reads: 2, sent: 2 }, 0], [{ reads: 4 }, 0], [{ sent: 4 }, 0], [{ reads: 2, sent: 2 }, 4]);

for (const dirt of long ? ['clean', 'dirty'] : ['dirty']) {
  describe(`three machines, ${dirt} rows`, { skip: forbidden || false }, () => {
    const same = sameAsAlone(dirt);
    for (const [there, here] of long ? whole : short) {
      test(`${JSON.stringify(there)} and ${here || 'none'} here: as one machine`, (t) => same(t, there, here));
    }
  });
}
