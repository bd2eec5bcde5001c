// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ServerView } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { all, button, find, words } from '../../test/page.js';
import { everyWords } from './schedule.js';
import { ServersSection } from './ServersSection.js';

const HOSTILE = '<img src=x onerror="alert(1)">';
const PRINT = 'ab'.repeat(32);

function server(part: Partial<ServerView> = {}): ServerView {
  return {
    id: 's1', name: 'Home', kind: 'plex', address: 'http://10.0.0.2:32400', enabled: true, identity: 'f'.repeat(40), server_name: 'Attic', version: '1.43.0',
    owner: 'anna', certificate_sha256: null, has_token: true, token_hint: 'wxyz', username: null, created_at: '2026-01-01T00:00:00Z', changed_at: '2026-01-01T00:00:00Z',
    test: { at: '2026-01-02T00:00:00Z', works: true }, ...part,
  };
}
const failing = (code: string, error: string, more: object = {}) => server({ test: { at: '2026-01-02T00:00:00Z', works: false, code, error, remedy: 'Do this', ...more } });

let gateway: FakeGateway;
let section: ServersSection;
let heard: string[];

beforeEach(() => {
  withDialogs();
  heard = [];
  gateway = new FakeGateway();
});
afterEach(() => section.remove());

async function show(...items: ServerView[]) {
  gateway.on('GET /servers', { body: { success: true, items } });
  section = new ServersSection();
  const say = (text: string) => void heard.push(text);
  Object.assign(section, { api: gateway.client(), announcer: { polite: say, assertive: say }, active: true });
  document.body.append(section);
  await settled();
}
async function press(name: string) {
  const named = (one: Element) => one.localName === 'button' && one.textContent?.replace(/\s+/g, ' ').trim() === name;
  ([...all(document)].find(named) as HTMLElement).click();
  await settled();
}
async function submit(values: Record<string, string | boolean>, by?: string) {
  const form = find<HTMLFormElement>('form')!;
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name) as HTMLInputElement;
    if (typeof value === 'boolean') field.checked = value;
    else field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  await settled();
  form.dispatchEvent(new SubmitEvent('submit', { cancelable: true, submitter: by === undefined ? null : button(by)! }));
  await settled();
}
const NEW = { name: 'Home', address: ' http://10.0.0.2:32400 ', token: ' secret-token ' };

it('each server is told with its kind, address and state, and of its token no more than the end', async () => {
  await show(server(), server({ id: 's2', name: HOSTILE, has_token: false, token_hint: null, enabled: false, server_name: HOSTILE }));
  for (const part of ['Plex', 'Works', 'http://10.0.0.2:32400', 'Attic, 1.43.0, of anna', '••••••••wxyz', 'Switched off', HOSTILE]) expect(words()).toContain(part);
  expect(find('img')).toBeUndefined();
});

it('what is wrong with a server stands beside it, with what helps', async () => {
  await show(failing('SERVER_TOKEN_REFUSED', 'The server does not accept the token'));
  for (const part of ['Does not work', 'The server does not accept the token', 'Do this.']) expect(words()).toContain(part);
});

it('a new server is tried before it is added, and then tested as it is stored', async () => {
  await show();
  expect(words()).toContain('No servers yet');
  gateway.on('POST /servers/test', { body: { success: true } }).on('POST /servers', { status: 201, body: { success: true, server: server() } })
    .on('POST /servers/s1/test', { body: { success: true, server: server() } });
  await press('Add by address');
  await submit(NEW);
  const given = { kind: 'plex', address: 'http://10.0.0.2:32400', token: 'secret-token' };
  expect(gateway.asked('POST /servers/test')[0]?.body).toEqual(given);
  expect(gateway.asked('POST /servers')[0]?.body).toEqual({ ...given, name: 'Home' });
  expect(gateway.asked('POST /servers/s1/test')).toHaveLength(1);
  expect(heard).toEqual(['Home was added', 'Home works']);
  expect(find('dialog[open]')).toBeUndefined();
});

it('one that does not answer is added only if the person says so', async () => {
  await show();
  gateway.on('POST /servers/test', refusal(422, 'SERVER_UNREACHABLE', { error: 'No server answers at this address' })).on('POST /servers', { status: 201, body: { server: server() } })
    .on('POST /servers/s1/test', refusal(422, 'SERVER_UNREACHABLE'));
  await press('Add by address');
  await submit(NEW);
  expect(find('dialog[open]')?.textContent).toContain('No server answers at this address');
  expect(gateway.asked('POST /servers')).toHaveLength(0);
  await submit({}, 'Add all the same');
  expect(gateway.asked('POST /servers/test')).toHaveLength(1);
  expect(gateway.asked('POST /servers')).toHaveLength(1);
});

