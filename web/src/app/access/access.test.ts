// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TokenView, UserView } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import type { ListCard } from '../ui/ListCard.js';
import { deviceOf } from './device.js';
import { SessionsCard } from './SessionsCard.js';
import { TokensCard } from './TokensCard.js';
import { UsersCard } from './UsersCard.js';

const HOSTILE = '<img src=x onerror="alert(1)">';
const created_at = '2026-01-01T00:00:00Z';
const anna: UserView = { id: 'u/1', name: 'anna', role: 'admin', active: true, must_change_password: false, created_at };
const bernd: UserView = { ...anna, id: 'u2', name: HOSTILE, role: 'viewer' };
const token: TokenView = { id: 't1', name: 'nightly', role: 'viewer', user: 'anna', created_at, expires_at: created_at };

let gateway: FakeGateway;
let card: ListCard<unknown>;
let heard: string[];

beforeEach(() => {
  withDialogs();
  heard = [];
  gateway = new FakeGateway().on('GET /users', { body: { items: [anna, bernd] } });
});
afterEach(() => card.remove());

async function show(made: ListCard<never>) {
  card = made as unknown as ListCard<unknown>;
  made.api = gateway.client();
  made.announcer = { polite: (text) => void heard.push(text), assertive: () => undefined };
  document.body.append(made);
  made.active = true;
  await settled();
}
const nameOf = (element: Element) => element.textContent?.replace(/\s+/g, ' ').trim();
const button = (name: string) => [...card.renderRoot.querySelectorAll('button')].find((one) => nameOf(one) === name)!;
const person = (id: string, name: string) => ({ id, name, mapped: true, plays: 1, accounts: [] });
const tick = (id: string) => openDialog()!.querySelector<HTMLInputElement>(`tied-persons input[value="${id}"]`)!.click();
const openDialog = () => card.renderRoot.querySelector<HTMLDialogElement>('dialog[open]');
async function click(name: string) {
  button(name).click();
  await settled();
}
async function submit(texts: Record<string, string>) {
  const form = openDialog()!.querySelector('form')!;
  for (const [name, text] of Object.entries(texts)) {
    (form.elements.namedItem(name) as HTMLInputElement).value = text;
  }
  form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
}

it('a name with markup in it is text in the table and in its dialog', async () => {
  await show(new UsersCard() as never);
  expect(card.renderRoot.querySelector('img')).toBeNull();
  await click(`Remove ${HOSTILE}`);
  expect(openDialog()?.textContent).toContain(HOSTILE);
  expect(card.renderRoot.querySelector('img')).toBeNull();
});

it('a change sends only what is different, and the list is fetched again', async () => {
  gateway.on('PATCH /users/u%2F1', { body: anna });
  await show(new UsersCard() as never);
  await click('Change anna');
  await submit({ role: 'viewer' });
  expect(gateway.asked('PATCH /users/u%2F1')[0]?.body).toEqual({ role: 'viewer' });
  expect(gateway.asked('GET /users')).toHaveLength(2);
  expect(openDialog()).toBeNull();
  expect(heard).toEqual(['User anna was changed']);
});

it('a viewer is tied to the persons that are ticked, and nothing else is sent', async () => {
  gateway
    .on('GET /people', { body: { items: [person('p1', HOSTILE), person('s1/7', 'Anna')] } })
    .on('PATCH /users/u2', { body: bernd });
  await show(new UsersCard() as never);
  await click(`Change ${HOSTILE}`);
  tick('s1/7');
  await submit({});
  expect(gateway.asked('PATCH /users/u2')[0]?.body).toEqual({ people: ['s1/7'] });
});

it('a new viewer is tied before anybody is told that the user was added', async () => {
  gateway.on('GET /people', { body: { items: [person('p1', 'Anna')] } }).on('POST /users', { status: 201, body: bernd }).on('PATCH /users/u2', { body: bernd });
  await show(new UsersCard() as never);
  await click('Add user');
  tick('p1');
  await submit({ name: 'hanna', password: 'correct horse battery' });
  expect(gateway.asked('POST /users')[0]?.body).not.toHaveProperty('people');
  expect(gateway.asked('PATCH /users/u2')[0]?.body).toEqual({ people: ['p1'] });
  expect(heard).toEqual(['User hanna was added']);
});

