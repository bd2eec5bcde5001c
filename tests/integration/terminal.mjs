// SPDX-License-Identifier: MIT
// terminal.mjs - a terminal of a given width to type commands on, and how wide what it shows is.
import { execFile } from 'node:child_process';

import { bin } from './service.mjs';

/** A terminal's cells: most characters take one, those of East Asia two, marks none. */
export function cells(line) {
  let sum = 0;
  for (const c of line) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(c)) continue;
    sum += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(c) ? 2 : 1;
  }
  return sum;
}

/** What a screen shows: a line that is drawn again is as wide as its widest state. */
export const lines = (text) => text.replaceAll(/\u001b\[K/g, '').split(/\r*\n|\r/);

export function environment(folder) {
  const env = { ...process.env, HOME: folder, PATH: `${bin}:${process.env.PATH}`, TZ: 'CET-1CEST,M3.5.0,M10.5.0/3', PLAYBUS_GATEWAY_LISTEN: '127.0.0.1:0' };
  delete env.XDG_DATA_HOME;
  delete env.PLAYBUS_DATA;
  delete env.COLUMNS;
  return env;
}

/** Types a command on a terminal; {status, text}. */
export function type(folder, columns, command) {
  return new Promise((resolve) => {
    execFile('script', ['-qec', `stty cols ${columns} rows 40; ${command}`, '/dev/null'],
      { cwd: folder, env: { ...environment(folder), SHELL: '/bin/bash' }, timeout: 120_000, maxBuffer: 1 << 26 },
      (error, stdout) => resolve({ status: error ? error.code : 0, text: stdout })).stdin.end();
  });
}
