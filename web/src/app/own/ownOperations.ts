// SPDX-License-Identifier: MIT
// ownOperations.ts - what the history does itself, as the panel knows it: begun where its subject is.
import type { OwnOperation } from '../OperationDescription.js';

export const undo: OwnOperation = {
  operation: 'undo',
  heading: 'Undoing a job',
  label: 'Undo',
  stopOf: (job) => `/sync/jobs/${encodeURIComponent(job)}/undo`,
};

export const regroup: OwnOperation = {
  operation: 'regroup',
  heading: 'Grouping plays anew',
  label: 'Regrouping',
  stopOf: () => '/people/join',
};

export const forget: OwnOperation = {
  operation: 'forget',
  heading: 'Forgetting a person',
  label: 'Forgetting a person',
  stopOf: () => '/people/forget',
};
