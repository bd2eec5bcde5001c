// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeFeed, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf } from '../../test/manager.js';
import { all, find, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import { idleProgress, type MediaServer, type ServerSyncView, type SyncProgress } from '../../lib/types/sync.js';
import { DataSyncSettingsSection } from '../DataSyncSettingsSection.js';
import type { SyncManager } from '../SyncManager.js';
import '../JobReceipt.js';
import './ServerSyncStatusSection.js';
import { syncStanding } from './standing.js';
import type { ServerSyncCard } from './ServerSyncCard.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));

const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

function server(id: string, more: Partial<MediaServer> = {}): MediaServer {
  return {
    id, name: `Server ${id}`, kind: 'plex', address: 'http://localhost', enabled: true, identity: `machine-${id}`, server_name: null, version: null, owner: null,
    certificate_sha256: null, has_token: true, token_hint: null, username: null, created_at: ago(99), changed_at: ago(99), test: { at: ago(99), works: true }, ...more,
  };
}
type SyncStandingOf = Pick<ServerSyncView, 'state' | 'error' | 'last_checked_at'>;
const error = { code: 'SERVER_TOKEN_REFUSED', text: 'The server refuses the token', remedy: 'Give it a new one', since: ago(40) };
const syncing = (id: string, part: Partial<SyncProgress> = {}) => running({ operation: 'server_sync', server_id: id, job_id: `job-${id}`, seq: 5, ...part });

let gateway: FakeGateway;
let feed: FakeFeed;
let manager: SyncManager;
let section: DataSyncSettingsSection;
let said: string[];

async function show(servers: readonly MediaServer[], { admin = true } = {}) {
  gateway.on('GET /servers', { body: { success: true, items: servers } });
  section = new DataSyncSettingsSection();
  const announcer = { polite: (text: string) => said.push(text), assertive: (text: string) => said.push(`! ${text}`) };
  Object.assign(section, { manager, announcer, admin, active: true });
  document.body.append(section);
  manager.start();
  await settled();
  await settled();
}
const cards = () => [...all(document)].filter((one) => one.localName === 'server-sync-card') as ServerSyncCard[];
const wordsOf = (card: Element | undefined) => [...all(card!.shadowRoot!)].filter(({ localName }) => localName !== 'style').map((one) => [...one.childNodes].map((node) => (node instanceof Text ? node.data : '')).join('')).join(' ').replace(/\s+/g, ' ');
const cardOf = (id: string) => cards().find(({ name }) => name === `Server ${id}`);
/* Lit's own: what it does for each rendering. */
const renderings = (card: ServerSyncCard) => vi.spyOn(card as unknown as { performUpdate: () => void }, 'performUpdate');
async function press(card: Element | undefined, name: RegExp) {
  [...card!.shadowRoot!.querySelectorAll('button')].find((one) => name.test(one.textContent ?? ''))!.click();
  await settled();
}

beforeEach(() => {
  withoutSizes();
  said = [];
  feed = new FakeFeed();
  gateway = new FakeGateway().on('GET /history/summary', { body: { success: true, items: [], totals: {} } });
  manager = managerOf(gateway, { feed });
});
afterEach(() => {
  manager.stop();
  section.remove();
});

it('each server has a card, but one that is there for its file alone', async () => {
  await show([server('a'), server('b', { kind: 'emby' }), server('t', { kind: 'tautulli' as never })]);
  expect(cards().map(({ name }) => name)).toEqual(['Server a', 'Server b']);
  expect(words()).toContain('Server Sync: 2 servers connected');
  expect(wordsOf(cardOf('a'))).toMatch(/Plex.*Not synced yet/);
});

it('a card tells what the registry tells of it, and nothing of what it does not', async () => {
  const sync = { state: 'idle' as const, scheduled: true, interval_minutes: 15, last_checked_at: ago(3), next_at: ago(-12), newest_play_at: ago(120) };
  await show([server('a', { sync }), server('b')]);
  expect(wordsOf(cardOf('a'))).toMatch(/Up to date.*Last checked 3 minutes ago.*Next check in 1[12] minutes.*Newest play 2 hours ago/);
  expect(wordsOf(cardOf('b'))).not.toMatch(/checked|check|Newest/);
});

it('what is wrong stands on the card with its remedy and since when, and in the summary; it is heard when it becomes so', async () => {
  const stopped = { state: 'stopped' as const, scheduled: true, interval_minutes: 15, error };
  await show([server('a', { sync: stopped }), server('b'), server('c')]);
  expect(wordsOf(cardOf('a'))).toMatch(/Needs you.*The server refuses the token.*Give it a new one\..*Since .*202/);
  expect(words()).toContain('Server Sync: 2 of 3 servers connected, 1 needs you');
  expect(said).toEqual([]);
  gateway.on('GET /servers', { body: { success: true, items: [server('a', { sync: stopped }), server('b', { sync: stopped }), server('c')] } });
  find('server-sync-status-section')!.dispatchEvent(new CustomEvent('stale'));
  await settled();
  expect(said).toEqual(['! Server b: The server refuses the token']);
  expect(words()).toContain('1 of 3 servers connected, 2 need you');
});

it('a server of which not all could be read is connected, and its card says what to do', async () => {
  const error = { code: 'SERVER_PLUGIN_FAILS', text: 'The plugin fails', remedy: 'Update the plugin', since: ago(40) };
  await show([server('a', { kind: 'jellyfin', sync: { state: 'partial', scheduled: true, interval_minutes: 15, error } }), server('b')]);
  expect(wordsOf(cardOf('a'))).toMatch(/Partial.*The plugin fails.*Update the plugin/);
  expect(words()).toContain('Server Sync: 2 servers connected');
});

it('a sync is begun, watched and stopped on its card, and its end is heard', async () => {
  gateway.on('POST /servers/a/sync', { status: 202, body: { success: true, message: '', correlation_id: 'job-a', stats: syncing('a', { seq: 1, processed_records: 0 }) } })
    .on('DELETE /servers/a/sync', { body: { success: true, message: '', stats: syncing('a', { seq: 9, status: 'cancelled', end_time: ago(0) }) } });
  await show([server('a'), server('b')]);
  await press(cardOf('a'), /^Sync now/);
  expect(gateway.asked('POST /servers/a/sync')).toHaveLength(1);
  feed.push(syncing('a'));
  await settled();
  expect(wordsOf(cardOf('a'))).toMatch(/Syncing.*33,750 \/ 50,000 records, 125 records\/sec, ~2m 10s left/);
  expect(find('[role=progressbar]')?.getAttribute('aria-label')).toBe('Sync progress of Server a');
  expect(words()).toContain('2 servers connected, 1 syncing');
  await press(cardOf('a'), /^Sync now/);
  expect(gateway.asked('POST /servers/a/sync')).toHaveLength(1);
  await press(cardOf('a'), /^Stop/);
  expect(gateway.asked('DELETE /servers/a/sync')).toHaveLength(1);
  expect(wordsOf(cardOf('a'))).toMatch(/Last run.*Stopped.*33,500 new plays.*just now/);
  expect(said).toEqual(['Server a: sync started', 'Server a: Sync stopped: 33,500 imported, 200 skipped, 50 rejected']);
});

it('a silent sync is stopped on its card, and one that has ended meanwhile is no error', async () => {
  const silent = { sync: { state: 'running' as const, scheduled: true, interval_minutes: 15 } };
  gateway.on('DELETE /servers/a/sync', { body: { success: true, message: '', stats: idleProgress('server_sync') } })
    .on('DELETE /servers/b/sync', refusal(409, 'NOT_RUNNING', { error: 'Nothing is running' }));
  await show([server('a', silent), server('b', silent), server('c')]);
  expect(cardOf('c')!.shadowRoot!.querySelector('button.stop')).toBeNull();
  gateway.on('GET /servers', { body: { success: true, items: [server('a'), server('b', silent), server('c')] } });
  await press(cardOf('a'), /^Stop/);
  expect(gateway.asked('DELETE /servers/a/sync')).toHaveLength(1);
  expect(wordsOf(cardOf('a'))).not.toMatch(/Checking|Stop/);
  expect(said).toEqual(['Server a: sync stopped']);
  await press(cardOf('b'), /^Stop/);
  expect(wordsOf(cardOf('b'))).not.toContain('Nothing is running');
});

it('a refusal stands on the card it is of', async () => {
  gateway.on('POST /servers/a/sync', refusal(409, 'SYNC_RUNNING', { error: 'Another sync of this server is running' }));
  await show([server('a'), server('b')]);
  await press(cardOf('a'), /^Sync now/);
  expect(wordsOf(cardOf('a'))).toContain('Another sync of this server is running');
  expect(wordsOf(cardOf('b'))).not.toContain('Another sync');
  expect(said).toEqual(['! Server a: Another sync of this server is running']);
});

it('of fifty servers a push renders one card, and asks nothing', async () => {
  const ids = Array.from({ length: 50 }, (_, i) => `s${i}`);
  await show(ids.map((id) => server(id)));
  for (const id of ids) feed.push(syncing(id));
  await settled();
  const rendered = cards().map((card) => [card.name, renderings(card)] as const);
  const asked = gateway.calls.length;
  feed.push(syncing('s7', { seq: 6, processed_records: 40_000 }));
  await settled();
  expect(rendered.filter(([, { mock }]) => mock.calls.length > 0).map(([name]) => name)).toEqual(['Server s7']);
  expect(wordsOf(cardOf('s7'))).toContain('40,000 / 50,000 records');
  expect(gateway.calls.length).toBe(asked);
});

it('servers told anew and unchanged render no card; the end of a run has them told anew', async () => {
  await show([server('a'), server('b')]);
  feed.push(syncing('a'));
  await settled();
  const before = gateway.asked('GET /servers').length;
  const rendered = renderings(cardOf('b')!);
  feed.push(syncing('a', { seq: 7, status: 'completed', end_time: ago(0) }));
  await settled();
  expect(gateway.asked('GET /servers').length).toBe(before + 1);
  expect(rendered).not.toHaveBeenCalled();
});

it('the week is one question a day for all servers, and every figure is heard', async () => {
  let day = 0;
  gateway.on('GET /history/summary', () => ({ body: { success: true, items: [{ key: 'machine-a', plays: day++, watched_hours: 1, long_plays: 0 }], totals: {} } }));
  await show([server('a'), server('b'), server('c', { identity: null })]);
  const asked = gateway.asked('GET /history/summary');
  expect(asked.map(({ query }) => query.by)).toEqual(Array(7).fill('server'));
  asked.slice(1).forEach(({ query }, i) => expect(query.from).toBe(asked[i]!.query.to));
  expect(wordsOf(cardOf('a'))).toContain('21 plays in 7 days');
  expect(wordsOf(cardOf('b'))).toContain('0 plays in 7 days');
  expect(wordsOf(cardOf('c'))).not.toContain('in 7 days');
  expect(cardOf('a')!.shadowRoot!.querySelector('week-bars')!.shadowRoot!.querySelector('svg')!.getAttribute('aria-label')).toMatch(/^plays by day: \w+day 0, .* 6$/);
});

it('the receipt of the newest run is shown, and closed again', async () => {
  const ended = syncing('a', { status: 'completed', end_time: ago(5) });
  gateway.on('GET /sync/jobs/job-a', { body: { job: { job_id: 'job-a', operation: 'server_sync', dry_run: false, resumable: false, title: 'Server a', progress: ended }, receipt: { by_reason: [{ key: 'new', n: 7 }], by_month: [], by_library: [], repairs: [], completed: [], changed: [], warnings: [] }, samples: [] } });
  await show([server('a')]);
  feed.push(ended);
  await settled();
  await press(cardOf('a'), /^Receipt/);
  await settled();
  expect(wordsOf(find('server-sync-status-section'))).toContain('New plays');
  await press(find('server-sync-status-section')!.shadowRoot!.querySelector('job-receipt')!, /^Close/);
  expect(find('server-sync-status-section')!.shadowRoot!.querySelector('job-receipt')).toBeNull();
});

it('a viewer sees how each stands, by the name that its runs have, and is asked for nothing', async () => {
  gateway.on('GET /sync/jobs', ({ query }) => ({ body: { success: true, next: null, items: query.operation !== 'server_sync' ? [] : ['Attic', 'before'].map((title) => ({
    job_id: title, operation: 'server_sync', server_id: 'b', title, ...(title === 'before' ? { identity: 'machine-b' } : {}), dry_run: false, resumable: true, progress: syncing('b', { status: 'cancelled' }) })) } }));
  gateway.on('GET /history/summary', { body: { success: true, items: [{ key: 'machine-b', plays: 2, watched_hours: 1, long_plays: 0 }], totals: {} } });
  await show([], { admin: false });
  feed.push(syncing('a'));
  feed.push(syncing('b', { status: 'error', error: 'The server refuses the token', error_code: 'SERVER_TOKEN_REFUSED', end_time: ago(9) }));
  await settled();
  await settled();
  expect(cards().map(({ name }) => name)).toEqual(['Media server 1', 'Attic']);
  expect(words()).not.toContain('Can be resumed');
  expect(words()).toContain('Server Sync: 2 servers synced, 1 syncing');
  expect(wordsOf(cards()[0])).toContain('33,750 / 50,000 records');
  expect(wordsOf(cards()[0])).not.toContain('in 7 days');
  expect(wordsOf(cards()[1])).toContain('14 plays in 7 days');
  expect(words()).toContain('Counted are the plays that you may see.');
  expect(wordsOf(cards()[1])).toMatch(/Failed.*The server refuses the token.*Since .*202/);
  expect(cards().flatMap((card) => [...card.shadowRoot!.querySelectorAll('button')].map(({ textContent }) => textContent))).toEqual(['Receipt of the newest sync of Attic']);
  expect(gateway.asked('GET /servers')).toEqual([]);
});

it.each<[SyncStandingOf, string]>([
  [{ state: 'waiting' }, 'Waiting'], [{ state: 'waiting', error }, 'Trying again'], [{ state: 'running' }, 'Checking'], [{ state: 'stopped' }, 'Only when asked'],
  [{ state: 'stopped', error }, 'Needs you'], [{ state: 'idle' }, 'Not synced yet'], [{ state: 'idle', last_checked_at: ago(1) }, 'Up to date'], [{ state: 'idle', error }, 'Failed'],
])('%o is told as %s', (part, told) => {
  expect(syncStanding(server('a', { sync: { scheduled: true, interval_minutes: 15, ...part } }), undefined).words).toBe(told);
  expect(syncStanding(server('a', { enabled: false }), undefined).words).toBe('Switched off');
});

it('past runs of all servers are listed, told anew when one has ended, and lead to their receipts', async () => {
  const ended = syncing('a', { status: 'completed', end_time: ago(5) });
  const job = { job_id: 'job-a', operation: 'server_sync', server_id: 'a', dry_run: false, resumable: false, title: 'Server a', progress: ended };
  gateway.on('GET /sync/jobs', ({ query }) => ({ body: { success: true, items: query.operation === 'server_sync' ? [job] : [], next: null } }))
    .on('GET /sync/jobs/job-a', { body: { job, receipt: { by_reason: [{ key: 'new', n: 7 }], by_month: [], by_library: [], repairs: [], completed: [], changed: [], warnings: [] }, samples: [] } });
  await show([server('a'), server('b')]);
  const lists = () => gateway.asked('GET /sync/jobs').filter(({ query }) => query.operation === 'server_sync').length;
  expect(lists()).toBe(0);
  feed.push(ended);
  await settled();
  expect(words()).toMatch(/Past server syncs.*Server a.*Completed/);
  expect(lists()).toBe(1);
  feed.push(syncing('b', { seq: 6 }));
  await settled();
  expect(lists()).toBe(1);
  feed.push(syncing('b', { seq: 7, status: 'completed', end_time: ago(0) }));
  await settled();
  expect(lists()).toBe(2);
  await press(find('server-sync-status-section')!.shadowRoot!.querySelector('jobs-list')!, /^Receipt/);
  await settled();
  expect(wordsOf(find('server-sync-status-section'))).toContain('New plays');
});
