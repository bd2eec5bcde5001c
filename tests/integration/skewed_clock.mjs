// SPDX-License-Identifier: MIT
// skewed_clock.mjs - a wall clock that a test sets, for all processes that are started with its `env`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { place, root } from './service.mjs';

export function skewedClock() {
  const skew = path.join(place, 'skew');
  const file = openSync(skew, 'w');
  const library = path.join(place, 'skewed_clock.so');
  assert.equal(spawnSync('gcc', ['-shared', '-fPIC', '-o', library, path.join(root, 'tests/integration/skewed_clock.c')]).status, 0);
  const clock = {
    env: { LD_PRELOAD: library, SKEW_FILE: skew },
    /** So many seconds ahead of what it is, or behind. */
    set(seconds) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(seconds));
      writeSync(file, bytes, 0, 8, 0);
    },
  };
  clock.set(0);
  return clock;
}
