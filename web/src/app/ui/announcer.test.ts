// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PageAnnouncer } from './announcer.js';

let announcer: PageAnnouncer;
const region = (live: string) => document.querySelector(`[aria-live='${live}']`);

beforeEach(() => {
  announcer = new PageAnnouncer(document.body);
});
afterEach(() => announcer.remove());

it('the same sentence twice is two announcements: the second is a new node', () => {
  announcer.assertive('Database file not found');
  const first = region('assertive')?.firstElementChild;
  announcer.assertive('Database file not found');
  expect(region('assertive')?.textContent).toBe('Database file not found');
  expect(region('assertive')?.firstElementChild).not.toBe(first);
});

it('what is said is text and never markup', () => {
  announcer.polite('<img src=x>');
  expect(region('polite')?.querySelector('img')).toBeNull();
  expect(region('polite')?.textContent).toBe('<img src=x>');
});

it('there is exactly one polite and one assertive region, and none after removal', () => {
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(2);
  announcer.remove();
  expect(document.querySelectorAll('[aria-live]')).toHaveLength(0);
});

it('old news is gone after five seconds, counted from the newest', () => {
  vi.useFakeTimers();
  announcer.assertive('Connection lost. Retrying...');
  vi.advanceTimersByTime(4000);
  announcer.assertive('Database file not found');
  vi.advanceTimersByTime(4000);
  expect(region('assertive')?.textContent).toBe('Database file not found');
  vi.advanceTimersByTime(1000);
  expect(region('assertive')?.textContent).toBe('');
  vi.useRealTimers();
});
