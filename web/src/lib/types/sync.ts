// SPDX-License-Identifier: MIT
// sync.ts - the names of the design document for what the generated schema already says, and the few
// shapes that only REST and WebSocket have.
import type {
  HistorySummarised,
  ImportCandidates,
  ImportStarted,
  ImportStatus,
  ImportStart,
  ImportValidated,
  JobGot,
  JobState,
  JobsListed,
  NoteView,
  NotesListed,
  Operation,
  Progress,
  RawCell,
  ServerLibrariesTold,
  ServerTold,
  ServersListed,
  SyncError,
  UndoPreviewed,
  UploadStored,
} from './schema.js';

export type {
  Candidate,
  JobSample,
  JobView,
  LastSuccess,
  Operation,
  Phase,
  ReasonCount,
  Receipt,
  ReceiptLine,
  Refusal,
  Resumable,
  ServerLibrary,
  ServerSyncView,
  ServerView as MediaServer,
  Status,
  SyncTrouble,
} from './schema.js';
export type { HistorySummarised, JobGot, JobsListed, ServerLibrariesTold, ServerTold, ServersListed, SyncError, UndoPreviewed, UploadStored };

export type SyncProgress = Progress;

/** What a person may ask for; ids and names are the gateway's to add. */
export type TautulliImportRequest = Omit<ImportStart, 'job_id' | 'asked_by'>;

/** The same of a Plex sync. */
export interface PlexHistoricalRequest {
  days_back?: number;
  /** None: all. */
  library_ids?: string[];
  server_id?: string;
  resume?: boolean;
}

/** GET /sync/status: a key is absent until its job has run once; of an operation per server it is a plural. */
export type SyncStatusResponse = { [one in Operation]?: SyncProgress } & { [many in `${Operation}s`]?: Record<string, SyncProgress> };

/** The push. `status` stands in `data` and in `data.progress`. */
export interface SyncProgressMessage {
  type: 'sync_progress';
  data: {
    operation: Operation;
    status: SyncProgress['status'];
    server_id?: string;
    progress: Partial<SyncProgress>;
    message?: string;
    error?: string;
    correlation_id?: string;
  };
}

/** Where an operation stands, what of it can be resumed, and what it brought last. */
export type OperationStanding = ImportStatus;
export type JobStartedAnswer = Partial<ImportStarted> & { correlation_id: string; message: string };
export type JobStateAnswer = JobState & { message: string };
export type CandidatesAnswer = ImportCandidates & { next: string | null };

/** media_types is an object by type in REST. */
export type Validation = Omit<ImportValidated, 'media_types'> & { media_types: Record<string, number> };

/** The raw row is an object by column in REST. */
export type RowNote = Omit<NoteView, 'raw'> & { raw: Record<string, Omit<RawCell, 'column'>> };
export type RowNotesPage = Omit<NotesListed, 'items' | 'next'> & { items: RowNote[]; next: string | null };

/** What a run is of, as a person named it; undefined where nothing was named, or may be told. */
export function subjectOf({ db_path: path, title }: { db_path?: string | null; title?: string | null }): string | undefined {
  return path ?? title ?? undefined;
}

/** Where an operation stands before it ever ran. */
export function idleProgress(operation: Operation): SyncProgress {
  return {
    operation,
    status: 'idle',
    total_records: 0,
    processed_records: 0,
    imported_records: 0,
    skipped_records: 0,
    error_count: 0,
    progress_percent: 0,
    records_per_second: 0,
    elapsed_seconds: 0,
    estimated_remaining_seconds: 0,
    seq: 0,
    duplicate_records: 0,
    updated_records: 0,
    merged_records: 0,
    vanished_records: 0,
  };
}
