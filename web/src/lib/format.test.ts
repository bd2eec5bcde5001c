// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { bytes, counted, duration, percent, rate, since } from './format.js';

it('times are short and never negative', () => {
  expect([0, 45, 90, 270, 3_900, 100_000, -5].map(duration)).toEqual(['0s', '45s', '1m 30s', '4m 30s', '1h 05m', '1d 3h', '0s']);
});

it('percent is cut, not rounded: nothing is done before it is done', () => {
  expect([0, 67.56, 99.99, 100].map(percent)).toEqual(['0.0%', '67.5%', '99.9%', '100%']);
});

it('a slow rate is not called none', () => {
  expect([125.4, 0.2].map(rate)).toEqual(['125 records/sec', '1 records/sec']);
});

it('sizes and counts have their units', () => {
  expect([0, 999, 91_136_000, 684_000_000].map(bytes)).toEqual(['0 bytes', '999 bytes', '91.1 MB', '684 MB']);
  expect([counted(1, 'record'), counted(50_000, 'record')]).toEqual(['1 record', '50,000 records']);
});

it('what was long ago is told in months and years', () => {
  const now = Date.parse('2026-06-01T00:00:00Z');
  const ago = (days: number): string => since(new Date(now - days * 86_400_000).toISOString(), now);
  expect([0, 1, 5, 90, 1000].map(ago)).toEqual(['just now', '24 hours ago', '5 days ago', '2 months ago', '2 years ago']);
  expect(since('not a time', now)).toBe('at an unknown time');
});
