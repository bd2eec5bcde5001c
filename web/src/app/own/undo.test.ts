// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withDialogs } from '../../test/dialogs.js';
import { FakeFeed, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf } from '../../test/manager.js';
import { button, find, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import { DataSyncSettingsSection } from '../DataSyncSettingsSection.js';
import type { SyncManager } from '../SyncManager.js';
import { tautulliImport } from '../tautulli/tautulliImport.js';
import { undo } from './ownOperations.js';
import './OwnJobSection.js';
import './UndoDialog.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));

const imported = running({ status: 'completed', job_id: 'a1', end_time: '2026-01-01T00:10:00Z', seq: 5 });
const undoing = running({ operation: 'undo', job_id: 'u1', seq: 20, total_records: 30, processed_records: 10, progress_percent: 33.3 });
const ended = { ...undoing, status: 'completed' as const, processed_records: 30, progress_percent: 100, seq: 21 };
const job = { job_id: 'a1', operation: 'tautulli_import', dry_run: false, resumable: false, progress: imported };

let gateway: FakeGateway;
let feed: FakeFeed;
let manager: SyncManager;
let section: DataSyncSettingsSection;

beforeEach(async () => {
  withDialogs();
  withoutSizes();
  feed = new FakeFeed();
  gateway = new FakeGateway()
    .on('GET /sync/jobs', { body: { success: true, items: [job], next: null } })
    .on('GET /sync/jobs/a1/undo', { body: { removed: 1200, kept: 3, restored: 1, split: 0 } })
    .on('GET /sync/jobs/u1', { body: { job: { ...job, job_id: 'u1', progress: undoing }, receipt: { by_reason: [{ key: 'removed', n: 1200 }], by_month: [], by_library: [], repairs: [], completed: [], changed: [], warnings: [] }, samples: [] } });
  manager = managerOf(gateway, { feed, operations: [tautulliImport, undo] });
  section = new DataSyncSettingsSection();
  Object.assign(section, { manager, announcer: { polite: () => undefined, assertive: () => undefined }, admin: true });
  document.body.append(section);
  manager.start();
  await settled();
});
afterEach(() => {
  manager.stop();
  section.remove();
});

async function open() {
  button('Undo')!.click();
  await settled();
}

it('what an undo would do is told in exact figures before it can be asked for', async () => {
  let tell: (answer: object) => void = () => undefined;
  gateway.on('GET /sync/jobs/a1/undo', () => new Promise((resolve) => { tell = (body) => resolve({ body }); }));
  await open();
  expect(button('Undo import')).toBeUndefined();
  tell({ removed: 1200, kept: 3, restored: 1, split: 0 });
  await settled();
  const said = [...find('undo-dialog')!.shadowRoot!.querySelectorAll('li')].map((one) => one.textContent);
  expect(said).toEqual(['1,200 rows that no other job saw are removed.', '1 row will say again what the other jobs saw.', '3 rows stay as they are: other jobs saw them too.']);
  expect(button('Undo import')).toBeDefined();
});

it('an undo is a job of its own: seen while it runs, with its receipt, and the list is told anew', async () => {
  gateway.on('POST /sync/jobs/a1/undo', { status: 202, body: { success: true, message: '', correlation_id: 'u1', stats: undoing } });
  await open();
  button('Undo import')!.click();
  await settled();
  expect(find('dialog[open]')).toBeUndefined();
  expect(words()).toContain('Undoing a job');
  expect(words()).not.toContain('Would import');
  const asked = gateway.asked('GET /sync/jobs').length;
  feed.push({ ...undoing, status: 'completed', processed_records: 30, progress_percent: 100, seq: 21, end_time: '2026-01-01T01:00:00Z' });
  await settled();
  expect(words()).toContain('Removed: no other job saw them');
  expect(gateway.asked('GET /sync/jobs').length).toBeGreaterThan(asked);
});

it('an undo that had ended before it could be seen running is told of all the same', async () => {
  gateway.on('POST /sync/jobs/a1/undo', { status: 202, body: { success: true, message: '', correlation_id: 'u1', stats: ended } });
  await open();
  button('Undo import')!.click();
  await settled();
  expect(words()).toContain('Removed: no other job saw them');
  button('Close')!.click();
  await settled();
  expect(words()).not.toContain('Removed: no other job saw them');
});

it('what the history does itself is heard of, not asked for: not one question more, whatever was undone before', async () => {
  feed.push({ ...ended, job_id: 'u0', seq: 10 });
  await settled();
  expect(gateway.asked('GET /sync/status')).toHaveLength(0);
  expect(gateway.asked('GET /sync/jobs')).toHaveLength(1);
});

it('a list that was asked for before an undo ended is asked for again', async () => {
  feed.push(undoing);
  await settled();
  let tell: (answer: object) => void = () => undefined;
  const list = { body: { success: true, items: [job], next: null } };
  gateway.on('GET /sync/jobs', () => new Promise((resolve) => { tell = () => resolve(list); }));
  feed.push(ended);
  await settled();
  feed.push({ ...ended, seq: 22 });
  await settled();
  const asked = gateway.asked('GET /sync/jobs').length;
  gateway.on('GET /sync/jobs', list);
  tell(list);
  await settled();
  expect(gateway.asked('GET /sync/jobs')).toHaveLength(asked + 1);
});

it('while it runs its job is being undone, and in part only if it ended early', async () => {
  gateway.on('GET /sync/jobs', { body: { success: true, items: [{ ...job, undone_by: 'u1' }], next: null } });
  feed.push(undoing);
  await settled();
  feed.push({ ...undoing, seq: 21, job_id: 'u1', status: 'cancelled' });
  await settled();
  expect(words()).toContain('Undone in part');
  feed.push({ ...undoing, seq: 22 });
  await settled();
  expect(words()).toContain('Being undone');
  expect(words()).not.toContain('Undone in part');
});

it('a running undo is stopped where it was begun, also before it was told what it is of', async () => {
  gateway.on('GET /sync/jobs/u1', () => new Promise(() => undefined));
  gateway.on('DELETE /sync/jobs/u1/undo', { body: { success: true, message: '', stats: { ...undoing, status: 'cancelled', seq: 22 } } });
  feed.push(undoing);
  await settled();
  button('Stop Undo')!.click();
  await settled();
  [...find('stop-dialog')!.shadowRoot!.querySelectorAll('button')].find((one) => one.textContent === 'Stop Undo')!.click();
  await settled();
  expect(gateway.asked('DELETE /sync/jobs/u1/undo')).toHaveLength(1);
});

it('a job that cannot be undone says why, and offers nothing', async () => {
  gateway.on('GET /sync/jobs/a1/undo', refusal(409, 'NOT_UNDOABLE', { error: 'This job was made by an earlier version' }));
  await open();
  expect(words()).toContain('This job was made by an earlier version');
  expect(button('Undo import')).toBeUndefined();
});

it('a viewer is offered no undo', async () => {
  section.admin = false;
  await settled();
  expect(button('Undo')).toBeUndefined();
});
