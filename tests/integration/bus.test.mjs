// SPDX-License-Identifier: MIT
// bus.test.mjs - strangers on the bus's socket, and a disk that is full: no process ends, no play is
// lost or doubled.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { Service, makeSource, place, run, until } from './service.mjs';

const actors = ['broker', 'history', 'tautulli', 'gateway', 'audit'];

/** A ZMTP 3.0 peer by hand: the greeting and READY of a DEALER, then whatever is given. */
const greeting = Buffer.concat([Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]), Buffer.from('NULL'), Buffer.alloc(16 + 32)]);
const ready = (() => {
  const property = (name, value) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([0, 0, 0, value.length]), Buffer.from(value)]);
  const body = Buffer.concat([Buffer.from([5]), Buffer.from('READY'), property('Socket-Type', 'DEALER'), property('Identity', 'stranger#1')]);
  return Buffer.concat([Buffer.from([4, body.length]), body]);
})();
const frame = (more, bytes) => Buffer.concat([Buffer.from([(more ? 1 : 0) | 2]), (() => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(bytes.length));
  return size;
})(), bytes]);

async function say(socketPath, ...parts) {
  const socket = net.connect(socketPath);
  socket.on('error', () => {}); // being cut off is an answer too
  await once(socket, 'connect');
  for (const part of parts) {
    if (socket.destroyed) break;
    await new Promise((resolve) => { socket.write(part, () => resolve()); });
  }
  socket.end();
  socket.resume();
  await new Promise((resolve) => { socket.on('close', resolve); });
  socket.destroy();
}

test('malformed, oversized, truncated and unknown bytes on the bus end no process', async () => {
  const service = await Service.start();
  const pids = actors.map((actor) => service.pid(actor));
  const bus = path.relative(process.cwd(), path.join(service.data, 'run/bus.ipc'));
  const hello = (...frames) => [greeting, ready, ...frames];
  const map = Buffer.from([0x80]);
  const oversize = Buffer.from([2, 0, 0, 0, 0, 0x40, 0, 0, 0]); // promises 1 GiB
  const promise = Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]); // an array of 4 G in five bytes
  await say(bus, randomBytes(5000));
  await say(bus, greeting.subarray(0, 20));
  await say(bus, ...hello(frame(false, Buffer.alloc(0))));
  await say(bus, ...hello(frame(true, promise), frame(false, promise)));
  await say(bus, ...hello(frame(true, map), frame(true, map), frame(true, map), frame(false, map)));
  await say(bus, ...hello(oversize));
  for (let i = 0; i < 50; i++) {
    await say(bus, ...hello(...Array.from({ length: 20 }, () => [frame(true, randomBytes(1 + i * 3)), frame(false, randomBytes(i * 7))]).flat()));
  }
  const source = await makeSource('noise.db', '--rows', 1000);
  const stats = await service.import(source.file);
  assert.equal(stats.imported_records, 1000);
  assert.deepEqual(actors.map((actor) => service.pid(actor)), pids);
});

test('a full disk ends the job with DISK_FULL, and a resume with room completes it', async (t) => {
  const data = path.join(place, 'small-disk');
  mkdirSync(data);
  try {
    await run('mount', '-t', 'tmpfs', '-o', 'size=24m,mode=0700', 'tmpfs', data);
  } catch (error) {
    return t.skip(`no file system can be mounted here: ${error.message.split('\n')[0]}`);
  }
  let service;
  try {
    service = await Service.start({ data });
    const { file } = await makeSource('filling.db', '--rows', 60_000);
    const full = await service.import(file);
    assert.equal(full.status, 'error', JSON.stringify(full));
    assert.equal(full.error_code, 'DISK_FULL');
    assert.ok(full.imported_records < 60_000);
    await run('mount', '-o', 'remount,size=400m', data);
    const whole = await service.import(file, { resume: true });
    assert.equal(whole.status, 'completed', JSON.stringify(whole));
    assert.equal(whole.imported_records, 60_000);
    assert.equal((await service.exported()).length, 60_000);
  } finally {
    await service?.stop();
    await run('umount', data);
  }
});
