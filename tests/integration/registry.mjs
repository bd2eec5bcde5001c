// SPDX-License-Identifier: MIT
// registry.mjs - what the tests of media servers in the registry share: servers that stand for real ones, the command
// line, and what a test of a server says.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after } from 'node:test';
import { MediaServer } from '../support/media_server.mjs';
import { bin, place } from './service.mjs';

const running = new Set();
after(() => Promise.all([...running].map((media) => media.stop()))); // those of tests that failed

export async function startMedia(options) {
  const media = await MediaServer.start(options);
  running.add(media);
  return media;
}

/** The command line; what it was given on stdin is not in its arguments. */
export function playbus(service, args, stdin = '') {
  return new Promise((resolve) => {
    const child = spawn(path.join(bin, 'playbus'), [...args, '--data', service.data], { stdio: 'pipe', cwd: place });
    const said = { stdout: '', stderr: '' };
    for (const name of Object.keys(said)) child[name].on('data', (text) => { said[name] += text; });
    child.on('close', (status) => resolve({ status, ...said }));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

/** What a test of a server says: 'works', or the code of what is wrong, with the whole answer. */
export async function tested(service, id) {
  const { status, body } = await service.patiently(`POST /servers/${id}/test`);
  assert.ok(status === 200 || (body.success === false && body.error && body.remedy), JSON.stringify(body));
  return { said: status === 200 ? 'works' : body.code, body };
}

export async function removeAll(service) {
  for (const { id } of (await service.fetched('/servers')).items) {
    assert.equal((await service.ask(`DELETE /servers/${id}`)).status, 200);
  }
}
