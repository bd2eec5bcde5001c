// SPDX-License-Identifier: MIT
// undo.ts - which jobs a person may ask to undo, and how an element asks its owner to.
import { OPERATIONS } from '../lib/types/operations.js';
import type { JobView } from '../lib/types/sync.js';

/** It has stored something, or may have; whether it can be undone the service knows, and says why not. */
export function isUndoable({ progress, dry_run: dryRun, undone_at: undone }: JobView): boolean {
  return !dryRun && progress.status !== 'running' && undone === undefined && !OPERATIONS[progress.operation].byHistory;
}

export function askToUndo(from: HTMLElement, job: JobView): void {
  from.dispatchEvent(new CustomEvent<JobView>('undo-job', { detail: job, bubbles: true, composed: true }));
}
