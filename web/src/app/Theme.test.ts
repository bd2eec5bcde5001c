// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Theme } from './Theme.js';

class MemoryStore {
  private readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

it('a chosen theme is there again after a reload, and system leaves the page as it is', () => {
  const store = new MemoryStore();
  new Theme(document.createElement('html'), store).choose('dark');
  const reloaded = document.createElement('html');
  const theme = new Theme(reloaded, store);
  expect(reloaded.dataset['theme']).toBe('dark');
  theme.choose('system');
  expect(reloaded.dataset['theme']).toBeUndefined();
  expect(new Theme(document.createElement('html'), store).choice).toBe('system');
});

it('a browser that forbids storage still changes its theme', () => {
  const forbidden = {
    getItem: () => { throw new Error('forbidden'); },
    setItem: () => { throw new Error('forbidden'); },
    removeItem: () => { throw new Error('forbidden'); },
  };
  const root = document.createElement('html');
  new Theme(root, forbidden).choose('light');
  expect(root.dataset['theme']).toBe('light');
});

it('dark is the same whether the system or the person has it so, and leaves no colour light', () => {
  const css = readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'theme.css'), 'utf8');
  const block = (selector: string) => css.slice(css.indexOf(`${selector} {`)).split('}', 1)[0]!.split('\n').slice(1).map((line) => line.trim());
  const names = (lines: string[]) => lines.filter((line) => line.startsWith('--')).map((line) => line.split(':')[0]);
  const dark = block(":root[data-theme='dark']");
  expect(block(":root:not([data-theme='light'])")).toEqual(dark);
  expect(names(block(':root')).filter((name) => !names(dark).includes(name))).toEqual(['--pb-on-error-fill']);
});
