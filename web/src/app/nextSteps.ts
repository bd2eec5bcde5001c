// SPDX-License-Identifier: MIT
// nextSteps.ts - what a person can do about a run that has ended, the likeliest first. Where the form
// is folded away beneath the receipt one of the steps unfolds it.
import { capital } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { Operation, SyncProgress } from '../lib/types/sync.js';
import { isUnfit } from './problems.js';

export type Step = 'run' | 'dry-run' | 'resume' | 'start-new' | 'retry' | 'discard' | 'another' | 'history';

/* Where it is not another of what a run is of. */
const ANOTHER: Partial<Record<Operation, string>> = { plex_historical: 'New Sync' };

export function stepLabel(step: Step, operation: Operation): string {
  const { noun, worksOn } = OPERATIONS[operation];
  const labels: Record<Step, string> = {
    run: `Run this ${noun}`,
    'dry-run': 'Dry run again',
    resume: `Resume ${capital(noun)}`,
    'start-new': `Start New ${capital(noun)}`,
    retry: 'Try again',
    discard: 'Discard',
    another: ANOTHER[operation] ?? `${capital(noun)} another ${worksOn}`,
    history: 'See the history',
  };
  return labels[step];
}

export interface EndedRun {
  progress: SyncProgress;
  /** Nothing has run since. */
  newest: boolean;
  resumable: boolean;
  /** What it was of is another now: to resume would fail. */
  mismatch: boolean;
  /** It can be given up. */
  discardable: boolean;
}

export interface Next {
  words: string;
  steps: readonly Step[];
  /** The first step is what most people want now: the page's one primary button. */
  lead: boolean;
}

export function nextSteps({ progress: p, newest, resumable, mismatch, discardable }: EndedRun, folded: boolean): Next {
  const { noun, worksOn } = OPERATIONS[p.operation];
  const another: Step[] = folded ? ['another'] : [];
  const discard: Step[] = discardable ? ['discard'] : [];
  const unfit = p.status === 'error' && isUnfit(p.error_code); // it would end at the same place again
  if (resumable && unfit) return { words: 'What it stored is kept: the plays before that place.', steps: [...another, 'resume', ...discard], lead: folded };
  if (resumable) {
    const kept = p.dry_run === true ? 'A dry run stores nothing' : 'What it stored is kept';
    const words = mismatch ? `${kept}. To resume it needs the ${worksOn} it began with.` : `${kept}, and it can go on where it ended.`;
    return { words, steps: [...(mismatch ? (['start-new', 'resume'] as const) : (['resume'] as const)), ...discard, ...another], lead: true };
  }
  if (p.dry_run === true && p.status === 'completed') {
    const news = p.imported_records + p.updated_records > 0;
    if (!newest) return { words: '', steps: ['dry-run'], lead: false };
    return news ? { words: '', steps: ['run', ...another], lead: true } : { words: 'There is nothing in it that is not stored already.', steps: [...another, 'run'], lead: folded };
  }
  if (!newest) return { words: '', steps: [], lead: false };
  if (p.status === 'error') {
    return { words: '', steps: unfit ? [...another, 'retry'] : ['retry', ...another], lead: folded || !unfit };
  }
  if (p.status !== 'completed') return { words: '', steps: another, lead: folded };
  const again = `To bring it up to date later, ${noun} the same ${worksOn} again: only what is new is added.`;
  return { words: again, steps: ['history', ...another], lead: folded };
}
