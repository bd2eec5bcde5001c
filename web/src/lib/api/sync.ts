// SPDX-License-Identifier: MIT
// sync.ts - the calls of the Data Sync section, one method each, named after what they do.
import type { ApiClient } from './client.js';
import type {
  CandidatesAnswer,
  HistorySummarised,
  JobGot,
  JobStartedAnswer,
  JobStateAnswer,
  JobsListed,
  Operation,
  OperationStanding,
  RowNotesPage,
  ServerLibrariesTold,
  ServerTold,
  ServersListed,
  SyncStatusResponse,
  UndoPreviewed,
  UploadStored,
  Validation,
} from '../types/sync.js';
import { sendFile, type UploadOptions } from './upload.js';

const VALIDATE_MS = 65_000; // the gateway answers within 60 s with what it knows by then

/** What differs by operation: paths below /api/v1. */
export interface OperationRoutes {
  /** GET: where it stands, and what could be resumed. */
  readonly standing: string;
  /** POST: starts or resumes a run. */
  readonly start: string;
  /** DELETE: stops the run. */
  readonly stop: string;
  /** DELETE: what could be resumed no longer can; absent: that is not offered. */
  readonly clear?: string;
}

/** Which rejected or repaired rows of a job. */
export interface RowNotesQuery {
  job: string;
  repairs?: boolean;
  q?: string;
  code?: string;
  cursor?: string;
  limit?: number;
}

export class SyncApi {
  constructor(private readonly client: ApiClient) {}

  status(): Promise<SyncStatusResponse> {
    return this.client.get('/sync/status');
  }

  standing(routes: OperationRoutes): Promise<OperationStanding> {
    return this.client.get(routes.standing);
  }

  start(path: string, request: object): Promise<JobStartedAnswer> {
    return this.client.post(path, request);
  }

  stop(path: string): Promise<JobStateAnswer> {
    return this.client.delete(path);
  }

  clear(path: string): Promise<JobStateAnswer> {
    return this.client.delete(path);
  }

  servers(signal: AbortSignal): Promise<ServersListed> {
    return this.client.get('/servers', undefined, { signal });
  }

  /** Registers a Tautulli, if it works with this key. */
  async addTautulli(address: string, token: string): Promise<ServerTold> {
    const server = { kind: 'tautulli', address, token };
    await this.client.post('/servers/test', server);
    return this.client.post('/servers', { ...server, name: address.replace(/^https?:\/\//i, '').replace(/\/+$/, '') });
  }

  /** Those that the server has now: it is asked. */
  libraries(serverId: string, signal: AbortSignal): Promise<ServerLibrariesTold> {
    return this.client.get(`/servers/${encodeURIComponent(serverId)}/libraries`, undefined, { signal });
  }

  /** Plays that began within that time, by the server that told of them. */
  playsByServer(from: string, to: string, signal: AbortSignal): Promise<HistorySummarised> {
    return this.client.get('/history/summary', { by: 'server', from, to }, { signal, timeoutMs: VALIDATE_MS });
  }

  validate(dbPath: string, signal?: AbortSignal): Promise<Validation> {
    const options = signal ? { timeoutMs: VALIDATE_MS, signal } : { timeoutMs: VALIDATE_MS };
    return this.client.post('/import/validate', { db_path: dbPath }, options);
  }

  removeUpload(path: string): Promise<unknown> {
    return this.client.delete(`/import/upload?db_path=${encodeURIComponent(path)}`);
  }

  candidates(): Promise<CandidatesAnswer> {
    return this.client.get('/import/candidates');
  }

  jobs(operation: Operation, cursor?: string, limit = 20): Promise<JobsListed> {
    return this.client.get('/sync/jobs', { operation, cursor, limit });
  }

  job(jobId: string): Promise<JobGot> {
    return this.client.get(`/sync/jobs/${encodeURIComponent(jobId)}`);
  }

  rowNotes(query: RowNotesQuery): Promise<RowNotesPage> {
    return this.client.get('/import/errors', { ...query });
  }

  /** What undoing a job would do. */
  undoFigures(jobId: string, signal: AbortSignal): Promise<UndoPreviewed> {
    return this.client.get(`/sync/jobs/${encodeURIComponent(jobId)}/undo`, undefined, { signal, timeoutMs: VALIDATE_MS });
  }

  /** All the rows that a query finds, as a file. */
  rowNotesFile(query: RowNotesQuery): string {
    return this.client.url('/import/errors', { ...query, csv: true });
  }

  /** Sends a database, or with `beside` the -wal of one sent before. */
  upload(file: Blob, name: string, options: UploadOptions & { beside?: string }): Promise<UploadStored> {
    const query = { name, for: options.beside };
    return this.client.recovering(() => sendFile(this.client, '/import/upload', query, file, options));
  }
}
