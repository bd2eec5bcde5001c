// SPDX-License-Identifier: MIT
// steady.test.mjs - what a person meets when something breaks: processes killed all at once, databases
// damaged or lost, disks that are full or read-only, clocks that jump, readers that stop reading.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { bin, coming, freePort, long, place, until } from './service.mjs';

const playbus = path.join(bin, 'playbus');
const running = new Set();

after(() => {
  for (const child of running) child.kill('SIGTERM');
  return Promise.all([...running].map((child) => child.ended));
});

/** Starts a command; what it says collects in `said` and `logged`. */
function start(args, { env = {}, stdio = ['ignore', 'pipe', 'pipe'] } = {}) {
  const child = spawn(playbus, args, { env: { ...process.env, ...env }, stdio });
  Object.assign(child, { said: '', logged: '' });
  child.stdout?.on('data', (text) => { child.said += text; });
  child.stderr?.on('data', (text) => { child.logged += text; });
  child.ended = new Promise((resolve) => child.on('exit', (status, signal) => resolve(status ?? signal)));
  running.add(child);
  child.ended.then(() => running.delete(child));
  return child;
}

/** Runs a command to its end: {status, stdout, stderr}. */
async function run(...args) {
  const child = start(args);
  const status = await coming(args.join(' '), child.ended);
  return { status, stdout: child.said, stderr: child.logged };
}

/** Waits for the first line of `up`; the address in it. */
async function first(child, word = 'ready') {
  await until(word, () => {
    assert.equal(child.exitCode, null, child.logged);
    return child.said.includes('\n');
  });
  const [, said, address] = /^(\S+) (http:\/\/\S+)\n$/.exec(child.said) ?? [];
  assert.equal(said, word, child.said + child.logged);
  return address;
}

async function up(data, { port = 0, word, env } = {}) {
  const child = start(['up', '--data', data, '--listen', `127.0.0.1:${port}`, '--workers', '1'], { env });
  return { child, address: await first(child, word) };
}

async function stop({ child }) {
  child.kill('SIGTERM');
  assert.equal(await coming('the end of up', child.ended), 0);
}

/** The processes that belong to a data folder, `up` itself not among them: {pid, command}. */
function tree(data) {
  const lock = statSync(path.join(data, 'run/tree.lock'));
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).flatMap((pid) => {
    try {
      const open = readdirSync(`/proc/${pid}/fd`).some((fd) => {
        const file = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false });
        return file?.ino === lock.ino && file.dev === lock.dev;
      });
      return open ? [{ pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8') }] : [];
    } catch { return []; }
  });
}

function kill(pids, signal = 'SIGKILL') {
  for (const pid of pids) {
    try { process.kill(pid, signal); } catch (error) { if (error.code !== 'ESRCH') throw error; }
  }
}

const folder = (name) => {
  const data = path.join(place, name);
  mkdirSync(data, { mode: 0o700 });
  return data;
};

test('after kill -9 of supervisors alone or of everything at once the next up is there at once, at the same address', async () => {
  const data = folder('killed');
  const port = await freePort();
  const supervisors = ({ command }) => /s6-|playbus\0up\0/.test(command);
  for (let turn = 0; turn < (long ? 50 : 6); turn++) {
    const { child } = await up(data, { port });
    const others = tree(data).filter(({ pid }) => pid !== child.pid);
    const victims = turn % 3 === 2 ? others : turn % 3 === 1 ? others.filter(supervisors) : others.filter(({ command }) => command.includes('s6-svscan'));
    kill([child.pid, ...victims.map(({ pid }) => pid)]);
    await coming('the end of up', child.ended);
    const again = await up(data, { port });
    const left = tree(data).filter(({ pid }) => others.some((other) => other.pid === pid));
    assert.deepEqual(left, [], `turn ${turn}`);
    await stop(again);
  }
});
