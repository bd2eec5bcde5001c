// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { PlexPersonServer, PlexPinTold } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { FakeClock, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { all, button, find, words } from '../../test/page.js';
import { PlexSignInDialog } from './PlexSignInDialog.js';
import { openPlexWindow } from './plexWindow.js';

const ADDRESS = 'https://app.plex.tv/auth#?code=abc';
const HOSTILE = '<img src=x onerror="alert(1)">';
const pin = (part: Partial<PlexPinTold> = {}): { body: PlexPinTold } => ({ body: { id: 'p1', status: 'waiting', address: ADDRESS, servers: [], ...part } });
const way = (address: string, works = true) => ({ address, local: true, relay: false, secure: true, works, ...(works ? {} : { code: 'SERVER_UNREACHABLE', error: 'No server answers at this address' }) });
const mine: PlexPersonServer = { machine_identifier: 'm1', name: 'Home', owned: true, owner: null, version: '1.43', connections: [way('https://best'), way('https://second'), way('http://gone', false)] };
const others: PlexPersonServer[] = [
  { machine_identifier: 'm2', name: HOSTILE, owned: false, owner: 'bea', version: null, note: 'It shows only your own plays', connections: [way('https://theirs')] },
  { machine_identifier: 'm3', name: 'Known', owned: true, owner: null, version: null, server_id: 's9', connections: [way('https://known')] },
  { machine_identifier: 'm4', name: 'Off', owned: true, owner: null, version: null, connections: [way('https://off', false)] },
];

let gateway: FakeGateway;
let clock: FakeClock;
let dialog: PlexSignInDialog;
let went: string[];
let closed: number;
let added: unknown[];
let ended: number; // how often it was closed

async function show({ blocked = false } = {}) {
  dialog = new PlexSignInDialog();
  const window = blocked ? undefined : { goTo: (to: string) => void went.push(to), close: () => void (closed += 1) };
  Object.assign(dialog, { api: gateway.client(), clock, window });
  dialog.addEventListener('added', (event) => void added.push((event as CustomEvent).detail));
  dialog.addEventListener('closed', () => void (ended += 1));
  document.body.append(dialog);
  await settled();
}
const link = () => find<HTMLAnchorElement>('a.button');
async function pass() {
  await clock.pass(2000);
  await settled();
}
async function done(servers: PlexPersonServer[]) {
  gateway.on('GET /servers/plex/pin/p1', pin({ status: 'done', servers }));
  await pass();
}
async function add(label: string) {
  [...all(document)].find((one) => one.matches('form') && one.getAttribute('aria-label') === label)!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
}

beforeEach(() => {
  withDialogs();
  [went, closed, added, ended] = [[], 0, [], 0];
  clock = new FakeClock();
  gateway = new FakeGateway().on('POST /servers/plex/pin', { status: 201, ...pin() }).on('GET /servers/plex/pin/p1', pin()).on('DELETE /servers/plex/pin/p1', { body: {} });
});
afterEach(() => dialog.remove());

it('the window that the click opened is led to Plex, and a link beside it does the same', async () => {
  await show();
  expect(went).toEqual([ADDRESS]);
  expect([link()?.href, link()?.target, link()?.rel]).toEqual([ADDRESS, '_blank', 'noopener noreferrer']);
});

it('where the browser keeps the window shut the link is what is offered', async () => {
  await show({ blocked: true });
  expect(words()).toContain('did not let a window open');
  expect(link()?.matches('.primary')).toBe(true);
});

it('a window that leads nowhere is closed, and one can begin again', async () => {
  gateway.on('POST /servers/plex/pin', refusal(422, 'PLEX_TV_UNREACHABLE', { error: 'plex.tv does not answer' }));
  await show();
  expect([went, closed]).toEqual([[], 1]);
  expect(words()).toContain('plex.tv does not answer');
  const opened = { opener: {} as unknown, location: { replace: (to: string) => void went.push(to) }, close: () => undefined };
  vi.spyOn(window, 'open').mockReturnValue(opened as never);
  gateway.on('POST /servers/plex/pin', { status: 201, ...pin() });
  button('Begin again')!.click();
  await settled();
  expect([went, opened.opener]).toEqual([[ADDRESS], null]);
  vi.restoreAllMocks();
});

it('a browser that opens no window says so', () => {
  vi.spyOn(window, 'open').mockReturnValue(null);
  expect(openPlexWindow()).toBeUndefined();
  vi.restoreAllMocks();
});

