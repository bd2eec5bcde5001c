// SPDX-License-Identifier: MIT
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
