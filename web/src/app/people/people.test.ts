// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PeopleListed } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { FakeFeed, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf } from '../../test/manager.js';
import { all, button, find, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import { forget, regroup } from '../own/ownOperations.js';
import type { SyncManager } from '../SyncManager.js';
import { PeopleSection } from './PeopleSection.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));

const HOSTILE = '<img src=x onerror="alert(1)">';
const account = (server_id: string, user_id: string, name: string, plays: number) => ({ server_id, user_id, name, plays });
const anna = { id: 'p1', name: 'Anna', mapped: true, plays: 30, accounts: [account('s1', '7', 'anna', 20), account('s2', '9', 'Anna M', 10)] };
const evil = { id: 's1/8', name: HOSTILE, mapped: false, plays: 5, accounts: [account('s1', '8', HOSTILE, 5)] };
const people: PeopleListed = {
  items: [anna, evil],
  proposals: [{ accounts: [account('s1', '1', 'owner', 3), account('s1', '44', 'owner', 4)], because: 'Both are the owner of this server', weaker: false }],
  unmapped: { accounts: 3, plays: 12, nobodys: [account('s1', '0', 'Local', 2)] },
  skew: [{ server_id: 's1', seconds: -130, pairs: 40, alarm: true, message: 'No play ends before it was watched' }],
  forgotten: [{ id: 's1/5', since: '2026-01-01T00:00:00Z', by: 'admin', accounts: [{ server_id: 's1', user_id: '5' }] }],
  left_out: 0,
};
const started = (operation: 'regroup' | 'forget') => ({ status: 202, body: { success: true, message: '', correlation_id: 'r1', stats: running({ operation, job_id: 'r1', seq: 30 }) } });

let gateway: FakeGateway;
let feed: FakeFeed;
let manager: SyncManager;
let section: PeopleSection;
let heard: string[];

beforeEach(async () => {
  withDialogs();
  withoutSizes();
  heard = [];
  feed = new FakeFeed();
  gateway = new FakeGateway().on('GET /people', { body: people });
  manager = managerOf(gateway, { feed, operations: [regroup, forget] });
  section = new PeopleSection();
  Object.assign(section, { api: gateway.client(), manager, announcer: { polite: (text: string) => void heard.push(text), assertive: () => undefined }, active: true });
  document.body.append(section);
  manager.start();
  await settled();
});
afterEach(() => {
  manager.stop();
  section.remove();
});

async function press(name: string) {
  button(name)!.click();
  await settled();
}
const pressHeard = async (name: string) => {
  ([...all(document)].find((one) => one.localName === 'button' && one.textContent?.replace(/\s+/g, ' ').trim() === name) as HTMLElement).click();
  await settled();
};
async function submit(label: string, fill: (form: HTMLFormElement) => void) {
  const form = find<HTMLFormElement>(`form[aria-label="${label}"]`)!;
  fill(form);
  form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
}

it('persons, proposals, accounts of nobody, clocks and who is forgotten are told, and names are text', () => {
  for (const part of ['Both are the owner of this server', '3 accounts with 12 plays', 'Tautulli is 2m 10s ahead of Plex', 'Check the clocks', 's1/5']) expect(words()).toContain(part);
  expect(words()).toContain(HOSTILE);
  expect(find('img')).toBeUndefined();
});

it('a proposal is joined by one click, the job is shown, and the list is told anew when it has ended', async () => {
  gateway.on('POST /people/join', started('regroup'));
  await pressHeard('Join owner');
  expect(gateway.asked('POST /people/join')[0]?.body).toEqual({ accounts: [{ server_id: 's1', user_id: '1' }, { server_id: 's1', user_id: '44' }] });
  expect(words()).toContain('Grouping plays anew');
  const asked = gateway.asked('GET /people').length;
  feed.push(running({ operation: 'regroup', status: 'completed', job_id: 'r1', seq: 31 }));
  await settled();
  expect(gateway.asked('GET /people').length).toBe(asked + 1);
});

it('persons that are chosen become one, of the name that is typed', async () => {
  gateway.on('POST /people/join', started('regroup'));
  for (const box of [...all(document)].filter((one) => one.matches('td input[type=checkbox]'))) (box as HTMLInputElement).click();
  await settled();
  await press('Join 2 chosen');
  await submit('Join persons', (form) => { (form.elements.namedItem('name') as HTMLInputElement).value = 'Anna B'; });
  expect(gateway.asked('POST /people/join')[0]?.body).toEqual({
    name: 'Anna B', accounts: [{ server_id: 's1', user_id: '7' }, { server_id: 's2', user_id: '9' }, { server_id: 's1', user_id: '8' }],
  });
  expect(find('dialog[open]')).toBeUndefined();
});

it('persons without a name are joined without one, and an account\'s number is no name', async () => {
  gateway.on('GET /people', { body: { ...people, items: [{ ...anna, name: null }, { ...evil, name: null }] } }).on('POST /people/join', started('regroup'));
  section.active = false;
  await settled();
  section.active = true;
  await settled();
  for (const box of [...all(document)].filter((one) => one.matches('td input[type=checkbox]'))) (box as HTMLInputElement).click();
  await settled();
  await press('Join 2 chosen');
  await submit('Join persons', () => undefined);
  expect(gateway.asked('POST /people/join')[0]?.body).not.toHaveProperty('name');
});

it('what is asked for while something else is on its way is not said to be a mistake of the panel', async () => {
  gateway.on('POST /people/join', () => new Promise(() => undefined));
  await pressHeard('Join owner');
  await pressHeard('Split Anna');
  await submit('Split a person', (form) => form.querySelectorAll('input')[1]!.click());
  expect(gateway.asked('POST /people/p1/split')).toHaveLength(0);
  expect(find('dialog[open]')?.textContent).not.toContain('mistake');
});

it('a split says which accounts go, and a refusal stays in its dialog', async () => {
  gateway.on('POST /people/p1/split', refusal(409, 'IMPORT_RUNNING', { error: 'Another import is already running' }));
  await pressHeard('Split Anna');
  await submit('Split a person', () => undefined);
  expect(gateway.asked('POST /people/p1/split')).toHaveLength(0);
  await submit('Split a person', (form) => form.querySelectorAll('input')[1]!.click());
  expect(gateway.asked('POST /people/p1/split')[0]?.body).toEqual({ accounts: [{ server_id: 's2', user_id: '9' }] });
  expect(find('dialog[open]')?.textContent).toContain('Another import is already running');
});

it('nobody is forgotten before the figures are told and the name is typed', async () => {
  gateway.on('GET /people/p1/forget', { body: { id: 'p1', plays: 30, rows: 41, accounts: [], rejected: 1 } }).on('POST /people/p1/forget', started('forget'));
  await pressHeard('Forget Anna');
  expect(find('dialog[open]')?.textContent).toMatch(/30 plays.*41 rows/s);
  const type = (name: string) => submit('Forget Anna', (form) => { (form.elements.namedItem('name') as HTMLInputElement).value = name; });
  await type('Bernd');
  expect(gateway.asked('POST /people/p1/forget')).toHaveLength(0);
  await type('Anna');
  expect(gateway.asked('POST /people/p1/forget')).toHaveLength(1);
  expect(find('dialog[open]')).toBeUndefined();
});

it('who is forgotten can be let in again', async () => {
  gateway.on('DELETE /people/s1%2F5/forget', { body: { success: true } });
  await pressHeard('Let in again s1/5');
  expect(gateway.asked('DELETE /people/s1%2F5/forget')).toHaveLength(1);
  expect(heard).toContain('Rows of this person are let in again');
});

it.each([['regroup', 'Regrouping', '/people/join'], ['forget', 'Erasure', '/people/forget']] as const)('a %s that runs can be stopped, after a question', async (operation, noun, path) => {
  gateway.on(`DELETE ${path}`, { body: { success: true, stats: running({ operation, status: 'cancelled', job_id: 'r1', seq: 31 }) } });
  feed.push(running({ operation, job_id: 'r1', seq: 30 }));
  await settled();
  await press(`Stop ${noun}`);
  expect(gateway.asked(`DELETE ${path}`)).toHaveLength(0);
  [...find('stop-dialog')!.shadowRoot!.querySelectorAll('button')].find((one) => one.textContent === `Stop ${noun}`)!.click();
  await settled();
  expect(gateway.asked(`DELETE ${path}`)).toHaveLength(1);
});
