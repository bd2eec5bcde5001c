// SPDX-License-Identifier: MIT
// websocket.test.mjs - the feed: what a client sees from its first message to the last, beside readers
// that stop, among a thousand others, and behind proxies that reuse connections.
// Runs alone: it measures the time between two pushes.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Service, coming, freePort, localToken, makeSource, place, until } from './service.mjs';

const upgrade = (host, { authorization = 'none' }) => ['GET /api/v1/ws HTTP/1.1', `Host: ${host}`, `Authorization: ${authorization}`, 'Connection: Upgrade', 'Upgrade: websocket',
  'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n');
let service;
let small;
let large;

before(async () => {
  service = await Service.start({ env: { PLAYBUS_IMPORT_BATCH_ROWS: '50' } });
  small = await makeSource('small.db', '--rows', 500);
  large = await makeSource('large.db', '--rows', 60_000);
});

/** A client and all it is told; `final` is the record of the named job once it is no longer running. */
async function follow(url, headers = localToken(service.data)) {
  const socket = new WebSocket(url, { headers });
  const client = { socket, messages: [], times: [] };
  socket.on('message', (data) => {
    client.messages.push(JSON.parse(data));
    client.times.push(Date.now());
  });
  client.records = () => client.messages.filter(({ type }) => type === 'sync_progress').map(({ data }) => data.progress);
  client.final = (job) => until('the final push', () =>
    client.records().find((record) => record.job_id === job && record.status !== 'running'));
  await coming('open', once(socket, 'open'));
  return client;
}

const feed = () => `ws://${service.address}/api/v1/ws`;

test('a client is told hello, then nothing of what never ran, then every change up to the end', async () => {
  const client = await follow(feed());
  await until('hello', () => client.messages.length > 0);
  assert.equal(client.messages[0].type, 'hello');
  assert.deepEqual(client.records(), []);
  const job = await service.begin(small.file);
  const final = await client.final(job);
  assert.equal(final.status, 'completed');
  assert.equal(final.imported_records, 500);
  const seqs = client.records().map(({ seq }) => seq);
  assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b));
  for (const { type, data } of client.messages.filter((m) => m.type === 'sync_progress')) {
    assert.equal(data.status, data.progress.status, type);
  }
  client.socket.close();
});

test('a late client gets the newest record on connect', async () => {
  const client = await follow(feed());
  const [record] = await until('the snapshot', () => client.records().length > 0 && client.records());
  assert.deepEqual(record, (await service.fetched('/sync/status')).tautulli_import);
  client.socket.close();
});

test('while it runs a push comes at least every 2 s, whoever stops reading, and the end reaches all', async () => {
  const lively = await follow(feed());
  const stopped = await Promise.all(Array.from({ length: 20 }, () => follow(feed())));
  for (const { socket } of stopped) socket.pause();
  const job = await service.begin(large.file);
  const final = await lively.final(job);
  assert.equal(final.imported_records, 60_000);
  const gaps = lively.times.slice(3).map((time, i) => time - lively.times[i + 2]);
  const late = gaps.filter((ms) => ms > 2000); // one, on a machine that has other work too
  assert.ok(late.length <= 1 && Math.max(...gaps) < 20_000, `gaps of ${gaps} ms`);
  for (const client of stopped) {
    client.socket.resume();
    assert.equal((await client.final(job)).seq, final.seq);
    client.socket.close();
  }
  lively.socket.close();
});

test('a thousand clients all get the snapshot and the end', async () => {
  const clients = [];
  while (clients.length < 1000) clients.push(...await Promise.all(Array.from({ length: 50 }, () => follow(feed()))));
  const job = await service.begin(small.file);
  for (const client of clients) assert.equal((await client.final(job)).status, 'completed');
  for (const { socket } of clients) socket.terminate();
});

test('ping is answered, and a message over 4 KiB ends the connection with 1009', async () => {
  const client = await follow(feed());
  client.socket.send('{"type":"ping"}');
  await until('pong', () => client.messages.some(({ type }) => type === 'pong'));
  client.socket.send('x'.repeat(5000));
  const [code] = await coming('close', once(client.socket, 'close'));
  assert.equal(code, 1009);
});

