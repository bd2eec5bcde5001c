// SPDX-License-Identifier: MIT
// floods.test.mjs - what one caller sends too much of is that caller's loss: others are answered, and
// neither memory nor the log grows with it.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { Service, until } from './service.mjs';

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
