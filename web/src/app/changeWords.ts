// SPDX-License-Identifier: MIT
// changeWords.ts - what duplicates completed of stored plays, and what they say otherwise, in
// sentences: the words of changes.def, for one row and for many. A kind of a newer service is named
// as it is.
import { counted } from '../lib/format.js';
import { ROWS_COMPLETED, ROWS_OTHERWISE } from '../lib/types/rows.js';
import type { ReasonCount } from '../lib/types/sync.js';

/* changes.def has what several rows do; of one the verb is another. */
const OF_ONE: Record<string, string> = { are: 'is', have: 'has' };

function ofOne(words: string): string {
  return words.replace(/^\w+/, (verb) => OF_ONE[verb] ?? `${verb}s`);
}

/** "12 rows completed the titles"; of a dry run what would happen. */
export function completedWords({ key, n }: ReasonCount, dryRun: boolean): string {
  const words = ROWS_COMPLETED[key] ?? `completed ${key}`;
  return `${counted(n, 'row')} ${dryRun ? words.replace(/^completed/, 'would complete') : words}`;
}

/** "399 rows name another user now". */
export function otherwiseWords({ key, n }: ReasonCount): string {
  const words = ROWS_OTHERWISE[key] ?? `have another ${key} now`;
  return `${counted(n, 'row')} ${n === 1 ? ofOne(words) : words}`;
}
