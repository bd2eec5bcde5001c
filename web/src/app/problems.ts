// SPDX-License-Identifier: MIT
// problems.ts - what a person can do about an error: the design document's recovery actions, chosen
// by the error's code. The sentences are the gateway's own; only those of a dead network are ours.
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

export function recoveryOf(error: ApiError): Recovery {
  return error.field === 'db_path' ? 'path' : (BY_CODE[error.code] ?? 'none');
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
