// SPDX-License-Identifier: MIT
// floods.test.mjs - what one caller sends too much of is that caller's loss: others are answered, and
// neither memory nor the log grows with it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Service, makeSource, until } from './service.mjs';

let service;
const open = new Set();

before(async () => {
  service = await Service.start();
});

after(() => {
  for (const socket of open) socket.destroy();
});

/** A connection that stays; what it has been told so far is in `said`. */
function connect(...parts) {
  const [host, port] = service.address.split(':');
  const socket = net.connect(Number(port), host);
  open.add(socket);
  socket.said = '';
  socket.setNoDelay(true);
  socket.on('data', (bytes) => { socket.said += bytes.toString('latin1'); });
  socket.on('error', () => {});
  socket.on('close', () => { open.delete(socket); });
  for (const part of parts) socket.write(part);
  return socket;
}

const request = (what, ...lines) => [`${what} HTTP/1.1`, `Host: ${service.address}`, ...lines, '', ''].join('\r\n');

test('strangers who keep their connections open, or send half a body, shut nobody out', async () => {
  const idle = Array.from({ length: 700 }, () => connect(request('GET /api/v1/health/live')));
  const slow = Array.from({ length: 700 }, () => connect(request('POST /api/v1/auth/login', 'Content-Type: application/json', 'Content-Length: 100'), '{'));
  await until('the newest connection is answered', () => idle.at(-1).said.includes('200 OK'));
  const answer = await service.ask('GET /sync/status', undefined, undefined);
  assert.equal(answer.status, 200);
  assert.ok(answer.ms < 10_000, `long before an idle connection ends by itself: ${answer.ms} ms`);
  for (const socket of [...idle, ...slow]) socket.destroy();
});

test('cut and malformed requests do not fill the log', async () => {
  let logged = 0;
  const count = (text) => { logged += text.length; };
  service.child.stderr.on('data', count);
  const long = 'x'.repeat(8000);
  const cut = [request(`POST /api/v1/auth/login?${long}`, 'Content-Type: application/json', 'Content-Length: 100') + '{',
    `POST /${long} HTTP/1.1\r\nHo`, `\0\r${long}\r\n\r\n`, request(`PATCH /${long}`, 'Content-Length: x'), request(`DELETE /api/v1/import?${long}`)];
  for (let round = 0; round < 10; round++) {
    const sockets = Array.from({ length: 200 }, (_, i) => connect(cut[i % cut.length]));
    await Promise.all(sockets.map((socket) => new Promise((resolve) => {
      socket.once('connect', () => setImmediate(() => socket.end(resolve)));
      socket.once('close', resolve);
    })));
  }
  assert.equal((await service.ask('GET /health/live')).status, 200);
  await until('the log is silent again', async () => {
    const before = logged;
    await new Promise((resolve) => { setTimeout(resolve, 1500); });
    return logged === before;
  });
  service.child.stderr.off('data', count);
  assert.ok(logged < 20_000, `${logged} bytes for 2,000 requests`);
});

test('forty searches of one viewer leave the others their answers, and cut nobody\'s export', async () => {
  const { file } = await makeSource('many.db', '--rows', 30_000);
  const viewer = await service.signInViewer();
  const admin = await service.signIn();
  await service.import(file);
  const counts = new Map();
  let flooding = true;
  const seen = (status) => counts.set(status, (counts.get(status) ?? 0) + 1);
  const search = async (i) => {
    for (let n = 0; flooding; n++) {
      const answer = await service.fetch(`/history?q=nothing-is-called-${i}-${n}`, { as: viewer });
      await answer.arrayBuffer();
      seen(answer.status);
      if (answer.status === 429 || answer.status === 503) assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
  };
  const searches = Array.from({ length: 40 }, (_, i) => search(i));
  await until('the viewer is told that it is too much', () => counts.has(429), 20_000);
  const exported = service.exported();
  for (let i = 0; i < 5; i++) {
    for (const what of ['GET /history?q=nothing-either', 'GET /history/summary?by=user', 'GET /import/status', 'GET /sync/jobs']) {
      const { status, body, ms } = await service.ask(what, undefined, admin);
      assert.equal(status, 200, `${what}: ${JSON.stringify(body)}`);
      assert.ok(ms < 5000, `${what} within 5 s: ${ms} ms`);
    }
  }
  assert.equal((await exported).length, 30_000, 'an export goes on beside it');
  flooding = false;
  await Promise.all(searches);
  assert.ok(counts.get(200) > 0, 'the viewer has a share too');
  assert.equal(counts.get(504), undefined, JSON.stringify([...counts]));
});

test('one caller fetches so many files at once and no more', async () => {
  const [host, port] = service.address.split(':');
  const viewer = await service.signIn({ name: 'viewer', password: 'a quiet look at the plays' });
  const begin = () => new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port) });
    open.add(socket);
    socket.on('error', () => {});
    socket.once('data', (bytes) => { socket.pause(); resolve({ socket, said: bytes.toString('latin1') }); });
    socket.write(request('GET /api/v1/history/export?format=jsonl', `Cookie: ${viewer.cookie}`));
  });
  const unread = [];
  for (let i = 0; i < 8; i++) unread.push(await begin());
  for (const { said } of unread) assert.match(said, /^HTTP\/1\.1 200 /);
  const { said } = await begin();
  assert.match(said, /^HTTP\/1\.1 429 [^]*\r\nRetry-After: \d/i);
  unread[0].socket.destroy();
  await until('an export that ends makes room for another', async () => (await begin()).said.startsWith('HTTP/1.1 200'));
  for (const { socket } of unread) socket.destroy();
});

test('bodies from many connections cost little memory, and a small one is still taken', async () => {
  const memory = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${service.pid('gateway')}/status`, 'utf8'))[1]) / 1024;
  const before = memory();
  const size = 1024 * 1024;
  const piece = Buffer.alloc(size - 1, ' ');
  const admin = await service.signIn();
  const known = ['Content-Type: application/json', `Content-Length: ${size}`, `Origin: ${admin.origin}`, `Cookie: ${admin.cookie}`, `X-CSRF-Token: ${admin['x-csrf-token']}`];
  const strangers = Array.from({ length: 200 }, () => connect(request('POST /api/v1/auth/login', ...known.slice(0, 3)), piece));
  const signedIn = Array.from({ length: 200 }, () => connect(request('POST /api/v1/import/validate', ...known), piece));
  const sent = (socket) => socket.destroyed || socket.writableLength === 0;
  await until('all is sent', () => [...strangers, ...signedIn].every(sent));
  const { status } = await service.ask('POST /import/validate', { db_path: '/nowhere' }, admin);
  assert.ok([403, 404].includes(status), `${status}`);
  assert.ok(memory() - before < 100, `${Math.round(memory() - before)} MiB for 400 bodies of one`);
  for (const socket of signedIn) socket.write(' ');
  await until('what did not fit is told so', () => signedIn.some(({ said }) => /^HTTP\/1\.1 503 [^]*\r\nRetry-After: \d/i.test(said)));
  for (const socket of [...strangers, ...signedIn]) socket.destroy();
});