it('it is asked every two seconds until it is done, through what delays it, and then no more', async () => {
  await show();
  gateway.on('GET /servers/plex/pin/p1', { fails: 'down' });
  await pass();
  expect(words()).toContain('Connection lost');
  gateway.on('GET /servers/plex/pin/p1', pin({ signed_in: true, problem: { code: 'PLEX_TV_UNREACHABLE', error: 'plex.tv does not answer', remedy: 'It is tried again' } }));
  await pass();
  expect(words()).toContain('Looking where your servers answer');
  expect(words()).toContain('plex.tv does not answer');
  expect(link()).toBeUndefined();
  await done([mine]);
  const asked = gateway.asked('GET /servers/plex/pin/p1').length;
  await clock.pass(60_000);
  expect(gateway.asked('GET /servers/plex/pin/p1')).toHaveLength(asked);
});

it('the servers are told with who owns them and where they answer, and what cannot be added has no button', async () => {
  await show();
  await done([mine, ...others]);
  for (const part of ['Yours', 'Shared by bea', 'It shows only your own plays.', 'Added already', 'It answers at none of its addresses', 'No server answers at this address', HOSTILE]) expect(words()).toContain(part);
  expect(find('img')).toBeUndefined();
  expect([...all(document)].filter((one) => one.localName === 'button').map((one) => one.textContent?.trim()).filter((text) => text?.startsWith('Add '))).toEqual(['Add Home', `Add ${HOSTILE}`]);
});

it('the server is added at the address that is chosen, the best one unless told, and where no other is left that ends it', async () => {
  gateway.on('POST /servers/plex/pin/p1/add', { status: 201, body: { success: true, server: { id: 's1', name: 'Home' } } });
  await show();
  await done([mine]);
  gateway.on('GET /servers/plex/pin/p1', pin({ status: 'done', servers: [{ ...mine, server_id: 's1' }] }));
  await add('Home');
  expect(gateway.asked('POST /servers/plex/pin/p1/add')[0]?.body).toEqual({ machine_identifier: 'm1', connection: 'https://best' });
  expect([added, ended]).toEqual([[{ id: 's1', name: 'Home' }], 1]);
  dialog.remove();
  expect(gateway.asked('DELETE /servers/plex/pin/p1')).toHaveLength(1);
});

it('another server is added with the same sign-in', async () => {
  gateway.on('POST /servers/plex/pin/p1/add', { status: 201, body: { success: true, server: { id: 's1', name: 'Home' } } });
  await show();
  await done([mine, ...others]);
  gateway.on('GET /servers/plex/pin/p1', pin({ status: 'done', servers: [{ ...mine, server_id: 's1' }, ...others] }));
  await add('Home');
  expect(ended).toBe(0);
  expect(words()).toContain('Home was added. You can add another one.');
  expect(button('Cancel')).toBeUndefined();
  expect(button('Add Home')).toBeUndefined();
  await add(HOSTILE);
  expect(gateway.asked('POST /servers/plex/pin/p1/add').map(({ body }) => (body as { machine_identifier: string }).machine_identifier)).toEqual(['m1', 'm2']);
  button('Close')!.click();
  expect(ended).toBe(1);
});

it('where its name is taken another one is asked for', async () => {
  gateway.on('POST /servers/plex/pin/p1/add', ({ body }) => ((body as { name?: string }).name === undefined ? refusal(409, 'NAME_TAKEN', { error: 'This name is taken' }) : { status: 201, body: { server: {} } }));
  await show();
  await done([mine]);
  await add('Home');
  Object.assign(find('input[name=name]')!, { value: 'Attic' });
  await add('Home');
  expect(gateway.asked('POST /servers/plex/pin/p1/add')[1]?.body).toMatchObject({ name: 'Attic' });
});

it('one that has expired, is another\'s, or was used says so and can be begun again', async () => {
  await show();
  gateway.on('GET /servers/plex/pin/p1', pin({ status: 'expired', problem: { code: 'PLEX_TV_REFUSED', error: 'plex.tv refused it', remedy: 'Begin again' } }));
  await pass();
  expect(words()).toContain('This sign-in is over');
  expect(words()).toContain('plex.tv refused it');
  expect(button('Begin again')).toBeDefined();
  dialog.remove();
  gateway.on('GET /servers/plex/pin/p1', pin());
  await show();
  gateway.on('GET /servers/plex/pin/p1', refusal(404, 'PLEX_PIN_NOT_FOUND', { error: 'There is no such sign-in' }));
  await pass();
  expect(words()).toContain('There is no such sign-in');
  expect(button('Begin again')).toBeDefined();
  dialog.remove();
  gateway.on('GET /servers/plex/pin/p1', pin()).on('POST /servers/plex/pin/p1/add', refusal(409, 'PLEX_PIN_OVER', { error: 'It is over' }));
  await show();
  await done([mine]);
  await add('Home');
  expect(button('Begin again')).toBeDefined();
});

it('who closes the dialog gives the sign-in up', async () => {
  await show();
  dialog.remove();
  await settled();
  expect(gateway.asked('DELETE /servers/plex/pin/p1')).toHaveLength(1);
  await clock.pass(60_000);
  expect(gateway.asked('GET /servers/plex/pin/p1')).toHaveLength(0);
});
