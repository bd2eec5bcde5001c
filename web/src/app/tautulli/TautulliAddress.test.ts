// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeFeed, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf, operationOf } from '../../test/manager.js';
import { all, button, find, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import type { SyncManager } from '../SyncManager.js';
import '../OperationSection.js';
import type { OperationSection } from '../OperationSection.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));
withoutSizes();

const nas = { id: 't1', name: 'nas', kind: 'tautulli', address: 'http://nas:8181', enabled: true };
const attic = { ...nas, id: 't2', name: 'attic', address: 'http://attic:8181' };
const plex = { ...nas, id: 'p', name: 'plex', kind: 'plex', address: 'http://nas:32400' };

let gateway: FakeGateway;
let section: OperationSection;
let manager: SyncManager;
const said: string[] = [];

async function rest(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await settled();
    await section.updateComplete;
  }
}

async function show(...items: object[]): Promise<void> {
  gateway.on('GET /servers', { body: { items } }).on('POST /import/tautulli', { status: 202, body: { stats: running() } });
  manager = managerOf(gateway, { feed: new FakeFeed() });
  manager.start();
  section = document.createElement('operation-section');
  Object.assign(section, { operation: operationOf(manager), admin: true, announcer: { polite: (text: string) => said.push(text), assertive: (text: string) => said.push(text) } });
  document.body.append(section);
  await rest();
  labelled('A Tautulli, from its address')?.click();
  await rest();
}

const labelled = (text: string) => [...all(document)].find((one) => one.localName === 'label' && one.textContent?.trim().startsWith(text))?.querySelector('input') ?? undefined;

function fill(id: string, text: string): void {
  const field = find<HTMLInputElement>(`#${id}`);
  if (field) field.value = text;
}

beforeEach(() => {
  gateway = new FakeGateway();
  said.length = 0;
});

afterEach(() => {
  manager.stop();
  document.body.replaceChildren();
});

it('one that is registered is chosen, and imported by its address', async () => {
  await show(plex, nas, attic);
  expect(labelled('plex')).toBeUndefined();
  button('Start Import')?.click();
  await rest();
  expect(gateway.asked('POST /import/tautulli'), 'none was chosen').toHaveLength(0);
  labelled('attic')?.click();
  await rest();
  button('Start Import')?.click();
  await rest();
  expect(gateway.asked('POST /import/tautulli').map(({ body }) => body)).toEqual([{ db_path: 'http://attic:8181' }]);
});

it('the only one that is registered is chosen by itself', async () => {
  await show(nas);
  button('Start Import')?.click();
  await rest();
  expect(gateway.asked('POST /import/tautulli').map(({ body }) => body)).toEqual([{ db_path: 'http://nas:8181' }]);
});

it('another one is tried with its key before it is kept, and then chosen', async () => {
  await show();
  gateway.on('POST /servers/test', { body: {} }).on('POST /servers', { status: 201, body: { server: nas } }).on('GET /servers', { body: { items: [nas] } });
  fill('address', ' http://nas:8181/ ');
  fill('key', 'secret');
  button('Add this Tautulli')?.click();
  await rest();
  expect(gateway.asked('POST /servers/test')[0]?.body).toEqual({ kind: 'tautulli', address: 'http://nas:8181/', token: 'secret' });
  expect(gateway.asked('POST /servers')[0]?.body).toMatchObject({ kind: 'tautulli', name: 'nas:8181', token: 'secret' });
  expect(said).toContain('nas was added');
  expect(labelled('nas')?.checked).toBe(true);
});

it('a key that does not work is said, and nothing is kept', async () => {
  await show();
  gateway.on('POST /servers/test', refusal(422, 'TAUTULLI_KEY_REFUSED', { error: 'Tautulli does not accept the API key', remedy: 'Copy it anew' }));
  fill('address', 'http://nas:8181');
  fill('key', 'wrong');
  button('Add this Tautulli')?.click();
  await rest();
  expect(words()).toContain('Tautulli does not accept the API key');
  expect(said).toContain('Tautulli does not accept the API key');
  expect(gateway.asked('POST /servers')).toHaveLength(0);
});
