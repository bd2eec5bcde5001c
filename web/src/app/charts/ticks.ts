// SPDX-License-Identifier: MIT
// ticks.ts - where an axis of months, or of a run's time, has its labels: as many as there is room
// for, each at a round place, none twice and none cut off at an edge.
import { duration } from '../../lib/format.js';

const MONTHS = [1, 2, 3, 4, 6, 12, 24, 60, 120];
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000];
const MONTH_ROOM = 76; // px of "Sept 2024"
const YEAR_ROOM = 48;
const EDGE = 12; // px: half of a label may stand there and a little beyond

const monthAndYear = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', timeZone: 'UTC' });

/** Months are counted from the year 0. */
export function monthWords(month: number): string {
  return monthAndYear.format(Date.UTC(Math.floor(month / 12), month % 12));
}

/** What stands at a tick: of Januaries alone the year is enough. */
export function monthTickWords(ticks: readonly number[]): string[] {
  const years = ticks.length > 1 && ticks.every((month) => month % 12 === 0);
  return ticks.map((month) => (years ? String(month / 12) : monthWords(month)));
}

/** Of an axis from `low` to `high`, which are half a month before the first and after the last one. */
export function monthTicks(low: number, high: number, width: number): number[] {
  const px = width / Math.max(1, high - low);
  const step = MONTHS.find((n) => n * px >= (n < 12 ? MONTH_ROOM : YEAR_ROOM)) ?? 240;
  const ticks: number[] = [];
  for (let month = Math.ceil(low); month <= high; month += 1) {
    const round = step < 12 ? (month % 12) % step === 0 : month % step === 0;
    if (round && (high - month) * px >= EDGE) ticks.push(month);
  }
  return ticks;
}

export function secondTicks(low: number, high: number, width: number): number[] {
  const px = width / Math.max(1, high - low);
  const step = SECONDS.find((n) => n * px >= MONTH_ROOM) ?? 1_728_000;
  const ticks: number[] = [];
  for (let t = Math.ceil(low / step) * step; (high - t) * px >= EDGE || t === low; t += step) ticks.push(t);
  return ticks;
}

export function secondWords(t: number): string {
  if (t === 0) return '0';
  if (t % 3600 === 0) return t % 86_400 === 0 ? `${t / 86_400}d` : `${t / 3600}h`;
  return t % 60 === 0 && t < 3600 ? `${t / 60}m` : duration(t);
}