it('a new user who could not be tied is shown as one to change, with the reason', async () => {
  gateway
    .on('GET /people', { body: { items: [person('p1', 'Anna')] } }).on('POST /users', { status: 201, body: bernd })
    .on('PATCH /users/u2', refusal(503, 'STORE_UNAVAILABLE', { error: 'The store does not answer' }));
  await show(new UsersCard() as never);
  await click('Add user');
  tick('p1');
  await submit({ name: 'hanna', password: 'correct horse battery' });
  expect(openDialog()?.getAttribute('aria-label')).toBe(`Change ${HOSTILE}`);
  expect(openDialog()?.textContent).toContain('The store does not answer');
  expect(heard).toEqual([]);
});

it('of many persons a part is shown, the others are searched, and a tick stays', async () => {
  const many = Array.from({ length: 300 }, (_, i) => person(`p${i}`, `Person ${i}`));
  gateway.on('GET /people', { body: { items: many } }).on('PATCH /users/u2', { body: bernd });
  await show(new UsersCard() as never);
  await click(`Change ${HOSTILE}`);
  expect(openDialog()!.querySelectorAll('tied-persons input[type=checkbox]')).toHaveLength(50);
  expect(openDialog()!.textContent).toContain('250 more persons: search to find them.');
  for (const wanted of ['person 299', 'person 250']) {
    const search = openDialog()!.querySelector<HTMLInputElement>('input[type=search]')!;
    search.value = wanted;
    search.dispatchEvent(new Event('input'));
    await settled();
    tick(`p${wanted.slice(7)}`);
  }
  expect([...openDialog()!.querySelectorAll<HTMLInputElement>('tied-persons input[type=checkbox]')].map(({ value, checked }) => [value, checked]))
    .toEqual([['p250', true], ['p299', true]]);
  await submit({});
  expect(gateway.asked('PATCH /users/u2')[0]?.body).toEqual({ people: ['p299', 'p250'] });
});

it('before anybody is known there is nothing to tick', async () => {
  gateway.on('GET /people', { body: { items: [] } });
  await show(new UsersCard() as never);
  await click('Add user');
  expect(openDialog()?.textContent).toContain('Nobody is known yet');
  expect(openDialog()?.querySelector('fieldset')).toBeNull();
});

it('that nobody says who can be seen is told in the dialog', async () => {
  gateway.on('GET /people', refusal(503, 'HISTORY_UNAVAILABLE', { error: 'The history does not answer' }));
  await show(new UsersCard() as never);
  await click(`Change ${HOSTILE}`);
  expect(openDialog()?.querySelector('[role=alert]')?.textContent).toContain('The history does not answer');
});

it('only a viewer is said to see own plays only', async () => {
  gateway.on('GET /users', { body: { items: [{ ...anna, people: ['p1'] }, { ...bernd, people: ['p1'] }] } });
  await show(new UsersCard() as never);
  expect([...card.renderRoot.querySelectorAll('tbody tr')].map((row) => row.textContent?.includes('Own plays only'))).toEqual([false, true]);
});

it('a change of nothing asks nothing', async () => {
  await show(new UsersCard() as never);
  await click('Change anna');
  await submit({});
  expect(gateway.calls.map(({ route }) => route)).toEqual(['GET /users', 'GET /people']);
  expect(openDialog()).toBeNull();
});

it('the last administrator stays, and the dialog says why', async () => {
  gateway.on('DELETE /users/u%2F1', refusal(409, 'LAST_ADMIN', { error: 'This is the last administrator who can sign in' }));
  await show(new UsersCard() as never);
  await click('Remove anna');
  await submit({});
  expect(openDialog()?.querySelector('[role="alert"]')?.textContent).toContain('This is the last administrator');
  expect(heard).toEqual([]);
});

it('a token\'s secret is shown once, and gone with its dialog', async () => {
  gateway.on('GET /tokens', { body: { items: [] } }).on('POST /tokens', { status: 201, body: { token: 'pbt_1_secret', about: token } });
  await show(new TokensCard() as never);
  await click('Create token');
  await submit({ name: 'nightly', days: '30' });
  expect(gateway.asked('POST /tokens')[0]?.body).toEqual({ name: 'nightly', role: 'viewer', expires_in_days: 30 });
  expect(openDialog()?.querySelector('input')?.value).toBe('pbt_1_secret');
  await click('Done');
  expect(card.renderRoot.querySelector('input')).toBeNull();
});