it('a refusal that is none of the server is no reason to add it untried', async () => {
  await show();
  gateway.on('POST /servers/test', refusal(400, 'BAD_FIELD', { field: 'address' }));
  await press('Add by address');
  await submit(NEW);
  expect(button('Add all the same')).toBeUndefined();
  expect(find('input[name=address]')?.getAttribute('aria-invalid')).toBe('true');
});

it('a certificate is trusted when its fingerprint was shown and ticked, also after another mistake', async () => {
  await show();
  let shown = 0;
  gateway.on('POST /servers/test', ({ body }) => (
    (body as { certificate_sha256?: string }).certificate_sha256 === undefined
      ? refusal(422, 'SERVER_CERTIFICATE', { details: { code: 'SERVER_CERTIFICATE', certificate_sha256: PRINT }, remedy: 'confirm it as certificate_sha256' })
      : (shown += 1) === 1 ? refusal(422, 'SERVER_TOKEN_REFUSED') : { body: {} }
  )).on('POST /servers', { status: 201, body: { server: server() } }).on('POST /servers/s1/test', { body: {} });
  await press('Add by address');
  await submit(NEW);
  expect(find('.fingerprint')?.textContent).toBe('AB:'.repeat(31) + 'AB');
  expect(words()).not.toContain('certificate_sha256');
  await submit({});
  expect(gateway.asked('POST /servers/test').map(({ body }) => 'certificate_sha256' in (body as object))).toEqual([false, false]);
  await submit({ certificate: true });
  await submit({ token: 'right' });
  expect(gateway.asked('POST /servers')[0]?.body).toEqual({ kind: 'plex', name: 'Home', address: 'http://10.0.0.2:32400', token: 'right', certificate_sha256: PRINT });
});

it('another address takes the confirmation of a certificate with it', async () => {
  await show();
  gateway.on('POST /servers/test', refusal(422, 'SERVER_CERTIFICATE', { details: { code: 'SERVER_CERTIFICATE', certificate_sha256: PRINT } }));
  await press('Add by address');
  await submit(NEW);
  find<HTMLInputElement>('input[name=certificate]')!.checked = true;
  await submit({ address: 'https://elsewhere' });
  expect(gateway.asked('POST /servers/test')[1]?.body).toEqual({ kind: 'plex', address: 'https://elsewhere', token: 'secret-token' });
});

it('a change sends what was changed and no more, and a certificate that the last test was shown can be confirmed', async () => {
  await show(failing('SERVER_CERTIFICATE_CHANGED', 'Another certificate', { certificate_sha256: PRINT }));
  gateway.on('PUT /servers/s1', { body: { server: server() } }).on('POST /servers/s1/test', { body: { server: server() } });
  await press('Compare the certificate');
  await submit({ certificate: true });
  expect(gateway.asked('PUT /servers/s1')[0]?.body).toEqual({ certificate_sha256: PRINT });
  await press('Change Home');
  await submit({ name: 'Attic', enabled: false, token: 'new' });
  expect(gateway.asked('PUT /servers/s1')[1]?.body).toEqual({ name: 'Attic', enabled: false, token: 'new' });
});

it('a confirmed certificate can be given up', async () => {
  await show(server({ certificate_sha256: PRINT }));
  gateway.on('PUT /servers/s1', { body: { server: server() } }).on('POST /servers/s1/test', { body: {} });
  await press('Change Home');
  await submit({ pinned: false });
  expect(gateway.asked('PUT /servers/s1')[0]?.body).toEqual({ certificate_sha256: '' });
});

it('a test that fails is heard, and told once: beside its server', async () => {
  await show(server());
  const bad = failing('SERVER_MAINTENANCE', 'The server is starting or in maintenance');
  gateway.on('POST /servers/s1/test', () => {
    gateway.on('GET /servers', { body: { items: [bad] } });
    return refusal(422, 'SERVER_MAINTENANCE', { error: 'The server is starting or in maintenance' });
  });
  await press('Test Home');
  expect(heard).toEqual(['Home: The server is starting or in maintenance']);
  expect(words().match(/The server is starting or in maintenance/g)).toHaveLength(1);
  expect(words()).toContain('In maintenance');
});

it('a test that was not even begun is told as such', async () => {
  await show(server());
  gateway.on('POST /servers/s1/test', { ...refusal(429, 'TOO_MANY_REQUESTS', { error: 'Too many requests' }), headers: { 'Retry-After': '9' } });
  await press('Test Home');
  for (const part of ['Too many requests.', 'Try again in 9 seconds.', 'Works']) expect(words()).toContain(part);
});