test('an upgrade on a connection that carried REST requests works', async () => {
  const [host, port] = service.address.split(':');
  const socket = net.connect(Number(port), host);
  let said = '';
  socket.on('data', (bytes) => { said += bytes.toString('latin1'); });
  for (let i = 1; i <= 3; i++) {
    socket.write(`GET /api/v1/health/live HTTP/1.1\r\nHost: ${service.address}\r\n\r\n`);
    await until(`answer ${i}`, () => said.split('HTTP/1.1 200').length === i + 1 && said.trimEnd().endsWith('}'));
  }
  socket.write(upgrade(service.address, localToken(service.data)));
  await until('the hello after 101', () => said.includes('HTTP/1.1 101') && said.includes('"hello"'));
  assert.ok(said.includes('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='), 'the accept key of RFC 6455');
  socket.destroy();
});

test('handshakes of foreign origins and half handshakes are refused before the upgrade', async () => {
  const foreign = new WebSocket(feed(), { origin: 'http://evil.example', headers: localToken(service.data) });
  const [refused] = await coming('unexpected-response', once(foreign, 'unexpected-response')).then(([, answer]) => [answer]);
  assert.equal(refused.statusCode, 403);
  foreign.on('error', () => {});
  foreign.terminate();
  const answer = await service.ask('GET /ws');
  assert.equal(answer.status, 400);
  assert.equal(answer.body.code, 'BAD_HANDSHAKE');
});

// ---- behind proxies ----

const proxies = {
  nginx: (folder, port, to) => ({
    file: 'nginx.conf',
    text: `${process.getuid() === 0 ? 'user root;' : ''} daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
      events {} http { access_log off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      map $http_upgrade $connection_header { default upgrade; '' ''; }
      upstream playbus { server ${to}; keepalive 4; }
      server { listen 127.0.0.1:${port}; location / { proxy_pass http://playbus; proxy_http_version 1.1;
      proxy_set_header Host ${to}; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_header; } } }`,
    words: (conf) => ['-p', folder, '-c', conf, '-e', `${folder}/error.log`],
  }),
  haproxy: (folder, port, to) => ({
    file: 'haproxy.cfg',
    text: `defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 60s
frontend all
  bind 127.0.0.1:${port}
  default_backend playbus
backend playbus
  http-reuse always
  option forwardfor
  http-request set-header Host ${to}
  server playbus ${to}
`,
    words: (conf) => ['-db', '-f', conf],
  }),
};

const program = (name) => {
  try {
    return execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
};

for (const [name, configure] of Object.entries(proxies)) {
  test(`through ${name}, which reuses connections, REST and feed work side by side for whoever signed in`, async (t) => {
    const found = program(name);
    if (found === undefined) return t.skip(`${name} is not installed`);
    const folder = path.join(place, name);
    mkdirSync(folder);
    const port = await freePort();
    const { file, text, words } = configure(folder, port, service.address);
    writeFileSync(path.join(folder, file), text);
    const proxy = spawn(found, words(path.join(folder, file)), { stdio: 'ignore' });
    after(() => proxy.kill('SIGKILL'));
    const rest = (headers) => fetch(`http://127.0.0.1:${port}/api/v1/sync/jobs`, { headers }).then(({ status }) => status, () => 0);
    await until(`${name} listens`, async () => await rest({}) === 401);
    assert.equal(await rest(localToken(service.data)), 401, 'the local token is of this machine, not of a proxy');
    const person = await service.signIn();
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 4; i++) assert.equal(await rest(person), 200);
      const client = await follow(`ws://127.0.0.1:${port}/api/v1/ws`, person);
      const job = await service.begin(small.file);
      assert.equal((await client.final(job)).status, 'completed');
      client.socket.close();
      await coming('close', once(client.socket, 'close'));
    }
    proxy.kill('SIGTERM');
    await coming('exit', once(proxy, 'exit'));
  });
}
