// SPDX-License-Identifier: MIT
// peopleWords.ts - persons, their accounts and the clocks of servers, in words.
import { duration } from '../../lib/format.js';
import type { AccountRef, ClockSkew, PersonAccount, PersonView } from '../../lib/types/schema.js';

const SERVER_SHOWN = 8; // characters of a server's id: enough to tell servers apart

export function nameOf({ name, id }: Pick<PersonView, 'name' | 'id'>): string {
  return name ?? id;
}

export function accountName({ name, user_id: id }: PersonAccount): string {
  return name ?? id ?? 'without a name';
}

export function serverName(id: string | null): string {
  return id === null || id === '' ? 'an unknown server' : id.length > SERVER_SHOWN + 2 ? `${id.slice(0, SERVER_SHOWN)}…` : id;
}

/** Only accounts that a server knows by an id can be mapped. */
export function refsOf(accounts: readonly PersonAccount[]): AccountRef[] {
  return accounts.flatMap(({ server_id: server, user_id: user }) => (server === null || user === null ? [] : [{ server_id: server, user_id: user }]));
}

export function skewWords({ seconds }: ClockSkew): string {
  if (seconds === 0) return 'agree to the second';
  return seconds > 0 ? `Tautulli is ${duration(seconds)} behind Plex` : `Tautulli is ${duration(-seconds)} ahead of Plex`;
}
