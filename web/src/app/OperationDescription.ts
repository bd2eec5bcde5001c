// SPDX-License-Identifier: MIT
// OperationDescription.ts - what the panel knows of one kind of job beyond its row of operations.def:
// how its section is headed, which routes it has, and its form. Everything else of a section is the
// same for all. What the history does itself, and the sync of one server, have neither form nor
// standing: they are begun where their subject is, and heard of by their records.
import type { OperationRoutes } from '../lib/api/sync.js';
import type { JobView, MediaServer, Operation, Resumable } from '../lib/types/sync.js';
import type { OperationController } from './OperationController.js';
import type { Announcer } from './ui/announcer.js';

interface Described {
  readonly operation: Operation;
  /** Of its section. */
  readonly heading: string;
  /** How its line of the summary begins. */
  readonly label: string;
}

/** Begun in its form. */
export interface SourceOperation extends Described {
  readonly routes: OperationRoutes;
  readonly form: new () => OperationForm;
}

/** What the history does itself, or the sync of one server. */
export interface OwnOperation extends Described {
  /** That server, as the registry has it. */
  readonly server?: string;
  /** DELETE: stops the run; absent: it cannot be stopped. */
  readonly stopOf?: (job: string) => string;
}

export type OperationDescription = SourceOperation | OwnOperation;

export function isOwn(description: OperationDescription): description is OwnOperation {
  return !('routes' in description);
}

/** How a run is made once more. */
export interface Again {
  readonly dryRun: boolean;
  readonly resume: boolean;
}

/**
 * An element in which a person says what a run is to do, and starts it. It stays in the page, hidden,
 * while one runs. Event `in-hand` when that may have changed.
 */
export interface OperationForm extends HTMLElement {
  operation: OperationController<SourceOperation>;
  announcer: Announcer;
  /** One runs. */
  running: boolean;
  /** Something beside the form is what a person most likely wants now. */
  aside: boolean;
  /** The media servers, once they are told. */
  servers?: readonly MediaServer[] | undefined;
  /** Another operation that brings rows runs: not both at once. */
  other?: Operation | undefined;
  /** It holds something that is not to be folded away. */
  readonly inHand: boolean;
  /** Starts a run of what an earlier one was of, whatever the form says by now. */
  again(run: JobView | Resumable, how: Again): void;
  /** Empties the form for another run, and takes the focus. */
  anew(): void;
}
