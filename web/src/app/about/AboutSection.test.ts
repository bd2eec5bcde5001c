// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ActorView, SystemStanding } from '../../lib/types/schema.js';
import { FakeBrowser, FakeClock, settled } from '../../test/fakes.js';
import { FakeGateway } from '../../test/gateway.js';
import { Session } from '../Session.js';
import { AboutSection } from './AboutSection.js';

const actor = (name: string, state: ActorView['state'], pid = 1): ActorView => ({ name, instance: `${name}#${pid}`, pid, version: '1', state });
const SYSTEM: SystemStanding = {
  version: '1', libraries: [], actors: [actor('broker', 'up')], problems: [],
  settings: { data_dir: '/data', listen: '127.0.0.1:1', allowed_dirs: [] },
};

let gateway: FakeGateway;
let about: AboutSection;

beforeEach(() => { gateway = new FakeGateway(); });
afterEach(() => document.body.replaceChildren());

async function show(system: Partial<SystemStanding>): Promise<void> {
  gateway.on('GET /system', { body: { ...SYSTEM, ...system } })
    .on('GET /auth/session', { body: { authenticated: true, setup_required: false, user: 'anna', role: 'admin', csrf_token: 'one', version: '1' } });
  const session = new Session({ api: gateway.client(), tabs: new FakeBrowser().tab(), clock: new FakeClock(), version: '1', reload: () => undefined });
  session.start();
  await settled();
  about = new AboutSection();
  Object.assign(about, { api: gateway.client(), session, active: true });
  document.body.append(about);
  await settled();
}
const text = (selector: string) => about.renderRoot.querySelector(selector)?.textContent?.replace(/\s+/g, ' ').trim() ?? '';

it('who cannot work is named at once, with the file and what restores it', async () => {
  await show({ problems: [{ actor: 'history', code: 'STORE_DAMAGED', error: 'A database of Playbus is damaged: history.db', remedy: 'Put the file back from a backup' }] });
  expect(text('[role=alert] .problem')).toBe('history cannot do its work: A database of Playbus is damaged: history.db. Put the file back from a backup.');
});

it('the newest check is told with its time and each store that is not whole, or that there was none', async () => {
  await show({});
  expect(text('[aria-labelledby=check]')).toMatch(/Not checked yet/);
  document.body.replaceChildren();
  await show({ check: { at: '2026-01-02T03:04:05.000Z', whole: false, stores: [
    { file: 'history.db', whole: false, code: 'STORE_DAMAGED', error: 'A database of Playbus is damaged', remedy: 'Put the file back', finding: 'page 7 is no page' },
    { file: 'audit.db', whole: true }] } });
  expect(text('[aria-labelledby=check]')).toMatch(/Not all whole Checked at .*2026.* history\.db: A database of Playbus is damaged\. page 7 is no page\. Put the file back\. Then run playbus check again\./);
  expect(text('[aria-labelledby=check]')).not.toMatch(/audit\.db/);
  document.body.replaceChildren();
  await show({ check: { at: '2026-01-02T03:04:05.000Z', whole: true, stores: [] } });
  expect(text('[aria-labelledby=check] .badge')).toBe('All whole');
});

it('a kernel that cannot confine the parts to their own files is told of', async () => {
  await show({ confined: true });
  expect(text('[aria-labelledby=settings]')).toMatch(/Files of other parts ?Closed to each part/);
  document.body.replaceChildren();
  await show({ confined: false });
  expect(text('[aria-labelledby=settings]')).toMatch(/Open to every part: this kernel has no Landlock/);
});

it('a part that hangs is told so even where another of its name runs; one that has ended is not', async () => {
  await show({ actors: [actor('history', 'up', 1), actor('history', 'hung', 2), actor('history', 'away', 3)] });
  expect([...about.renderRoot.querySelectorAll('.badge')].map((badge) => badge.textContent)).toEqual(['Running', 'Hanging']);
});

it('tells one version, the licence, where to read on and what takes the room; a page of another version says so', async () => {
  await show({ version: PLAYBUS_VERSION, disk: { free_bytes: 5e9, total_bytes: 9e9 }, stores: [{ name: 'history', bytes: 6_400_000 }, { name: 'audit', bytes: 90 }] });
  expect(text('#versions')).toBe(`Playbus ${PLAYBUS_VERSION}`);
  expect(text('[aria-labelledby=versions]')).toMatch(/Licence ?MIT/);
  expect(text('[aria-labelledby=versions]')).not.toMatch(/This page/);
  expect([...about.renderRoot.querySelectorAll('[aria-labelledby=versions] a')].map((link) => link.getAttribute('href')))
    .toEqual(['/api/v1/openapi.json', '/api/v1/metrics', 'https://tautulli.com']);
  expect(text('[aria-labelledby=disk]')).toMatch(/History ?6\.4 MB ?Audit log ?90 bytes/);
  document.body.replaceChildren();
  await show({ version: '99' });
  expect(text('[aria-labelledby=versions]')).toMatch(/Playbus 99 This page ?.*until it is reloaded/);
});
