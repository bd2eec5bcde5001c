// SPDX-License-Identifier: MIT
// Made from proto/schema/operations.def by `schema-gen operations`; edit the rows there.
import type { Operation } from './schema.js';

/** What a person calls it, and whether it is one per server. */
export interface OperationWords {
    title: string;
    /** A run, and what one does in it: "an import", "import this one". */
    noun: string;
    /** While it runs: "importing". */
    doing: string;
    /** What a run is of: "another database". */
    worksOn: string;
    /** That, where a run waits for it to come back. */
    waitsFor: string;
    perServer: boolean;
    /** The history does it itself, with what is stored: it brings no rows. */
    byHistory: boolean;
}

/** The kinds of job. */
export const OPERATIONS: Readonly<Record<Operation, OperationWords>> = {
    tautulli_import: {
        title: 'Tautulli import', noun: 'import', doing: 'importing', worksOn: 'database', waitsFor: 'the database file', perServer: false, byHistory: false,
    },
    plex_historical: {
        title: 'Plex history', noun: 'sync', doing: 'syncing', worksOn: 'server', waitsFor: 'the Plex server', perServer: false, byHistory: false,
    },
    server_sync: {
        title: 'Server sync', noun: 'sync', doing: 'syncing', worksOn: 'server', waitsFor: 'the media server', perServer: true, byHistory: false,
    },
    undo: {
        title: 'Undo', noun: 'undo', doing: 'undoing', worksOn: 'job', waitsFor: 'the history', perServer: false, byHistory: true,
    },
    regroup: {
        title: 'Regrouping', noun: 'regrouping', doing: 'regrouping', worksOn: 'history', waitsFor: 'the history', perServer: false, byHistory: true,
    },
    forget: {
        title: 'Forgetting a person', noun: 'erasure', doing: 'erasing', worksOn: 'person', waitsFor: 'the history', perServer: false, byHistory: true,
    },
};
