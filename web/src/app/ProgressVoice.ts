// SPDX-License-Identifier: MIT
// ProgressVoice.ts - what a screen reader hears of an import: how it starts and ends at once, what
// goes wrong at once, what it says of its source once, how far it is at most every five seconds, and
// nothing of what was so before.
import type { Clock } from '../lib/clock.js';
import { importOf, type SyncManager, type SyncState } from './SyncManager.js';
import type { Announcer } from './ui/announcer.js';
import { endedWords, spokenProgress } from './words.js';

const PACE_MS = 5_000;

/** Speaks until the returned function is called. */
export function voiceProgress(manager: SyncManager, announcer: Announcer, clock: Clock): () => void {
  let before: SyncState = manager.state;
  let spokeAt = -Infinity;
  const say = (text: string): void => {
    spokeAt = clock.now();
    announcer.polite(text);
  };

  function hearImport(state: SyncState): void {
    const was = importOf(before);
    const is = importOf(state);
    if (was === is) return;
    const sameRun = was.status === is.status && was.job_id === is.job_id;
    if (is.status === 'running') {
      if (!sameRun) say(is.dry_run === true ? 'Dry run started' : 'Import started');
      else if (is.phase === 'importing' && is.message && is.message !== was.message) say(is.message);
      else if (clock.now() - spokeAt >= PACE_MS) say(spokenProgress(is));
    } else if (was.status === 'running') {
      if (is.status === 'error') announcer.assertive(endedWords(is));
      else say(endedWords(is));
    }
  }

  function hearConnection(state: SyncState): void {
    if (state.connection === before.connection) return;
    if (state.connection === 'lost') announcer.assertive('Connection lost. Retrying...');
    else if (before.connection === 'lost' && state.connection !== 'closed') say('Connected again');
  }

  return manager.subscribe((state) => {
    hearImport(state);
    hearConnection(state);
    const { problem } = state;
    if (problem !== undefined && problem !== before.problem && problem.kind !== 'network') {
      announcer.assertive(problem.message);
    }
    before = state;
  });
}
