// SPDX-License-Identifier: MIT
// problems.ts - what a person can do about an error: the design document's recovery actions, chosen
// by the error's code, and what to do next in one sentence. The sentences are the gateway's own; ours
// are those of a dead network, and those that say here what the gateway has to say to programs too.
import type { ApiError } from '../lib/api/client.js';

/** wait: it goes on by itself; progress: it is shown; path: correct it; permissions: change them; resume: go on. */
export type Recovery = 'wait' | 'progress' | 'path' | 'permissions' | 'resume' | 'none';

const BY_CODE: Record<string, Recovery> = {
  NETWORK: 'wait',
  IMPORT_RUNNING: 'progress',
  SYNC_RUNNING: 'progress',
  FILE_NOT_FOUND: 'path',
  PATH_NOT_ALLOWED: 'path',
  NOT_TAUTULLI: 'path',
  DATABASE_DAMAGED: 'path',
  ARCHIVE_REFUSED: 'path',
  ACCESS_DENIED: 'permissions',
  TIMEOUT: 'resume',
};

/* Where the gateway's remedy is one for programs. */
const REMEDIES: Record<string, string> = {
  SERVER_CERTIFICATE: 'Compare its fingerprint with the one that the server itself tells, and confirm it if it is the same',
  SERVER_NOT_FOUND: 'It was removed meanwhile',
};

/** The file itself will not do, however often it is tried. */
export function isUnfit(code: string | undefined): boolean {
  return code === 'NOT_TAUTULLI' || code === 'DATABASE_DAMAGED' || code === 'ARCHIVE_REFUSED';
}

export function recoveryOf(error: ApiError): Recovery {
  return error.field === 'db_path' ? 'path' : (BY_CODE[error.code] ?? 'none');
}

/** "in 40 seconds", "in 3 minutes". */
function inTime(seconds: number): string {
  if (seconds < 90) {
    const whole = Math.max(1, Math.ceil(seconds));
    return `in ${whole} ${whole === 1 ? 'second' : 'seconds'}`;
  }
  return `in ${Math.ceil(seconds / 60)} minutes`;
}

/** What to do next, without the full stop; '' where there is nothing to do. */
export function remedyOf(error: ApiError): string {
  const { code, field, retryAfter } = error;
  if (error.status === 429) return retryAfter === undefined ? 'Try again in a while' : `Try again ${inTime(retryAfter)}`;
  if (code === 'PASSWORD_NEEDED') return 'Confirm it to go on';
  if (code === 'SIGN_IN_FAILED' && field !== undefined) return 'Check it and try again'; // one field, and not a name as well
  if (code === 'BAD_FIELD' && field === 'db_path') return 'Choose a database, type its path, or upload one';
  return REMEDIES[code] ?? error.remedy;
}

/** With its full stop, if it is any; a command at its end is to be copied, and gets none. */
export function sentence(words: string): string {
  return words === '' || words.endsWith('.') || /: sqlite3 /.test(words) ? words : `${words}.`;
}

/** Whose file it is and who asks: what is needed to put its permissions right. */
export function permissionWords(error: ApiError): string[] {
  const { owner, mode, service_user: user } = error.details ?? {};
  const words: string[] = [];
  if (owner !== undefined) words.push(`Owner of the file: ${owner}`);
  if (mode !== undefined) words.push(`Its permissions: ${mode}`);
  if (user !== undefined) words.push(`Playbus runs as: ${user}, which needs to read the file and to enter its folders`);
  return words;
}