it('one\'s own session has no Revoke, another\'s ends with one click', async () => {
  const session = { id: 's1', user: 'anna', created_at, last_used_at: created_at, expires_at: created_at, current: true };
  gateway
    .on('GET /auth/sessions', { body: { items: [session, { ...session, id: 's2', current: false, address: '10.0.0.2' }] } })
    .on('DELETE /auth/sessions/s2', {});
  await show(new SessionsCard() as never);
  await click('Revoke Unknown, 10.0.0.2, anna');
  expect(card.renderRoot.querySelectorAll('td button')).toHaveLength(1);
  expect(gateway.asked('DELETE /auth/sessions/s2')).toHaveLength(1);
});

it('who does not give the password that a change needs is not told of an error', async () => {
  const session = { id: 's2', user: 'anna', created_at, last_used_at: created_at, expires_at: created_at, current: false };
  gateway.on('GET /auth/sessions', { body: { items: [session] } }).on('DELETE /auth/sessions/s2', refusal(403, 'PASSWORD_NEEDED'));
  await show(new SessionsCard() as never);
  await click('Revoke Unknown, , anna');
  expect(gateway.asked('DELETE /auth/sessions/s2')).toHaveLength(1);
  expect([...card.renderRoot.querySelectorAll('[role=alert]')].map(nameOf)).toEqual(['', '']);
});

it('a role is described in the same words for users and tokens', async () => {
  const roles = async (made: ListCard<never>, opener: string): Promise<(string | undefined)[]> => {
    await show(made);
    await click(opener);
    return [...(openDialog()?.querySelectorAll('[name=role] option') ?? [])].map(nameOf);
  };
  gateway.on('GET /tokens', { body: { items: [] } });
  const ofUsers = await roles(new UsersCard() as never, 'Add user');
  card.remove();
  expect(await roles(new TokensCard() as never, 'Create token')).toEqual(ofUsers);
});

it('what is said of a copy stands on a line of its own', async () => {
  gateway.on('GET /tokens', { body: { items: [] } }).on('POST /tokens', { status: 201, body: { token: 'pbt_1_secret', about: token } });
  vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText: async () => undefined } });
  await show(new TokensCard() as never);
  await click('Create token');
  await submit({ name: 'nightly', days: '30' });
  await click('Copy');
  const told = openDialog()!.querySelector('[role=status]')!;
  expect(told.textContent).toBe('Copied');
  expect(told.localName).toBe('p');
  vi.unstubAllGlobals();
});

it('browsers are named as people know them', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36';
  expect(deviceOf(chrome)).toBe('Chrome on Linux');
  expect(deviceOf(`${chrome} Edg/131.0`)).toBe('Edge on Linux');
  expect(deviceOf(chrome.replace('Chrome', 'HeadlessChrome'))).toBe('Chrome on Linux');
  expect(deviceOf('Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1')).toBe('Safari on iPhone');
  expect(deviceOf('curl/8.5.0')).toBe('curl');
  expect(deviceOf(undefined)).toBe('Unknown');
});

it('of two lists that were asked for, the one asked for last is shown', async () => {
  let late: () => void = () => undefined;
  gateway.on('GET /users', () => new Promise((resolve) => { late = () => resolve({ body: { items: [bernd] } }); }));
  await show(new UsersCard() as never);
  gateway.on('GET /users', { body: { items: [anna] } });
  await card.load();
  late();
  await settled();
  expect(card.renderRoot.querySelector('tbody')?.textContent).toContain('anna');
});

it('what a person did and nobody answered is not said to be tried again', async () => {
  gateway.on('GET /people', { body: { items: [] } });
  await show(new UsersCard() as never);
  await click('Add user');
  await submit({ name: 'hanna', password: 'correct horse battery' });
  expect(openDialog()?.querySelector('[role=alert]')?.textContent?.trim()).toMatch(/^Connection lost\. Check that .*, then try again\.$/);
  expect(button('Add user').getAttribute('aria-disabled')).not.toBe('true');
});
