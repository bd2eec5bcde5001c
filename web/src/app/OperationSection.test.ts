// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeFeed, running, settled } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import { managerOf, operationOf } from '../test/manager.js';
import { all, button, find, words } from '../test/page.js';
import { withoutSizes } from '../test/plots.js';
import { idleProgress } from '../lib/types/sync.js';
import './DataSyncSettingsSection.js';
import './JobReceipt.js';
import type { OperationController } from './OperationController.js';
import type { Again, OperationForm, SourceOperation } from './OperationDescription.js';
import type { SyncManager } from './SyncManager.js';
import { tautulliImport } from './tautulli/tautulliImport.js';
import type { Announcer } from './ui/announcer.js';

vi.mock('./charts/plots.js', () => import('../test/plots.js'));
withoutSizes();

class TrialForm extends HTMLElement implements OperationForm {
  operation!: OperationController<SourceOperation>;
  announcer!: Announcer;
  running = false;
  aside = false;
  inHand = false;

  again(_: unknown, { dryRun, resume }: Again) {
    void this.operation.start({ dry_run: dryRun, resume }, undefined);
  }

  anew() {
    this.focus();
  }
}
customElements.define('trial-form', TrialForm);

/* Of another row of operations.def than the import. */
const trial: SourceOperation = {
  operation: 'plex_historical',
  heading: 'A trial',
  label: 'Trial',
  routes: { standing: '/trial/status', start: '/trial', stop: '/trial', clear: '/trial/progress' },
  form: TrialForm,
};

let gateway: FakeGateway;
let feed: FakeFeed;
let manager: SyncManager;

async function show(...operations: SourceOperation[]): Promise<void> {
  manager = managerOf(gateway, { feed, operations });
  manager.start();
  const section = document.createElement('data-sync-settings-section');
  Object.assign(section, { manager, admin: true, announcer: { polite: () => undefined, assertive: () => undefined } });
  document.body.append(section);
  await settled();
  await settled();
}

async function push(part: Parameters<typeof running>[0]): Promise<void> {
  feed.push(running({ operation: 'plex_historical', ...part }));
  await settled();
  await settled();
}

beforeEach(() => {
  gateway = new FakeGateway().on('GET /trial/status', { body: { success: true, stats: idleProgress('plex_historical') } });
  feed = new FakeFeed();
});

afterEach(() => {
  manager.stop();
  document.body.replaceChildren();
});

it('an operation with a row, a description and a form has the words of its row, and asks its own routes', async () => {
  await show(trial);
  expect(words()).toMatch(/Trial: Ready to sync.*A trial.*Last Sync: none yet.*Past syncs/);
  expect(gateway.asked('GET /sync/jobs').map(({ query }) => query.operation)).toEqual(['plex_historical']);
  await push({ seq: 1, phase: 'waiting', waiting_for: 'source' });
  expect(words()).toMatch(/Sync in progress.*Waiting for the Plex server/);
  expect(find('[role=progressbar]')?.getAttribute('aria-label')).toBe('Sync progress');
  expect(button('Stop Sync')).toBeDefined();
  expect(find<TrialForm>('trial-form')).toMatchObject({ hidden: true, running: true });
  gateway.on('GET /trial/status', { body: { stats: running({ operation: 'plex_historical', seq: 2, status: 'cancelled' }) } });
  await push({ seq: 2, status: 'cancelled' });
  expect(words()).toMatch(/Sync stopped/);
  expect(button('New Sync')).toBeDefined();
  expect(words()).not.toMatch(/database/i);
  expect(gateway.calls.filter(({ route }) => route.includes('/import'))).toEqual([]);
});

it('what was stopped is resumed, or given up, by its own routes', async () => {
  const stopped = running({ operation: 'plex_historical', status: 'cancelled' });
  gateway.on('GET /trial/status', { body: { stats: stopped, resumable: { job_id: 'job-1', at: '2026-01-01T00:00:00Z' } } });
  gateway.on('POST /trial', { status: 202, body: { stats: { ...stopped, seq: 20 } } });
  gateway.on('DELETE /trial/progress', { body: { stats: { ...stopped, seq: 21 } } });
  await show(trial);
  expect(words()).toContain('A sync ended early on');
  button('Resume Sync')?.click();
  await settled();
  expect(gateway.asked('POST /trial').map(({ body }) => body)).toEqual([{ dry_run: false, resume: true }]);
  button('Discard')?.click();
  await settled();
  expect(gateway.asked('DELETE /trial/progress')).toHaveLength(1);
});

it('two operations stand side by side, and one knows nothing of the other', async () => {
  await show(tautulliImport, trial);
  await push({ seq: 1 });
  const [summary] = [...all(document)].filter((one) => one.localName === 'operation-summary');
  expect(summary?.shadowRoot?.querySelector('p')?.textContent).toBe('Tautulli Import: Ready to import');
  expect(button('Start Import')).toBeDefined();
  expect(button('Stop Import')).toBeUndefined();
  expect(operationOf(manager).state.progress.status).toBe('idle');
});
