// SPDX-License-Identifier: MIT
// ownOperations.ts - what the history does itself, as the panel knows it: begun where its subject is.
import type { OperationDescription } from '../OperationDescription.js';

export const undo: OperationDescription = {
  operation: 'undo',
  heading: 'Undoing a job',
  label: 'Undo',
  stopOf: ({ job_id: job }) => `/sync/jobs/${encodeURIComponent(job)}/undo`,
};

export const regroup: OperationDescription = { operation: 'regroup', heading: 'Grouping plays anew', label: 'Regrouping' };

export const forget: OperationDescription = { operation: 'forget', heading: 'Forgetting a person', label: 'Forgetting a person' };
