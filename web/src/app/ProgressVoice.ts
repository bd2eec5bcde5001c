// SPDX-License-Identifier: MIT
// ProgressVoice.ts - what a screen reader hears of the operations: how a run starts and ends at once,
// what goes wrong at once, what it says of its source once, how far it is at most every five seconds,
// and nothing of what was so before.
import type { Clock } from '../lib/clock.js';
import type { OperationController, OperationState } from './OperationController.js';
import type { SyncManager } from './SyncManager.js';
import type { Announcer } from './ui/announcer.js';
import { endedWords, runName, spokenProgress } from './words.js';

const PACE_MS = 5_000;

/** Speaks until the returned function is called. */
export function voiceProgress(manager: SyncManager, announcer: Announcer, clock: Clock): () => void {
  let spokeAt = -Infinity;
  const say = (text: string): void => {
    spokeAt = clock.now();
    announcer.polite(text);
  };

  function hearProgress({ progress: was }: OperationState, { progress: is }: OperationState): void {
    if (was === is) return;
    const sameRun = was.status === is.status && was.job_id === is.job_id;
    if (is.status === 'running') {
      if (!sameRun) say(`${runName(is)} started`);
      else if (is.phase === 'importing' && is.message && is.message !== was.message) say(is.message);
      else if (clock.now() - spokeAt >= PACE_MS) say(spokenProgress(is));
    } else if (was.status === 'running') {
      if (is.status === 'error') announcer.assertive(endedWords(is));
      else say(endedWords(is));
    }
  }

  function hearOperation(operation: OperationController): () => void {
    let before = operation.state;
    return operation.subscribe((state) => {
      hearProgress(before, state);
      const { problem } = state;
      if (problem !== undefined && problem !== before.problem && problem.kind !== 'network') {
        announcer.assertive(problem.message);
      }
      before = state;
    });
  }

  let { connection: before } = manager.state;
  const undoConnection = manager.subscribe(({ connection }) => {
    if (connection === before) return;
    if (connection === 'lost') announcer.assertive('Connection lost. Retrying...');
    else if (before === 'lost' && connection !== 'closed') say('Connected again');
    before = connection;
  });
  const undos = [undoConnection, ...manager.operations.map(hearOperation)];
  return () => {
    for (const undo of undos) undo();
  };
}
