// SPDX-License-Identifier: MIT
// format.ts - numbers and times as people read them, in the browser's language.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const second = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const ago = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export function count(n: number): string {
  return whole.format(n);
}

/** "1 record", "1,200 records". */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** As at the beginning of a sentence. */
export function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** One decimal, cut and not rounded: 99.96 is not yet 100. */
export function percent(n: number): string {
  return n >= 100 ? '100%' : `${(Math.floor(Math.max(0, n) * 10) / 10).toFixed(1)}%`;
}

/** "45s", "4m 30s", "2h 05m", "3d 4h". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${String(s % 60).padStart(2, '0')}s`;
  const m = Math.floor(s / 60);
  if (m < 24 * 60) return `${Math.floor(m / 60)}h ${String(m % 60).padStart(2, '0')}m`;
  return `${Math.floor(m / 1440)}d ${Math.floor((m % 1440) / 60)}h`;
}

export function rate(perSecond: number): string {
  return `${count(perSecond < 10 ? Math.ceil(perSecond) : perSecond)} records/sec`;
}

export function bytes(n: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = n;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

function formatted(iso: string | undefined, by: Intl.DateTimeFormat): string {
  const at = Date.parse(iso ?? '');
  return Number.isNaN(at) ? 'unknown' : by.format(at);
}

export function dateTime(iso: string | undefined): string {
  return formatted(iso, moment);
}

/** To the second. */
export function dateTimeSecond(iso: string | undefined): string {
  return formatted(iso, second);
}

/** With the day of the week and the zone. */
export function exactTime(iso: string | undefined): string {
  return formatted(iso, exact);
}

export function date(iso: string | undefined): string {
  return formatted(iso, day);
}

/** "in 12 minutes", "any moment". */
export function ahead(iso: string | undefined, nowMs: number): string {
  const at = Date.parse(iso ?? '');
  if (Number.isNaN(at)) return 'at an unknown time';
  const minutes = Math.ceil((at - nowMs) / 60_000);
  if (minutes < 1) return 'any moment';
  if (minutes < 90) return ago.format(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? ago.format(hours, 'hour') : ago.format(Math.round(hours / 24), 'day');
}

/** "2 days ago", "just now". */
export function since(iso: string | undefined, nowMs: number): string {
  const at = Date.parse(iso ?? '');
  if (Number.isNaN(at)) return 'at an unknown time';
  const minutes = Math.floor((nowMs - at) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return ago.format(-minutes, 'minute');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return ago.format(-hours, 'hour');
  const days = Math.floor(hours / 24);
  if (days < 61) return ago.format(-days, 'day');
  return days < 730 ? ago.format(-Math.floor(days / 30.44), 'month') : ago.format(-Math.floor(days / 365.25), 'year');
}
