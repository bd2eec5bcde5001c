// SPDX-License-Identifier: MIT
// Made from proto/schema/actors.def by `schema-gen actors`; edit the rows there.

/** What each actor is called in a sentence, and what it does. */
export const ACTORS: Readonly<Record<string, { called: string; task: string }>> = {
    'broker': { called: 'the message broker', task: 'Carries messages between the parts' },
    'audit': { called: 'the audit log', task: 'Records who did what' },
    'history': { called: 'the history store', task: 'Stores the plays' },
    'tautulli': { called: 'the import coordinator', task: 'Imports Tautulli databases' },
    'plex': { called: 'the sync of Plex servers', task: 'Brings what Plex servers themselves remember' },
    'server-sync': { called: 'the registry of media servers', task: 'Keeps the media servers and their tokens' },
    'gateway': { called: 'the gateway', task: 'Serves this page and the API' },
    'import-worker': { called: 'an import worker', task: 'Reads the rows of an import' },
    'door': { called: 'the door for workers on other machines', task: 'Lets workers on other machines in' },
};
