// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withDialogs } from '../../test/dialogs.js';
import { FakeFeed, MemoryStore, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf } from '../../test/manager.js';
import { all, button, find, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import { idleProgress, type MediaServer } from '../../lib/types/sync.js';
import '../DataSyncSettingsSection.js';
import '../JobReceipt.js';
import type { SyncManager } from '../SyncManager.js';
import { tautulliImport } from '../tautulli/tautulliImport.js';
import { plexHistorical } from './plexHistorical.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));
withoutSizes();

const ROUTE = '/sync/plex/historical';
const NOTE = 'Note: Cannot run while Tautulli import is active.';
const HOSTILE = '<img src=x onerror="alert(1)">';
const server = (id: string, part: Partial<MediaServer> = {}): MediaServer => ({
  id, name: `Server ${id}`, kind: 'plex', address: 'http://10.0.0.2:32400', enabled: true, identity: `machine-${id}`, server_name: null, version: null, owner: null,
  certificate_sha256: null, has_token: true, token_hint: null, username: null, created_at: '', changed_at: '', test: { at: '', works: true }, ...part,
});
const LIBRARIES = [{ id: '1', name: 'Movies', type: 'movie' }, { id: '2', name: 'TV Shows', type: 'show' }, { id: '3', name: HOSTILE, type: 'artist' }];
const syncing = (part: Parameters<typeof running>[0] = {}) => running({ operation: 'plex_historical', job_id: 'p1', ...part });
const started = (of = syncing()) => ({ status: 202, body: { success: true, message: '', correlation_id: of.job_id, stats: of } });

let gateway: FakeGateway;
let feed: FakeFeed;
let manager: SyncManager;
let section: HTMLElement;

async function show(servers: MediaServer[], { admin = true, storage = new MemoryStore() } = {}) {
  gateway.on('GET /servers', { body: { success: true, items: servers } });
  manager = managerOf(gateway, { feed, storage, operations: [tautulliImport, plexHistorical] });
  manager.start();
  section = document.createElement('data-sync-settings-section');
  Object.assign(section, { manager, admin, active: true, announcer: { polite: () => undefined, assertive: () => undefined } });
  document.body.append(section);
  await settled();
  await settled();
}
beforeEach(() => {
  withDialogs();
  gateway = new FakeGateway().on(`GET ${ROUTE}`, { body: { success: true, stats: idleProgress('plex_historical') } })
    .on('GET /servers/a/libraries', { body: { success: true, libraries: LIBRARIES } }).on('GET /servers/b/libraries', { body: { success: true, libraries: [] } })
    .on(`POST ${ROUTE}`, () => {
      gateway.on(`GET ${ROUTE}`, { body: { success: true, stats: syncing() } });
      return started();
    });
  feed = new FakeFeed();
});
afterEach(() => {
  manager.stop();
  section.remove();
});

async function press(name: string, within = 'plex-historical-form') {
  const found = [...all(document)].find((one) => one.matches(within))!;
  const inside = [...all(found.shadowRoot!)].find((one) => one.localName === 'button' && one.textContent?.trim() === name) as HTMLElement;
  inside.click();
  if (inside.getAttribute('type') === 'submit') inside.closest('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
}
const boxes = () => [...find('library-selector')!.shadowRoot!.querySelectorAll<HTMLInputElement>('input')];
const primaries = () => [...all(document)].filter((one) => one.matches('button.primary') && !isHidden(one)).map((one) => one.textContent?.trim());
function isHidden(element: Element): boolean {
  for (let at: Node | null = element; at; at = at.parentNode ?? (at as ShadowRoot).host ?? null) if (at instanceof HTMLElement && at.hidden) return true;
  return false;
}

it('all libraries of the only server are synced unless something else is chosen', async () => {
  await show([server('a')]);
  for (const part of ['Plex Historical Sync', 'Sync playback history from Plex directly.', 'Server a', 'Movies', 'TV Shows', HOSTILE, NOTE]) expect(words()).toContain(part);
  expect(find('img')).toBeUndefined();
  await press('Start Historical Sync');
  expect(gateway.asked(`POST ${ROUTE}`).map(({ body }) => body)).toEqual([{ days_back: 30, library_ids: [], server_id: 'a' }]);
  expect(find('job-progress')).toBeDefined();
});

it('days, libraries and server are what was chosen, and not one library is a mistake that is told here', async () => {
  await show([server('b'), server('a'), server('c', { enabled: false })]);
  const [servers, days] = [...find('plex-historical-form')!.shadowRoot!.querySelectorAll('select')];
  expect([...servers!.options].map(({ value }) => value)).toEqual(['b', 'a']);
  Object.assign(servers!, { value: 'a' }).dispatchEvent(new Event('change'));
  Object.assign(days!, { value: '365' }).dispatchEvent(new Event('change'));
  await settled();
  for (const box of boxes()) box.click();
  await settled();
  await press('Start Historical Sync');
  expect(words()).toContain('Tick at least one library');
  boxes()[1]!.click();
  await settled();
  await press('Start Historical Sync');
  expect(gateway.asked(`POST ${ROUTE}`).map(({ body }) => body)).toEqual([{ days_back: 365, library_ids: ['2'], server_id: 'a' }]);
});

it('a server that does not tell its libraries is told of, asked again, and can be synced all the same', async () => {
  gateway.on('GET /servers/a/libraries', refusal(422, 'SERVER_MAINTENANCE', { error: 'The server is starting or in maintenance' }));
  await show([server('a')]);
  expect(words()).toContain('The server is starting or in maintenance');
  await press('Start Historical Sync');
  expect(gateway.asked(`POST ${ROUTE}`)[0]?.body).toMatchObject({ library_ids: [] });
  feed.push(syncing({ status: 'error', error: 'No', seq: 11 }));
  await settled();
  gateway.on('GET /servers/a/libraries', { body: { success: true, libraries: LIBRARIES } });
  await press('Ask again', 'library-selector');
  expect(words()).toContain('TV Shows');
});

it('without a server there is a way to one, and nothing to start', async () => {
  await show([]);
  expect(words()).toContain('There is no Plex server yet.');
  expect(words()).toContain('Server Sync: No servers yet');
  expect(button('Start Historical Sync')).toBeUndefined();
});

it('a sync is not started while an import runs, nor an import while a sync does, and the note says so', async () => {
  await show([server('a')]);
  feed.push(running());
  await settled();
  expect(button('Start Historical Sync')!.getAttribute('aria-disabled')).toBe('true');
  await press('Start Historical Sync');
  expect(gateway.asked(`POST ${ROUTE}`)).toHaveLength(0);
  feed.push(running({ status: 'completed', seq: 11, start_time: '2026-01-01T00:00:00Z' }));
  feed.push(syncing());
  await settled();
  expect(words()).toContain('Cannot run while the Plex history sync is active');
  button('Start Import')?.closest('form')?.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked('POST /import/tautulli')).toHaveLength(0);
});

it('a refusal because of an import shows that import', async () => {
  await show([server('a')]);
  gateway.on(`POST ${ROUTE}`, refusal(409, 'IMPORT_RUNNING', { error: 'Another import is already running', operation: 'tautulli_import', job_id: 'job-1', stats: running() }));
  await press('Start Historical Sync');
  expect(words()).toContain('Another import is already running');
  expect(find('job-progress')).toBeDefined();
  expect(words()).toContain('33,750 / 50,000 records');
  feed.push(running({ status: 'completed', seq: 11 }));
  await settled();
  expect(words()).not.toContain('Another import is already running');
});

it('the summary has a line for the import, the sync and the servers', async () => {
  await show([server('a'), server('b'), server('c', { test: { at: '', works: false } })]);
  feed.push(syncing({ status: 'completed', end_time: new Date(Date.now() - 49 * 3_600_000).toISOString(), seq: 12 }));
  await settled();
  for (const part of ['Tautulli Import: Ready to import', 'Plex Historical: Sync completed (2 days ago)', 'Server Sync: 2 of 3 servers connected']) expect(words()).toContain(part);
});

async function stopped() {
  await show([server('b'), server('a')]);
  feed.push(syncing());
  await settled();
  gateway.on(`DELETE ${ROUTE}`, { body: { success: true, stats: syncing({ status: 'cancelled', seq: 11 }) } })
    .on(`GET ${ROUTE}`, { body: { success: true, stats: syncing({ status: 'cancelled', seq: 11 }), resumable: { job_id: 'p1', at: '2026-01-01T00:00:00Z', title: 'Server a' } } })
    .on('GET /sync/jobs/p1', { body: { success: true, job: { job_id: 'p1', operation: 'plex_historical', server_id: 'machine-a', dry_run: false, resumable: true, title: 'Server a', progress: syncing({ status: 'cancelled', seq: 11 }) }, receipt: { by_reason: [], by_user: [], by_month: [], by_library: [], repairs: [], warnings: [], updated_columns: [], changed: [], completed: [] }, samples: [] } });
  await press('Stop Sync', 'job-progress');
  await press('Stop Sync', 'stop-dialog');
  await settled();
}

it('a sync is stopped, and resumed of the server it was of', async () => {
  await stopped();
  button('Resume Sync')!.click();
  await settled();
  expect(gateway.asked(`POST ${ROUTE}`).map(({ body }) => body)).toEqual([{ resume: true, server_id: 'a' }]);
});

it('a sync that was stopped is given up', async () => {
  await stopped();
  gateway.on(`DELETE ${ROUTE}/progress`, { body: { success: true, stats: syncing({ status: 'cancelled', seq: 12 }) } })
    .on(`GET ${ROUTE}`, { body: { success: true, stats: syncing({ status: 'cancelled', seq: 12 }) } });
  button('Discard')!.click();
  await settled();
  expect(gateway.asked(`DELETE ${ROUTE}/progress`)).toHaveLength(1);
  expect(button('Resume Sync')).toBeUndefined();
});

it('a running sync is there again after a reload, before anybody has answered', async () => {
  const storage = new MemoryStore();
  await show([server('a')], { storage });
  feed.push(syncing());
  await settled();
  manager.stop();
  section.remove();
  gateway.on(`GET ${ROUTE}`, { fails: 'never' });
  await show([server('a')], { storage });
  expect(words()).toContain('Syncing records...');
});

it('the page has one primary button: of what was used last', async () => {
  await show([server('a')]);
  expect(primaries()).toEqual(['Start Import']);
  feed.push(running({ status: 'completed', seq: 11, start_time: '2026-01-01T00:00:00Z' }));
  feed.push(syncing({ status: 'completed', seq: 11, start_time: '2026-01-02T00:00:00Z' }));
  await settled();
  expect(primaries()).toEqual(['Start Historical Sync']);
});

it('a viewer is asked nothing, and asks for no servers', async () => {
  await show([server('a')], { admin: false });
  expect(gateway.asked('GET /servers')).toHaveLength(0);
  expect(words()).toContain('Only an administrator can start a sync.');
  expect(words()).toContain('Plex Historical: Ready to sync');
});
