// SPDX-License-Identifier: MIT
// http.test.mjs - what the port does with requests that are wrong, hostile or slow, and that lists,
// pages and exports tell the same. No bytes end a process.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import { before, test } from 'node:test';
import { Service, coming, localToken, makeSource, until } from './service.mjs';

let service;
let source;
let pid;

before(async () => {
  service = await Service.start();
  source = await makeSource('plays.db', '--rows', 2500, '--dirty');
  await service.import(source.file);
  pid = service.pid('gateway');
});

/** Sends raw bytes; all that comes back until the other side closes. */
async function raw(...parts) {
  const [host, port] = service.address.split(':');
  const socket = net.connect(Number(port), host);
  let said = '';
  socket.setTimeout(60_000, () => socket.destroy(new Error('left open')));
  socket.on('data', (bytes) => { said += bytes.toString('latin1'); });
  socket.on('error', (error) => { if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') said = `${said}\n${error.message}`; });
  for (const part of parts) socket.write(part);
  await new Promise((resolve) => { socket.on('close', resolve); });
  return said;
}

/** The error shape of every refusal. */
function assertRefused({ status, body }, wanted, code) {
  assert.equal(status, wanted, JSON.stringify(body));
  assert.equal(body.success, false);
  assert.equal(body.code, code);
  for (const name of ['error', 'remedy', 'correlation_id']) assert.equal(typeof body[name], 'string', name);
}

const head = (...lines) => ['POST /api/v1/import/validate HTTP/1.1', ...lines, '', ''].join('\r\n');
const smuggled = {
  'two lengths': (host) => head(`Host: ${host}`, 'Content-Length: 2', 'Content-Length: 30'),
  'a length and chunks': (host) => head(`Host: ${host}`, 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  'two hosts': (host) => head(`Host: ${host}`, 'Host: evil.example', 'Content-Length: 0'),
  'a length that is no number': (host) => head(`Host: ${host}`, 'Content-Length: +2'),
  'an unknown transfer coding': (host) => head(`Host: ${host}`, 'Transfer-Encoding: xchunked'),
  'a space before the colon': (host) => head(`Host: ${host}`, 'Content-Length : 2'),
  'a folded line': (host) => head(`Host: ${host}`, 'X-A: b', ' Content-Length: 2'),
};
for (const [what, request] of Object.entries(smuggled)) {
  test(`a request with ${what} is refused and its connection closed`, async () => {
    const said = await raw(request(service.address), '{}GET /api/v1/health/live HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(said, /^HTTP\/1\.1 4\d\d /, said);
    assert.doesNotMatch(said, /HTTP\/1\.1 200/, 'what follows is not read as a request');
  });
}

test('answers that share a text carry each the id of its own request, and a date', async () => {
  const { authorization } = localToken(service.data);
  const ask = (id, ...more) => ['GET /api/v1/sync/status HTTP/1.1', `Host: ${service.address}`, `Authorization: ${authorization}`,
    `X-Correlation-Id: ${id}`, ...more, '', ''].join('\r\n');
  const ids = Array.from({ length: 20 }, (_, k) => Array.from({ length: 10 }, (__, i) => `request-${k}-${i}`));
  const said = await Promise.all(ids.map((of) => raw(...of.map((id, i) => (i < 9 ? ask(id) : ask(id, 'Connection: close'))))));
  for (const [k, text] of said.entries()) {
    assert.deepEqual([...text.matchAll(/^X-Correlation-Id: (.*)\r$/gm)].map((found) => found[1]), ids[k]);
    assert.equal(text.match(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$/gm).length, 10);
    assert.equal(text.match(/^Cache-Control: no-store\r$/gm).length, 10);
  }
});

const flawed = {
  'a length that is no number': (host) => head(host, 'Content-Length: x'),
  'a length beyond all numbers': (host) => head(host, 'Content-Length: 99999999999999999999'),
  'a version of its own': () => 'GET / HTTP/9.9\r\n\r\n',
  'no version': () => 'GET /\r\n\r\n',
  'a target beyond all bounds': (host) => `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n${host}\r\n\r\n`,
  'too many parameters': (host) => `GET /?${'a&'.repeat(3000)} HTTP/1.1\r\n${host}\r\n\r\n`,
  'too many lines': (host) => `GET / HTTP/1.1\r\n${host}\r\n${'X-Y: z\r\n'.repeat(2000)}\r\n`,
  'a bare LF in a chunk line': (host) => `${chunked(host)}2\n{}\r\n0\r\n\r\n`,
  'a bare LF behind a chunk': (host) => `${chunked(host)}2\r\n{}\n0\r\n\r\n`,
  'a CR in a chunk extension': (host) => `${chunked(host)}2;a\rb\r\n{}\r\n0\r\n\r\n`,
  'a chunk longer than it says': (host) => `${chunked(host)}1\r\n{}\r\n0\r\n\r\n`,
  'a chunk of no length': (host) => `${chunked(host)}x\r\n{}\r\n0\r\n\r\n`,
};
const chunked = (host) => head(host, 'Content-Type: application/json', 'Transfer-Encoding: chunked');
for (const [what, bytes] of Object.entries(flawed)) {
  test(`${what}: refused in the shape of every error, with one head, in one piece or in many`, async () => {
    const text = bytes(`Host: ${service.address}`);
    for (const parts of [[text], [text.slice(0, 3), text.slice(3, -3), text.slice(-3)]]) {
      const said = await raw(...parts);
      assert.match(said, /^HTTP\/1\.1 (400|413) [^]*\r\nContent-Type: application\/json\r\n/i);
      assert.equal(said.match(/HTTP\/1\.1/g).length, 1, said);
      const body = JSON.parse(said.slice(said.indexOf('\r\n\r\n') + 4));
      assertRefused({ status: 400, body }, 400, said.startsWith('HTTP/1.1 413') ? 'TOO_LARGE' : 'BAD_REQUEST');
    }
  });
}

test('what was asked before a flaw is answered first', async () => {
  const whole = `GET /api/v1/health/live HTTP/1.1\r\nHost: ${service.address}\r\n\r\n`;
  const said = await raw(`${whole}${whole}GET / HTTP/1.1\nHost: x\r\n\r\n`);
  assert.deepEqual(said.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
});

test('an answer that comes before the body is one head and the end, whatever the body holds', async () => {
  const inner = `GET /api/v1/health/live HTTP/1.1\r\nHost: ${service.address}\r\n\r\n`;
  const early = [
    [`POST /api/v1/import/upload?name=a.db`, 'Content-Type: application/octet-stream', 'Content-Length: 100000000'], // from nobody
    [`POST /api/v1/auth/login`, 'Content-Type: text/plain', `Origin: http://${service.address}`, 'Content-Length: 100000000'],
    [`POST /api/v1/auth/login`, 'Content-Type: application/json', `Origin: http://${service.address}`, 'Content-Length: 5000000', 'Expect: 100-continue'],
  ];
  for (const [line, ...lines] of early) {
    for (const together of [true, false]) {
      const asked = [`${line} HTTP/1.1`, `Host: ${service.address}`, ...lines, '', ''].join('\r\n');
      const said = await raw(...(together ? [asked + inner.repeat(20)] : [asked, inner.repeat(20)]));
      assert.deepEqual(said.match(/HTTP\/1\.1 \d/g), ['HTTP/1.1 4'], said);
      assert.match(said, /\r\nConnection: close\r\n/i);
    }
  }
});

test('a WebSocket frame without a mask closes the connection', async () => {
  const upgrade = ['GET /api/v1/ws HTTP/1.1', `Host: ${service.address}`, 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', `Authorization: ${localToken(service.data).authorization}`, '', ''].join('\r\n');
  const [host, port] = service.address.split(':');
  const socket = net.connect(Number(port), host);
  let said = Buffer.alloc(0);
  socket.on('data', (bytes) => { said = Buffer.concat([said, bytes]); });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => { socket.on('close', resolve); });
  const ping = Buffer.from('{"type":"ping"}');
  socket.write(upgrade);
  await until('greeted', () => said.includes('hello'));
  socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | ping.length, 0, 0, 0, 0]), ping]));
  await until('a masked ping is answered', () => said.includes('pong'));
  socket.write(Buffer.concat([Buffer.from([0x81, ping.length]), ping]));
  await coming('the end', closed, 20_000);
  assert.deepEqual([...said.subarray(-4)], [0x88, 2, 1002 >> 8, 1002 & 0xff], 'a close frame: protocol error');
});

