// SPDX-License-Identifier: MIT
// connected.ts - which media servers are synced, and how they stand together: one line of the summary.
import { count, counted } from '../../lib/format.js';
import type { MediaServer } from '../../lib/types/sync.js';

/** A Tautulli is there for its database alone. */
export function isSynced({ kind }: Pick<MediaServer, 'kind'>): boolean {
  return kind !== 'tautulli';
}

/** Nothing goes on before a person has done something about it. */
export function needsPerson({ enabled, sync }: MediaServer): boolean {
  return enabled && sync?.state === 'stopped' && sync.error !== undefined;
}

function atIt(syncing: number): string {
  return syncing > 0 ? `, ${count(syncing)} syncing` : '';
}

/** "2 servers synced, 1 syncing". */
export function syncedWords(synced: number, syncing: number): string {
  return `${counted(synced, 'server')} synced${atIt(syncing)}`;
}

/** "2 of 3 servers connected, 1 needs you, 1 syncing". */
export function connectedWords(all: readonly MediaServer[], syncing: number): string {
  const servers = all.filter(isSynced);
  if (servers.length === 0) return 'No servers yet';
  const connected = servers.filter((one) => one.enabled && one.test?.works && (!one.sync?.error || one.sync.state === 'partial')).length;
  const needing = servers.filter(needsPerson).length;
  const parts = [`${connected < servers.length ? `${count(connected)} of ` : ''}${counted(servers.length, 'server')} connected`];
  if (needing > 0) parts.push(`${count(needing)} ${needing === 1 ? 'needs' : 'need'} you`);
  return parts.join(', ') + atIt(syncing);
}
