// SPDX-License-Identifier: MIT
// @vitest-environment node
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';

const BUDGET_BYTES = 60 * 1024;

let output: string;
const read = (name: string) => readFileSync(join(output, name));

beforeAll(() => {
  output = join(mkdtempSync(join(tmpdir(), 'playbus-web-')), 'web');
  execFileSync(process.execPath, ['build.mjs', output, '0.0.0'], { cwd: fileURLToPath(new URL('.', import.meta.url)) });
}, 60_000);
afterAll(() => rmSync(join(output, '..'), { recursive: true, force: true }));

/** What a browser fetches before Data Sync can be used: what the index names, and what that imports. */
function neededAtFirst(): string[] {
  const found = new Set<string>();
  const follow = (name: string) => {
    if (found.has(name)) {
      return;
    }
    found.add(name);
    if (name.endsWith('.js')) {
      const imports = read(name).toString().matchAll(/(?:import|from)"\.\/([^"]+\.js)"/g);
      [...imports].forEach(([, chunk]) => follow(`assets/${chunk}`));
    }
  };
  [...read('index.html').toString().matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].forEach(([, name]) => follow(name!));
  return ['index.html', ...found];
}

it('what Data Sync needs at first weighs at most 60 KiB with gzip', () => {
  const sizes = neededAtFirst().map((name) => [name, statSync(join(output, `${name}.gz`)).size] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(BUDGET_BYTES);
  expect(sizes.map(([name]) => basename(name)).filter((name) => name.startsWith('plots'))).toEqual([]);
});

it('each file has its compressed forms beside it, and they hold the same bytes', () => {
  const files = ['index.html', ...readdirSync(join(output, 'assets')).map((name) => `assets/${name}`)];
  const plain = files.filter((name) => !/\.(br|gz)$/.test(name));
  for (const name of plain) {
    expect(gunzipSync(read(`${name}.gz`)).equals(read(name)), name).toBe(true);
    expect(brotliDecompressSync(read(`${name}.br`)).equals(read(name)), name).toBe(true);
  }
  expect(files).toHaveLength(plain.length * 3 - 2);
});

it('assets carry the hash of their content in their names, and the index has nothing inline', () => {
  for (const name of readdirSync(join(output, 'assets'))) {
    expect(name).toMatch(/^[A-Za-z.]+-[A-Z0-9]{8}\.(js|css|svg)(\.br|\.gz)?$/);
  }
  const page = read('index.html').toString();
  expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
});