test('a head that does not end is cut off', async () => {
  const began = Date.now();
  const said = await raw('GET /api/v1/health/live HTTP/1.1\r\nHo');
  assert.ok(!said.includes('200 OK') && !said.includes('left open'), said);
  assert.ok(Date.now() - began < 30_000, 'long before a connection that only rests');
});

test('noise, cut requests and huge heads end no process', async () => {
  const host = `Host: ${service.address}\r\n`;
  const noise = [...Array.from({ length: 40 }, (_, i) => randomBytes(1 + i * 97)),
    `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${host}\r\n`,
    `GET / HTTP/1.1\r\n${host}${'X-Y: z\r\n'.repeat(5000)}\r\n`, 'GET / HTTP/9.9\r\n\r\n', '\0'.repeat(1000)];
  await Promise.all(noise.map((bytes) => raw(bytes, '\r\n\r\n')));
  assert.equal((await service.ask('GET /health/ready')).status, 200);
});

test('bodies: too large, of another type, chunked, with a misspelt field', async () => {
  const post = async (body, headers = { 'content-type': 'application/json' }, more = {}) => {
    const answer = await service.fetch('/import/validate', { method: 'POST', body, headers, ...more });
    return { status: answer.status, body: await answer.json() };
  };
  assertRefused(await post(JSON.stringify({ db_path: 'x'.repeat(1024 * 1024) })), 413, 'TOO_LARGE');
  assertRefused(await post('{}', { 'content-type': 'text/plain' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
  assertRefused(await post('{"db_path":'), 400, 'BAD_REQUEST');
  const misspelt = await service.ask('POST /import/tautulli', { db_path: source.file, dryrun: true });
  assertRefused(misspelt, 400, 'UNKNOWN_FIELD');
  assert.equal(misspelt.body.field, 'dryrun');
  const stream = new ReadableStream({ start(c) {
    c.enqueue(new TextEncoder().encode(JSON.stringify({ db_path: source.file })));
    c.close();
  } });
  const chunked = await post(stream, undefined, { duplex: 'half', headers: { 'content-type': 'application/json' } });
  assert.equal(chunked.status, 200, JSON.stringify(chunked.body));
  assert.equal(chunked.body.total_records, 2500);
});

test('foreign hosts and origins, unknown addresses, wrong methods and bad filters are refused by name', async () => {
  assert.match(await raw('GET /api/v1/health/live HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 421 /);
  const foreign = await service.fetch('/import', { method: 'DELETE', headers: { origin: 'http://evil.example' } });
  assertRefused({ status: foreign.status, body: await foreign.json() }, 403, 'FOREIGN_ORIGIN');
  assertRefused(await service.ask('GET /nowhere'), 404, 'NOT_FOUND');
  const wrong = await service.ask('PUT /sync/status');
  assertRefused(wrong, 405, 'METHOD_NOT_ALLOWED');
  assert.match(wrong.headers.get('allow'), /^GET\b/);
  assertRefused(await service.ask('GET /history?limit=0'), 400, 'BAD_FIELD');
  assertRefused(await service.ask('GET /history?from=yesterday'), 400, 'BAD_FIELD');
  assertRefused(await service.ask('GET /history?usr=mary'), 400, 'UNKNOWN_FIELD');
  assertRefused(await service.ask('GET /sync/jobs/nothing-like-it'), 404, 'JOB_NOT_FOUND');
  assertRefused(await service.ask('POST /import/tautulli', { db_path: '/etc/passwd' }), 403, 'PATH_NOT_ALLOWED');
});

test('the pages of the history, whatever their size, are the export', async () => {
  const plays = await service.exported();
  assert.equal(plays.length, source.manifest.expected.imported);
  for (const limit of [37, 1000]) {
    const listed = [];
    for (let cursor = ''; cursor !== null;) {
      const page = await service.fetched(`/history?limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      assert.ok(page.items.length <= limit);
      listed.push(...page.items);
      cursor = page.next;
    }
    assert.deepEqual(listed, plays);
  }
  const starts = plays.map(({ started_at: at }) => at);
  assert.deepEqual(starts, [...starts].sort().reverse());
});

test('the CSV export has the names as its first line, a line a play, and no cell that is a formula', async () => {
  const text = await (await service.fetch('/history/export?format=csv')).text();
  const [names] = text.split(/\r?\n/);
  for (const name of ['id', 'user', 'started_at', 'title', 'media_type']) assert.ok(names.split(',').includes(name), name);
  assert.ok(text.includes(`"'=HYPERLINK(""http://x"")"`), 'a title that begins with = is neutralised');
  assert.ok(!/(^|,)"?=HYPERLINK/m.test(text));
});

test('filters and summaries tell what the export tells', async () => {
  const plays = await service.exported();
  const mary = plays.filter(({ user }) => user === 'mary');
  const { items } = await service.fetched('/history?user=mary&limit=1000');
  assert.deepEqual(items, mary);
  const summary = await service.fetched('/history/summary?by=user');
  assert.equal(summary.items.reduce((sum, line) => sum + line.plays, 0), plays.length);
});

test('after all of this the gateway is the process it was', () => {
  assert.equal(service.pid('gateway'), pid);
});
