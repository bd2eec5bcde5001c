// SPDX-License-Identifier: MIT
// week.ts - the plays of the last seven days by media server: one question a day, however many servers there are. A day
// is one of the person who looks.
import type { SyncApi } from '../../lib/api/sync.js';

export interface Day {
  /** Its first moment. */
  readonly from: Date;
  /** The first one of the next day. */
  readonly to: Date;
}

export interface Week {
  /** Today is the last one. */
  readonly days: readonly Day[];
  /** Plays on each of the days, by what a server says it is. */
  readonly plays: ReadonlyMap<string, readonly number[]>;
  /** Some plays are not counted yet. */
  readonly counting: boolean;
}

const DAYS = 7;

export function lastDays(now: Date): Day[] {
  const at = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days);
  return Array.from({ length: DAYS }, (_, i) => ({ from: at(i + 1 - DAYS), to: at(i + 2 - DAYS) }));
}

export async function playsOfWeek(api: SyncApi, now: Date, signal: AbortSignal): Promise<Week> {
  const days = lastDays(now);
  const told = await Promise.all(days.map(({ from, to }) => api.playsByServer(from.toISOString(), to.toISOString(), signal)));
  const plays = new Map<string, number[]>();
  told.forEach(({ items }, day) => {
    for (const { key, plays: n } of items) {
      if (key === null) continue;
      const mine = plays.get(key) ?? days.map(() => 0);
      mine[day] = n;
      plays.set(key, mine);
    }
  });
  return { days, plays, counting: told.some(({ waiting }) => waiting !== undefined) };
}

/** Of a server; undefined: what it is was never told. */
export function playsOf(week: Week | undefined, identity: string | null | undefined): readonly number[] | undefined {
  if (!week || identity === null || identity === undefined) return undefined;
  return week.plays.get(identity) ?? week.days.map(() => 0);
}
