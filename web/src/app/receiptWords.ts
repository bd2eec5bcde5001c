// SPDX-License-Identifier: MIT
// receiptWords.ts - what became of the rows of a run, in words: the reasons of a receipt, those of
// rows that were not reached included.
import { ERROR_SENTENCES } from '../lib/types/errors.js';
import { capital, count, counted, dateTime, percent } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { ReasonCount, Receipt, SyncProgress } from '../lib/types/sync.js';
import { oneOf } from './words.js';

/* What is no error code among the reasons. */
const REASONS: Record<string, string> = {
  new: 'New plays',
  duplicate: 'Duplicates: stored before, or twice in the source',
  updated: '… of these, completed a stored play',
  changed: '… of these, say otherwise now',
  removed: 'Removed: no other job saw them',
  kept: 'Kept as they are: other jobs saw them too',
  restored: 'Restored to what the other jobs saw',
  split: 'Plays that came apart',
  erased_rows: 'Erased: rows of plays',
  erased_rejected_rows: 'Erased: rejected or repaired rows',
  erased_plays: 'Plays that are gone with them',
  forgotten: 'Kept away: of a person who was forgotten',
  merged: 'Merged with a play that another row told of',
  vanished: 'Gone from the source before they were read',
  not_reached: 'Not reached: the run ended before them',
};

/* What counts some rows of another, or their plays, by that other. */
const PART_OF: Record<string, string> = { updated: 'duplicate', changed: 'duplicate', split: 'removed', erased_plays: 'erased_rows' };

/** No rows of their own. */
export function isPart({ key }: ReasonCount): boolean {
  return key in PART_OF;
}

export function isRejection({ key }: ReasonCount): boolean {
  return key in ERROR_SENTENCES;
}

export function reasonWords({ key }: ReasonCount, dryRun: boolean): string {
  if (key === 'updated' && dryRun) return '… of these, would complete a stored play';
  if (key in ERROR_SENTENCES) return `Rejected: ${ERROR_SENTENCES[key]}`;
  return REASONS[key] ?? capital(key);
}

/** Planned rows that a run which was stopped, or failed, did not come to. */
export function notReached(progress: SyncProgress): number {
  return Math.max(0, progress.total_records - progress.processed_records);
}

/** Every planned row by what became of it; parts stand below what they are of. */
export function wholeReasons({ by_reason: told, not_reached: left = 0 }: Receipt): readonly ReasonCount[] {
  const reasons = left > 0 ? [...told, { key: 'not_reached', n: left }] : told;
  const places = new Map(reasons.map(({ key }, place) => [key, place]));
  const placeOf = ({ key }: ReasonCount): number => places.get(PART_OF[key] ?? key) ?? reasons.length;
  return [...reasons].sort((a, b) => placeOf(a) - placeOf(b) || Number(isPart(a)) - Number(isPart(b)));
}

/** The first sentence of a receipt, where its figures do not say it; '' else. */
export function leadWords(progress: SyncProgress, fresh: boolean): string {
  if (progress.dry_run === true) {
    const { noun, worksOn } = OPERATIONS[progress.operation];
    if (fresh && progress.status === 'completed') return `Nothing was stored. ${capital(noun)}ing this ${worksOn} now would do exactly this:`;
    const far = progress.status === 'completed' ? '' : ', as far as the dry run got';
    return `Nothing was stored. On ${dateTime(progress.end_time)} ${oneOf(noun)} would have done this${far}:`;
  }
  const left = notReached(progress);
  if (left === 0) return '';
  return `The run ended at ${percent(progress.progress_percent)}: ${count(left)} of ${counted(progress.total_records, 'row')} ${left === 1 ? 'was' : 'were'} not reached.`;
}
