// SPDX-License-Identifier: MIT
// machines.test.mjs - three machines: this one, one with the database, one without. Whoever reads the rows or is sent
// them, and however many do, an import stores what one machine alone stores. LONG=1: 300,000 rows, up to 4 workers.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Cable, joined, Machine, worker } from './machines.mjs';
import { figures, freePort, long, makeSource, Service } from './service.mjs';

const ROWS = long ? 300_000 : 5000;
const cables = { reads: new Cable(), sent: new Cable() };
const forbidden = cables.reads.forbidden || cables.sent.forbidden;

describe('three machines', { skip: forbidden || false }, () => {
  let alone;
  let port;
  const machines = {};
  let count = 0;
  before(async () => {
    port = await freePort();
    alone = await Service.start();
    for (const [name, cable] of Object.entries(cables)) machines[name] = new Machine(name, cable.through);
  });
  after(() => alone.stop());

  const receipt = async (service, job) => (await service.fetched(`/sync/jobs/${job}`)).receipt ?? {};

  /** An import by these workers: {reads: 1} is one process on the machine with the file. */
  async function sameAsAlone(t, processes, local) {
    const name = `machines-${count++}.db`;
    const { file } = await makeSource(name, '--rows', ROWS, '--dirty', '--seed', 40 + count);
    copyFileSync(file, path.join(machines.reads.files, name));
    const service = await Service.start({ env: { PLAYBUS_BUS_REMOTE: `tcp://*:${port}`, PLAYBUS_IMPORT_WORKERS: String(local) } });
    const working = [];
    try {
      for (const [where, number] of Object.entries(processes)) {
        for (let i = 0; i < number; i++) {
          const machine = new Machine(`${where}-${count}-${i}`, cables[where].through);
          machine.files = machines[where].files;
          await joined(service, machine, `${where}${i}`, { address: `${cables[where].here}:${port}` });
          working.push([where, `${where}${i}`, machine]);
        }
      }
      const far = await service.import(file);
      const near = await alone.import(file);
      t.diagnostic(`${JSON.stringify(processes)}, ${local} here: ${Math.round(far.records_per_second)} rows/s; one machine alone: ${Math.round(near.records_per_second)}`);
      assert.equal(far.status, 'completed');
      assert.deepEqual(figures(far), figures(near));
      assert.deepEqual(await receipt(service, far.job_id), await receipt(alone, near.job_id));
      if (local < 0) {
        const rows = await Promise.all(working.map(([, called]) => worker(service, called)));
        assert.equal(rows.reduce((sum, one) => sum + one.rows, 0), far.processed_records);
      }
      for (const [where, called] of working) {
        const { rows, rows_by } = await worker(service, called);
        assert.ok(rows === 0 || rows_by === where, `${called}: ${rows_by}`);
      }
    } finally {
      await Promise.all(working.map(([, , machine]) => machine.stop()));
      await service.stop();
    }
  }

  const kinds = [[{ sent: 1 }, -1], [{ reads: 1, sent: 1 }, -1]];
  if (long) kinds.push([{ reads: 1 }, -1], [{ reads: 2, sent: 2 }, -1], [{ reads: 1, sent: 1 }, 2]);
  for (const [processes, local] of kinds) {
    test(`${JSON.stringify(processes)} and ${local < 0 ? 'none' : local} here: as one machine`, (t) => sameAsAlone(t, processes, local));
  }
});
