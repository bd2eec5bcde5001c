// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PageAnnouncer } from './announcer.js';

let announcer: PageAnnouncer;
const heard = (live: string) => document.querySelector(`[aria-live='${live}']`)?.textContent;

beforeEach(() => {
  vi.useFakeTimers();
  announcer = new PageAnnouncer(document.body, () => Date.now());
});
afterEach(() => {
  announcer.remove();
  vi.useRealTimers();
});

it('progress is spoken at most every five seconds, and the newest text wins', () => {
  announcer.paced('1 percent');
  expect(heard('polite')).toBe('1 percent');
  announcer.paced('2 percent');
  announcer.paced('3 percent');
  vi.advanceTimersByTime(4900);
  expect(heard('polite')).toBe('1 percent');
  vi.advanceTimersByTime(200);
  expect(heard('polite')).toBe('3 percent');
});

it('an error is spoken at once, whatever progress waits', () => {
  announcer.paced('1 percent');
  announcer.assertive('Database file not found');
  expect(heard('assertive')).toBe('Database file not found');
});

it('there is exactly one polite and one assertive region, and none after removal', () => {
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(2);
  announcer.remove();
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(0);
});
