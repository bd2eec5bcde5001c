// SPDX-License-Identifier: MIT
// filters.ts - which plays the History page shows, as the address bar has it and as the routes are
// asked. Days are those of the person who looks: from the first moment of `from` to the last of `to`.
import type { PlaysQuery } from '../../lib/api/history.js';

export const FILTER_NAMES = ['q', 'server', 'person', 'library', 'type', 'from', 'to'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];
/** Only what was chosen. */
export type Filters = Readonly<Partial<Record<FilterName, string>>>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What is no filter, or no day, is left out: addresses are typed by people. */
export function filtersOf(query: URLSearchParams): Filters {
  const filters: Partial<Record<FilterName, string>> = {};
  for (const name of FILTER_NAMES) {
    const value = query.get(name)?.trim();
    if (value && (!isDay(name) || startOf(value, 0) !== undefined)) filters[name] = value;
  }
  return filters;
}

/** In the order of the names, so that the same view has the same address. */
export function addressOf(filters: Filters, play?: string): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const value = filters[name];
    if (value) query.set(name, value);
  }
  if (play !== undefined) query.set('play', play);
  return query;
}

export function without(filters: Filters, ...names: FilterName[]): Filters {
  return Object.fromEntries(Object.entries(filters).filter(([name]) => !names.includes(name as FilterName)));
}

export function sameFilters(a: Filters, b: Filters): boolean {
  return FILTER_NAMES.every((name) => a[name] === b[name]);
}

export function queryOf({ type, from, to, ...same }: Filters): PlaysQuery {
  const query: PlaysQuery = { ...same };
  if (type !== undefined) query.media_type = type;
  const [begin, end] = [startOf(from, 0), startOf(to, 1)];
  if (begin !== undefined) query.from = begin;
  if (end !== undefined) query.to = end;
  return query;
}

function isDay(name: FilterName): boolean {
  return name === 'from' || name === 'to';
}

/* Midnight where the person is, `later` days on. */
function startOf(day: string | undefined, later: number): string | undefined {
  if (day === undefined || !DAY.test(day)) return undefined;
  const at = new Date(`${day}T00:00`);
  at.setDate(at.getDate() + later);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** "2024-05" as its first and last day. */
export function daysOfMonth(month: number): { from: string; to: string } {
  const [year, index] = [Math.floor(month / 12), month % 12];
  const last = new Date(Date.UTC(year, index + 1, 0)).getUTCDate();
  const name = `${String(year).padStart(4, '0')}-${String(index + 1).padStart(2, '0')}`;
  return { from: `${name}-01`, to: `${name}-${String(last).padStart(2, '0')}` };
}
