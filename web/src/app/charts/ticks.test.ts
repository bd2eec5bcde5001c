// SPDX-License-Identifier: MIT
import { describe, expect, it } from 'vitest';
import { monthTickWords, monthTicks, monthWords, secondTicks, secondWords } from './ticks.js';

const FIRST = 2016 * 12 + 6;

describe.each([1, 2, 3, 7, 13, 24, 60, 200, 700])('an axis of %i months', (months) => {
  it.each([180, 300, 420, 900])('has each label once, where there is room for it, at %i px', (width) => {
    const [low, high] = [FIRST - 0.5, FIRST + months - 0.5];
    const ticks = monthTicks(low, high, width);
    const words = monthTickWords(ticks);
    const px = width / months;
    expect(ticks.length).toBeGreaterThan(0);
    expect(new Set(words).size).toBe(words.length);
    for (const [i, month] of ticks.entries()) {
      expect(Number.isInteger(month) && month >= FIRST && month < FIRST + months).toBe(true);
      if (i > 0) expect((month - (ticks[i - 1] ?? 0)) * px).toBeGreaterThanOrEqual((words[i]?.length ?? 0) * 7);
    }
    expect((high - (ticks.at(-1) ?? 0)) * px).toBeGreaterThanOrEqual(10);
  });
});

it('three months are all named, and many by their years', () => {
  expect(monthTickWords(monthTicks(FIRST - 0.5, FIRST + 2.5, 420))).toEqual([FIRST, FIRST + 1, FIRST + 2].map(monthWords));
  expect(monthTickWords(monthTicks(FIRST - 0.5, FIRST + 199.5, 420))).toEqual(['2018', '2020', '2022', '2024', '2026', '2028', '2030', '2032']);
});

it.each([[1, 300], [45, 300], [600, 900], [90_000, 400]])('an axis of %i seconds has round labels, each once', (seconds, width) => {
  const words = secondTicks(0, seconds, width).map(secondWords);
  expect(words[0]).toBe('0');
  expect(new Set(words).size).toBe(words.length);
  expect(words.join(' ')).not.toMatch(/00s|00m/);
});
