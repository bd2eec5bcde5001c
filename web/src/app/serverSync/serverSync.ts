// SPDX-License-Identifier: MIT
// serverSync.ts - the continuous sync of one media server, as the panel knows it: begun on its card.
import type { OwnOperation } from '../OperationDescription.js';

export const syncRoute = (server: string): string => `/servers/${encodeURIComponent(server)}/sync`;

export function serverSync(server: string): OwnOperation {
  return { operation: 'server_sync', heading: 'Server Sync', label: 'Server Sync', server, stopOf: () => syncRoute(server) };
}
