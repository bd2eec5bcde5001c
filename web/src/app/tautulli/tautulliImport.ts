// SPDX-License-Identifier: MIT
// tautulliImport.ts - the import of a Tautulli database, as the panel knows it.
import type { SourceOperation } from '../OperationDescription.js';
import { TautulliImportForm } from './TautulliImportForm.js';

export const tautulliImport: SourceOperation = {
  operation: 'tautulli_import',
  heading: 'Tautulli Database Import',
  label: 'Tautulli Import',
  routes: { standing: '/import/status', start: '/import/tautulli', stop: '/import', clear: '/import/progress' },
  form: TautulliImportForm,
};
