// SPDX-License-Identifier: MIT
// listener.mjs - one port that speaks HTTP and TLS, told apart by the first byte, as a media server's port is;
// and the certificates it shows, made by openssl. What is open when it closes is cut.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import path from 'node:path';

const tlsHandshake = 22; // the first byte of every TLS connection

export class Listener {
  #net;
  #http;
  #https = null;
  #sockets = new Set();
  port = 0;

  /** handler(request, response); certificate: what Certificate makes, or null for a port without TLS. */
  constructor(host, handler, certificate) {
    this.host = host;
    this.#http = http.createServer(handler);
    if (certificate) this.#https = https.createServer({ key: certificate.key, cert: certificate.pem }, handler);
    this.#net = net.createServer((socket) => this.#accept(socket));
  }

  /** Listens; again on the same port after a close; if it does, nothing happens. */
  async open(port = this.port) {
    if (this.#net.listening) return;
    await new Promise((resolve, reject) => {
      this.#net.once('error', reject);
      this.#net.listen(port, this.host, resolve);
    });
    this.port = this.#net.address().port;
  }

  async close() {
    const closed = new Promise((resolve) => { this.#net.close(resolve); });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** From now on new connections are shown this certificate. */
  show(certificate) {
    this.#https.setSecureContext({ key: certificate.key, cert: certificate.pem });
  }

  #accept(socket) {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {}); // a client that hung up
    socket.once('readable', () => {
      const first = socket.read(1);
      if (first === null) return;
      socket.unshift(first);
      const server = first[0] === tlsHandshake ? this.#https : this.#http;
      if (server) server.emit('connection', socket);
      else socket.destroy();
    });
  }
}

/** A certificate for these names, signed by itself or by `authority`, in files of `folder`. */
export function makeCertificate(folder, name, { names = [], authority = null, isAuthority = false } = {}) {
  const key = path.join(folder, `${name}.key`);
  const file = path.join(folder, `${name}.crt`);
  const asked = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '30',
    '-keyout', key, '-out', file, '-subj', `/CN=${names[0] ?? name}`,
    '-addext', `basicConstraints=critical,CA:${isAuthority ? 'TRUE' : 'FALSE'}`];
  if (names.length > 0) asked.push('-addext', `subjectAltName=${names.map((one) => `${net.isIP(one) ? 'IP' : 'DNS'}:${one}`).join(',')}`);
  if (authority) asked.push('-CA', authority.file, '-CAkey', authority.keyFile);
  execFileSync('openssl', asked, { stdio: 'pipe' });
  const pem = readFileSync(file, 'utf8');
  const sha256 = new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
  return { file, keyFile: key, pem, key: readFileSync(key, 'utf8'), sha256 };
}