it('a server is removed after a question that says what stays, and one that is gone already is no mistake', async () => {
  await show(server());
  gateway.on('DELETE /servers/s1', refusal(404, 'SERVER_NOT_FOUND'));
  await press('Remove Home');
  expect(find('dialog[open]')?.textContent).toContain('Plays that are stored stay');
  gateway.on('GET /servers', { body: { items: [] } });
  await submit({});
  expect(heard).toEqual(['Home was removed']);
  expect(words()).toContain('No servers yet');
});

/** A person's choice among radio buttons. */
async function choose(name: string, value: string) {
  const field = find<HTMLInputElement>(`input[name=${name}][value=${value}]`)!;
  field.checked = true;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settled();
}
const choices = (name: string) => [...find('form')!.querySelectorAll<HTMLInputElement>(`input[name=${name}]`)].map(({ value }) => value);

it('a new server is of one of four kinds, and each is opened in its own ways', async () => {
  await show();
  await press('Add by address');
  expect(choices('kind')).toEqual(['plex', 'jellyfin', 'emby', 'tautulli']);
  expect(choices('way')).toEqual([]);
  await choose('kind', 'jellyfin');
  expect(choices('way')).toEqual(['token', 'password', 'quick-connect']);
  await choose('way', 'quick-connect');
  await choose('kind', 'emby');
  expect([choices('way'), find<HTMLInputElement>('input[name=way][value=token]')!.checked]).toEqual([['token', 'password'], true]);
  await choose('kind', 'plex');
  expect(choices('way')).toEqual([]);
});

it('a password is sent once, to be exchanged, and unencrypted only when that was confirmed', async () => {
  await show();
  gateway.on('POST /servers', ({ body }) => ((body as { insecure_password?: boolean }).insecure_password
    ? { status: 201, body: { server: server({ kind: 'jellyfin', username: 'ada' }) } } : refusal(422, 'PASSWORD_IN_CLEAR'))).on('POST /servers/s1/test', { body: {} });
  await press('Add by address');
  await choose('kind', 'jellyfin');
  await choose('way', 'password');
  const given = { kind: 'jellyfin', name: 'Home', address: 'http://10.0.0.2:8096', username: 'ada', password: ' correct horse ' };
  await submit({ name: given.name, address: given.address, username: given.username, password: given.password });
  expect(gateway.asked('POST /servers').map(({ body }) => body)).toEqual([given]);
  await submit({ insecure_password: true });
  expect(gateway.asked('POST /servers')[1]?.body).toEqual({ ...given, insecure_password: true });
  expect(gateway.asked('POST /servers/test')).toEqual([]);
  expect(heard).toContain('Home was added');
});

it('who is signed in is told instead of a token, and signs in anew without its being sent otherwise', async () => {
  await show(server({ kind: 'jellyfin', username: 'ada', owner: null }), server({ id: 's2', name: 'Keyed', kind: 'emby', owner: null }));
  expect(words()).toContain('Signed in as ada');
  expect(words()).toContain('API key ••••••••wxyz');
  gateway.on('PUT /servers/s1', { body: { server: server({ kind: 'jellyfin', username: 'ada' }) } }).on('POST /servers/s1/test', { body: {} });
  await press('Change Home');
  expect(choices('kind')).toEqual([]);
  await submit({ name: 'Attic' });
  expect(gateway.asked('PUT /servers/s1')[0]?.body).toEqual({ name: 'Attic' });
  await press('Change Home');
  await submit({ password: 'new one' });
  expect(gateway.asked('PUT /servers/s1')[1]?.body).toEqual({ username: 'ada', password: 'new one' });
});

it('a schedule is told, changed with the server, and of what is not synced there is none', async () => {
  const sync = { state: 'idle' as const, scheduled: true, interval_minutes: 45 };
  await show(server({ sync }), server({ id: 't', name: 'Tautulli', kind: 'tautulli' }));
  expect(words()).toMatch(/Synced By itself, every 45 minutes/);
  gateway.on('PUT /servers/s1', { body: { success: true, server: server() } }).on('POST /servers/s1/test', { body: {} });
  await press('Change Home');
  expect(find<HTMLSelectElement>('select[name=interval_minutes]')!.value).toBe('45');
  await submit({ interval_minutes: '1440', scheduled: false });
  expect(gateway.asked('PUT /servers/s1').map(({ body }) => body)).toEqual([{ scheduled: false, interval_minutes: 1440 }]);
  await press('Change Tautulli');
  expect(find('select[name=interval_minutes]')).toBeUndefined();
});

it.each([[1, 'every minute'], [15, 'every 15 minutes'], [60, 'every hour'], [180, 'every 3 hours'], [1440, 'every day'], [10_080, 'every 7 days'], [90, 'every 90 minutes']])('%i minutes are %s', (minutes, told) => {
  expect(everyWords(minutes)).toBe(told);
});
