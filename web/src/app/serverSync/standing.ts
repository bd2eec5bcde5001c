// SPDX-License-Identifier: MIT
// standing.ts - how the sync of a media server stands, in a badge and in words: what the registry tells of it, and
// the record of its newest run, which is all that a viewer is told.
import { ApiError } from '../../lib/api/client.js';
import { ERROR_REMEDIES } from '../../lib/types/errors.js';
import type { MediaServer, ServerSyncView, SyncProgress, SyncTrouble } from '../../lib/types/sync.js';
import { isRunning } from '../ProgressRecords.js';

export interface SyncStanding {
  /** The badge's kind and its words. */
  readonly badge: '' | 'good' | 'warn' | 'bad' | 'accent';
  readonly words: string;
  /** What is wrong, and since when. */
  readonly trouble?: ApiError;
  readonly since?: string;
}

function troubleOf({ code, text, remedy }: SyncTrouble): ApiError {
  return new ApiError({ kind: 'refused', code, message: text, remedy });
}

/* Where nothing but its newest run tells of it. */
function failureOf(record: SyncProgress | undefined): Pick<SyncStanding, 'trouble' | 'since'> {
  if (record?.status !== 'error') return {};
  const { error = 'It failed', error_code: code = 'SERVER_FAILED', end_time: since } = record;
  const trouble = new ApiError({ kind: 'refused', code, message: error, remedy: record.remedy ?? ERROR_REMEDIES[code] ?? '' });
  return { trouble, ...(since === undefined ? {} : { since }) };
}

function wrongOf(sync: ServerSyncView | undefined, record: SyncProgress | undefined): Pick<SyncStanding, 'trouble' | 'since'> {
  if (!sync) return failureOf(record);
  return sync.error ? { trouble: troubleOf(sync.error), since: sync.error.since } : {};
}

/** `server`: undefined where one may not be told of it. */
export function syncStanding(server: MediaServer | undefined, record: SyncProgress | undefined): SyncStanding {
  if (record && isRunning(record)) return record.phase === 'waiting' ? { badge: 'warn', words: 'Waiting' } : { badge: 'accent', words: 'Syncing' };
  if (server && !server.enabled) return { badge: '', words: 'Switched off' };
  const sync = server?.sync;
  const wrong = wrongOf(sync, record);
  switch (sync?.state) {
    case 'running':
      return { badge: 'accent', words: 'Checking', ...wrong };
    case 'waiting':
      return { badge: 'warn', words: wrong.trouble ? 'Trying again' : 'Waiting', ...wrong };
    case 'partial':
      return { badge: 'warn', words: 'Partial', ...wrong };
    case 'stopped':
      return wrong.trouble ? { badge: 'bad', words: 'Needs you', ...wrong } : { badge: '', words: 'Only when asked' };
    default:
      if (wrong.trouble) return { badge: 'bad', words: 'Failed', ...wrong };
      if (!sync && record?.status === 'cancelled') return { badge: 'warn', words: 'Stopped' };
      return record || sync?.last_checked_at !== undefined ? { badge: 'good', words: 'Up to date' } : { badge: '', words: 'Not synced yet' };
  }
}
