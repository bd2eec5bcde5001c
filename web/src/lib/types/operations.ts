// SPDX-License-Identifier: MIT
// Made from proto/schema/operations.def by `schema-gen operations`; edit the rows there.
import type { Operation } from './schema.js';

/** What a person calls it, and whether it is one per server. */
export interface OperationWords {
    title: string;
    perServer: boolean;
}

/** The kinds of job. */
export const OPERATIONS: Readonly<Record<Operation, OperationWords>> = {
    tautulli_import: { title: 'Tautulli import', perServer: false },
    plex_historical: { title: 'Plex history', perServer: false },
    server_sync: { title: 'Server sync', perServer: true },
};
