// SPDX-License-Identifier: MIT
// plexHistorical.ts - the sync of a Plex server's own history, as the panel knows it.
import type { SourceOperation } from '../OperationDescription.js';
import { PlexHistoricalForm } from './PlexHistoricalForm.js';

const ROUTE = '/sync/plex/historical';

export const plexHistorical: SourceOperation = {
  operation: 'plex_historical',
  heading: 'Plex Historical Sync',
  label: 'Plex Historical',
  routes: { standing: ROUTE, start: ROUTE, stop: ROUTE, clear: `${ROUTE}/progress` },
  form: PlexHistoricalForm,
};
