// SPDX-License-Identifier: MIT
// serverSync.ts - the continuous sync of one media server, as the panel knows it: begun on its card.
import type { OwnOperation } from '../OperationDescription.js';

export const syncRoute = (server: string): string => `/servers/${encodeURIComponent(server)}/sync`;

/** Of all servers: it has past runs, and none of its own. */
export const allServers: OwnOperation = { operation: 'server_sync', heading: 'Server Sync', label: 'Server Sync' };

export function serverSync(server: string): OwnOperation {
  return { ...allServers, server, stopOf: () => syncRoute(server) };
}
