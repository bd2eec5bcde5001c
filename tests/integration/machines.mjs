// SPDX-License-Identifier: MIT
// machines.mjs - import workers on other machines, for a test: a data folder and a process for each, and a cable
// between one and this machine, which can be pulled. Such a machine is a network namespace behind a pair of veth.
// Everything started or made here goes when the file ends.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import { bin, place, until } from './service.mjs';

const playbus = path.join(bin, 'playbus');
const started = new Set();

/** A worker's machine: a data folder, a folder of its own for databases, and how a program is run on it. */
export class Machine {
  constructor(name, through = [], files = path.join(place, `${name}-files`)) {
    this.data = path.join(place, `${name}-data`);
    this.files = files;
    mkdirSync(files, { recursive: true });
    this.through = through;
    this.logged = '';
  }

  spawn(...args) {
    const [program, ...rest] = [...this.through, playbus, 'worker', ...args];
    return spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** {status, said}: of `playbus worker join` with this line. */
  join(invitation) {
    const child = this.spawn('join', '--data', this.data);
    let said = '';
    child.stderr.on('data', (text) => { said += text; });
    child.stdin.end(`${invitation}\n`);
    return new Promise((resolve) => { child.on('close', (status) => resolve({ status, said })); });
  }

  work() {
    this.child = this.spawn('run', '--data', this.data, '--allow', this.files);
    this.child.stderr.on('data', (text) => { this.logged = (this.logged + text).slice(-20_000); });
    this.ended = new Promise((resolve) => { this.child.on('exit', resolve); });
    started.add(this);
  }

  async stop(signal = 'SIGTERM') {
    started.delete(this);
    this.child.kill(signal);
    await this.ended;
  }

  get key() { return path.join(this.data, 'worker/worker.key'); }
}

after(() => Promise.all([...started].map((machine) => machine.stop())));

export async function invite(service, more = {}) {
  const { status, body } = await service.patiently('POST /workers', more);
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

export const listed = async (service) => (await service.fetched('/workers')).items;
export const worker = async (service, name) => (await listed(service)).find((one) => one.name === name);
export const connected = (service, name) => until(`${name} is connected`, async () => (await worker(service, name))?.state === 'connected');

export async function joined(service, machine, name, more = {}) {
  const { invitation } = await invite(service, { name, ...more });
  const { status, said } = await machine.join(invitation);
  assert.equal(status, 0, said);
  machine.work();
  await connected(service, name).catch((error) => { throw new Error(`${error.message}\n${machine.logged}`); });
}

const call = (program, args, input) => execFileSync(program, args, { input, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] }).toString();
const ip = (...args) => call('ip', args);
let cables = 0;

/** Another machine's network and the cable to it. `forbidden`: why there can be none; '' if there is one. */
export class Cable {
  constructor() {
    const tag = `${process.pid % 10_000}${String.fromCharCode(97 + cables)}`;
    const net = `10.${213 + cables++}.${process.pid % 250}`;
    this.space = `playbus-${tag}`;
    this.ends = [`pbm${tag}`, `pbw${tag}`];
    this.here = `${net}.1`;
    this.there = `${net}.2`;
    this.through = ['ip', 'netns', 'exec', this.space];
    this.forbidden = this.#lay();
    after(() => this.#remove());
  }

  #lay() {
    const [near, far] = this.ends;
    try {
      ip('netns', 'add', this.space);
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', this.space);
      ip('addr', 'add', `${this.here}/24`, 'dev', near);
      ip('link', 'set', near, 'up');
      ip('-n', this.space, 'addr', 'add', `${this.there}/24`, 'dev', far);
      ip('-n', this.space, 'link', 'set', far, 'up');
      ip('-n', this.space, 'link', 'set', 'lo', 'up');
      return '';
    } catch (error) {
      this.#remove();
      return `this machine forbids network namespaces: ${String(error.stderr ?? error.message).trim()}`;
    }
  }

  #remove() {
    for (const args of [['link', 'del', this.ends[0]], ['netns', 'del', this.space]]) {
      try { ip(...args); } catch { /* it is not there */ }
    }
  }

  on(program, ...args) { return call('ip', ['netns', 'exec', this.space, program, ...args]); }

  slow(rate) { this.on('tc', 'qdisc', 'add', 'dev', this.ends[1], 'root', 'tbf', 'rate', rate, 'burst', '16kb', 'latency', '2s'); }

  fast() { this.on('tc', 'qdisc', 'del', 'dev', this.ends[1], 'root'); }

  /** `which`: 'both' ends see the link go; 'out': what the worker sends is lost, unseen; 'in': what it is sent. */
  pull(which = 'both') {
    if (which === 'both') return ip('link', 'set', this.ends[0], 'down');
    const [hook, name] = which === 'out' ? ['output', 'oifname'] : ['input', 'iifname'];
    return call('ip', ['netns', 'exec', this.space, 'nft', '-f', '-'],
      `table inet cable {\n chain cut {\n type filter hook ${hook} priority 0\n ${name} != "lo" drop\n }\n}\n`);
  }

  heal() {
    ip('link', 'set', this.ends[0], 'up');
    try { this.on('nft', 'delete', 'table', 'inet', 'cable'); } catch { /* it was the link */ }
  }
}
