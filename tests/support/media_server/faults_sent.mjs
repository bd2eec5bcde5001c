// SPDX-License-Identifier: MIT
// faults_sent.mjs - answers that go wrong on the wire: cut, trickling, never coming, or larger than anyone may take.
// Nothing large is held: bodies are made as the client takes them, and end when it hangs up.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGzip, gzipSync } from 'node:zlib';

const mebibyte = 1_048_576;

export const sends = {
  /** The connection ends amid the body: { bytes: that are sent, chunked: true without a length told }. */
  async cut(response, rendered, { bytes = Math.floor(rendered.body.length / 2), chunked = false }) {
    response.writeHead(rendered.status, chunked ? rendered.headers : { ...rendered.headers, 'content-length': rendered.body.length });
    await new Promise((resolve) => { response.write(rendered.body.subarray(0, bytes), resolve); });
    response.destroy();
  },

  /** The connection ends without an answer. */
  reset(response) {
    response.destroy();
  },

  /** The request is taken, and no answer comes until the client hangs up. */
  silent() {},

  /** A body that trickles: { bytes, everyMs }. */
  async drip(response, rendered, { bytes = 16, everyMs = 100 }) {
    response.writeHead(rendered.status, { ...rendered.headers, 'content-length': rendered.body.length });
    for (let at = 0; at < rendered.body.length && !response.destroyed; at += bytes) {
      response.write(rendered.body.subarray(at, at + bytes));
      await sleep(everyMs);
    }
    response.end();
  },

  /** The right answer, compressed, asked for or not. */
  compressed(response, rendered) {
    const body = gzipSync(rendered.body);
    response.writeHead(rendered.status, { ...rendered.headers, 'content-encoding': 'gzip', 'content-length': body.length });
    response.end(body);
  },

  /** { bytes } of well-formed JSON; announced: true tells the length first. */
  async huge(response, rendered, { bytes = 256 * mebibyte, announced = false }) {
    const [before, after] = padding;
    const length = before.length + Math.ceil(bytes / mebibyte) * mebibyte + after.length;
    response.writeHead(200, { 'content-type': 'application/json', ...(announced ? { 'content-length': length } : {}) });
    await sent(Readable.from(padded(bytes)), response);
  },

  /** The same in some thousandth of its size on the wire. */
  async gzipBomb(response, rendered, { bytes = 256 * mebibyte }) {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    await sent(Readable.from(padded(bytes)), createGzip({ level: 9 }), response);
  },
};

const padding = ['{"MediaContainer":{"size":0', '}}'];

function* padded(bytes) {
  const piece = Buffer.alloc(mebibyte, ' ');
  yield padding[0];
  for (let sentBytes = 0; sentBytes < bytes; sentBytes += mebibyte) yield piece;
  yield padding[1];
}

/** A client that hangs up ends the stream, and that is all. */
async function sent(...streams) {
  await pipeline(streams).catch((error) => {
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}
