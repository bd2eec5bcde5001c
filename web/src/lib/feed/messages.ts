// SPDX-License-Identifier: MIT
// messages.ts - what comes over the socket, read without trust: what is not understood is ignored,
// as the contract says, and never reaches a component.
import { OPERATIONS } from '../types/operations.js';
import { idleProgress, type Operation, type SyncProgress } from '../types/sync.js';

export type FeedMessage =
  | { type: 'hello'; version: string }
  | { type: 'progress'; progress: SyncProgress }
  | { type: 'other' };

const STATUSES: readonly unknown[] = ['idle', 'running', 'completed', 'error', 'cancelled'];

type Loose = Record<string, unknown>;

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A progress record, whole: what is missing is as before an operation ever ran. */
export function progressOf(said: unknown, operation: Operation): SyncProgress | undefined {
  if (!isObject(said) || !STATUSES.includes(said.status)) return undefined;
  return { ...idleProgress(operation), ...(said as Partial<SyncProgress>), operation };
}

/* `status`, `message` and the like may stand beside `progress` or in it. */
function pushed(data: unknown): FeedMessage {
  if (!isObject(data) || typeof data.operation !== 'string' || !Object.hasOwn(OPERATIONS, data.operation)) return { type: 'other' };
  const { progress: inner, ...outer } = data;
  const both = { ...outer, ...(isObject(inner) ? inner : {}) };
  const progress = progressOf(both, data.operation as Operation);
  return progress === undefined ? { type: 'other' } : { type: 'progress', progress };
}

export function parseMessage(text: unknown): FeedMessage {
  let said: unknown;
  try {
    said = typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    said = undefined;
  }
  if (!isObject(said)) return { type: 'other' };
  if (said.type === 'hello' && typeof said.version === 'string') {
    return { type: 'hello', version: said.version };
  }
  return said.type === 'sync_progress' ? pushed(said.data) : { type: 'other' };
}
