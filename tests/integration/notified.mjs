// SPDX-License-Identifier: MIT
// notified.mjs - what systemd would hear of a service that is given NOTIFY_SOCKET: a datagram socket, which Node lacks.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after } from 'node:test';
import { until } from './service.mjs';

/** {socket, states: [{at, state}], child}. */
export async function listen(socket) {
  const child = spawn('perl', ['-MSocket', '-e', '$|=1;socket(S,AF_UNIX,SOCK_DGRAM,0);bind(S,sockaddr_un($ARGV[0]))or die;while(defined recv(S,$b,4096,0)){$b=~tr/\\n/ /;print "$b\\n"}', socket]);
  const states = [];
  child.stdout.on('data', (text) => states.push(...String(text).trim().split('\n').map((state) => ({ at: Date.now(), state }))));
  after(() => child.kill());
  await until('it listens', () => existsSync(socket));
  return { socket, states, child };
}
