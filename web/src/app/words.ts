// SPDX-License-Identifier: MIT
// words.ts - where a run stands, in words; the same for the eye and for a screen reader.
import { capital, count, counted, duration, percent } from '../lib/format.js';
import { ACTORS } from '../lib/types/actors.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { Phase, Status, SyncProgress } from '../lib/types/sync.js';

const OUTCOMES: Record<Exclude<Status, 'idle'>, string> = {
  running: 'Running',
  completed: 'Completed',
  error: 'Failed',
  cancelled: 'Stopped',
};

export const OUTCOME_BADGES: Record<Status, string> = { idle: '', running: 'accent', completed: 'good', error: 'bad', cancelled: 'warn' };

/** "an import", "a sync". */
export function oneOf(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

export function outcomeWord({ status, operation }: SyncProgress): string {
  return status === 'idle' ? `Ready to ${OPERATIONS[operation].noun}` : OUTCOMES[status];
}

/** What a screen reader and the summary call a run. */
export function runName({ dry_run: dryRun, operation }: SyncProgress): string {
  return dryRun === true ? 'Dry run' : capital(OPERATIONS[operation].noun);
}

function phaseName(phase: Phase, { dry_run: dryRun, operation }: SyncProgress): string {
  switch (phase) {
    case 'opening':
      return `Opening the ${OPERATIONS[operation].worksOn}...`;
    case 'planning':
      return 'Counting records...';
    case 'importing':
      return dryRun === true ? 'Checking records...' : `${capital(OPERATIONS[operation].doing)} records...`;
    case 'waiting':
      return 'Waiting...';
    case 'finishing':
      return 'Writing the receipt...';
  }
}

/** What stands after "Status:". */
export function phaseWords(progress: SyncProgress): string {
  if (progress.status !== 'running') return outcomeWord(progress);
  if (progress.waiting_for !== undefined) {
    const subject = progress.waiting_for === 'source' ? OPERATIONS[progress.operation].waitsFor : ACTORS[progress.waiting_for]?.called;
    return `Waiting for ${subject ?? progress.waiting_for}...`;
  }
  return phaseName(progress.phase ?? 'opening', progress);
}

/** Why rows were skipped; '' where none was. */
export function skippedWords(progress: SyncProgress): string {
  if (progress.skipped_records === 0) return '';
  const parts = [counted(progress.duplicate_records, 'duplicate')];
  if (progress.merged_records > 0) parts.push(`${count(progress.merged_records)} merged`);
  return parts.join(', ');
}

export function remainingWords(progress: SyncProgress): string {
  if (progress.total_records === 0 && progress.processed_records > 0) return 'not known';
  const unknown = progress.records_per_second <= 0 || progress.phase === 'waiting';
  return unknown ? 'calculating…' : `~${duration(progress.estimated_remaining_seconds)}`;
}

/** A progress in one short sentence, for a screen reader. */
export function spokenProgress(progress: SyncProgress): string {
  if (progress.total_records === 0) return `${runName(progress)} ${counted(progress.processed_records, 'record')} so far`;
  return `${runName(progress)} ${percent(progress.progress_percent)}, ${count(progress.processed_records)} of ${counted(progress.total_records, 'record')}`;
}

/** How a run ended, in one sentence. */
export function endedWords(progress: SyncProgress): string {
  const name = runName(progress);
  if (OPERATIONS[progress.operation].byHistory && progress.status !== 'error') return `${name} ${OUTCOMES[progress.status as 'completed'].toLowerCase()}: ${counted(progress.processed_records, 'row')}`;
  const stored = progress.dry_run === true ? 'would be imported' : 'imported';
  const figures = `${count(progress.imported_records)} ${stored}, ${count(progress.skipped_records)} skipped, ${count(progress.error_count)} rejected`;
  if (progress.status === 'completed') return `${name} completed: ${figures}`;
  if (progress.status === 'cancelled') return `${name} stopped: ${figures}`;
  return `${name} failed: ${progress.error ?? progress.message ?? 'unknown reason'}`;
}

/** Plays that are stored twice: nothing that a person has to do something about. */
export function doubledWords(plays: number): string {
  const [are, they] = plays === 1 ? ['is', 'It is'] : ['are', 'They are'];
  return `${counted(plays, 'play')} ${are} stored twice: an earlier version of Playbus took a changed database for another. ${they} joined when plays are grouped anew.`;
}

/** One line for an operation; how far it is only where nothing else tells it. */
export function summaryWords(progress: SyncProgress, when: (iso: string | undefined) => string, exact: boolean): string {
  const name = runName(progress);
  switch (progress.status) {
    case 'idle':
      return outcomeWord(progress);
    case 'running':
      return `${name} in progress${exact ? `, ${percent(progress.progress_percent)}` : ''}`;
    default:
      return `${name} ${OUTCOMES[progress.status].toLowerCase()} (${when(progress.end_time)})`;
  }
}
