// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { running } from '../test/fakes.js';
import { nextSteps, type EndedRun } from './nextSteps.js';

const ended = (progress: Parameters<typeof running>[0], more: Partial<EndedRun> = {}): EndedRun =>
  ({ progress: running(progress), newest: true, resumable: false, mismatch: false, discardable: true, ...more });

it.each<[string, EndedRun, string]>([
  ['a dry run is made real', ended({ status: 'completed', dry_run: true }), 'run'],
  ['a dry run that found nothing new gives way to another', ended({ status: 'completed', dry_run: true, imported_records: 0, updated_records: 0 }), 'another'],
  ['a stopped run goes on', ended({ status: 'cancelled' }, { resumable: true }), 'resume'],
  ['one whose database was replaced begins anew', ended({ status: 'error', error_code: 'RESUME_MISMATCH' }, { resumable: true, mismatch: true }), 'start-new'],
  ['what failed for a reason that passes is tried again', ended({ status: 'error', error_code: 'DATABASE_BUSY' }), 'retry'],
  ['a damaged database gives way to another', ended({ status: 'error', error_code: 'DATABASE_DAMAGED' }, { resumable: true }), 'another'],
  ['what is no database gives way to another', ended({ status: 'error', error_code: 'NOT_TAUTULLI' }), 'another'],
  ['after a complete one the plays are looked at', ended({ status: 'completed' }), 'history'],
  ['what was discarded is done with', ended({ status: 'cancelled' }), 'another'],
])('%s, with the form folded away', (_, run, first) => {
  const next = nextSteps(run, true);
  expect([next.steps[0], next.lead]).toEqual([first, true]);
  expect(next.steps).toContain('another');
});

it('no step is the form where the form is there, and then the form leads where nothing is likelier', () => {
  expect(nextSteps(ended({ status: 'completed' }), false)).toMatchObject({ steps: ['history'], lead: false });
  expect(nextSteps(ended({ status: 'error', error_code: 'DATABASE_DAMAGED' }, { resumable: true }), false)).toMatchObject({ steps: ['resume', 'discard'], lead: false });
  expect(nextSteps(ended({ status: 'cancelled' }, { resumable: true }), false)).toMatchObject({ steps: ['resume', 'discard'], lead: true });
});

it('an older run leads nowhere', () => {
  expect(nextSteps(ended({ status: 'completed', dry_run: true }, { newest: false }), false)).toMatchObject({ steps: ['dry-run'], lead: false });
  expect(nextSteps(ended({ status: 'error' }, { newest: false }), false)).toMatchObject({ steps: [], lead: false });
});

it('what can be resumed is given up only where there is a way to', () => {
  expect(nextSteps(ended({ status: 'cancelled' }, { resumable: true, discardable: false }), true).steps).toEqual(['resume', 'another']);
});
