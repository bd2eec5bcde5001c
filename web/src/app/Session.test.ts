// SPDX-License-Identifier: MIT
import { beforeEach, expect, it, vi } from 'vitest';
import { ApiClient } from '../lib/api/client.js';
import type { TabWord } from '../lib/TabChannel.js';
import type { AuthState } from '../lib/types/schema.js';
import { settled } from '../test/fakes.js';
import { FakeGateway, refusal } from '../test/gateway.js';
import { Session } from './Session.js';

const NOBODY: AuthState = { authenticated: false, setup_required: false, version: '1' };
const ANNA: AuthState = { authenticated: true, setup_required: false, user: 'anna', role: 'admin', csrf_token: 'one', version: '1' };

let gateway: FakeGateway;
let client: ApiClient;
let session: Session;
let reload: ReturnType<typeof vi.fn>;
let hear: (word: TabWord) => void;
let sent: string[];
let timers: { ms: number; then: () => void }[];

beforeEach(() => {
  gateway = new FakeGateway().on('GET /auth/session', { body: ANNA });
  client = new ApiClient({
    session: { get csrfToken() { return session.csrfToken; } },
    onSignedOut: () => session.lose(),
    recover: (error) => session.recover(error),
    fetch: gateway.fetch,
  });
  reload = vi.fn();
  sent = [];
  timers = [];
  session = new Session({
    api: client,
    version: '1',
    reload,
    tabs: { send: (word) => void sent.push(word), listen: (listener) => { hear = listener; return () => undefined; } },
    clock: { now: () => 0, random: () => 0, after: (ms, then) => { timers.push({ ms, then }); return () => undefined; } },
  });
});

it('the first question is asked until it is answered, ever more slowly', async () => {
  gateway.on('GET /auth/session', () => { throw new TypeError('nobody answers'); });
  session.start();
  await settled();
  expect(session.state).toMatchObject({ auth: undefined, unreachable: true });
  timers[0]?.then();
  await settled();
  expect(timers[1]?.ms).toBeGreaterThan(timers[0]?.ms ?? Infinity);
  gateway.on('GET /auth/session', { body: ANNA });
  timers[1]?.then();
  await settled();
  expect(session.state).toMatchObject({ auth: ANNA, unreachable: false });
  expect(timers).toHaveLength(2);
});

it('a session that ends keeps who was signed in and is called lost, until the sign-in', async () => {
  session.start();
  await settled();
  gateway.on('GET /import/status', refusal(401, 'NOT_SIGNED_IN', { error: 'You are not signed in' }));
  await expect(client.get('/import/status')).rejects.toMatchObject({ code: 'NOT_SIGNED_IN' });
  expect(session.state).toMatchObject({ lost: true, auth: { user: 'anna' } });
  gateway.on('POST /auth/login', { body: { ...ANNA, csrf_token: 'two' } });
  await session.signIn('anna', 'correct horse battery');
  expect(session.state.lost).toBe(false);
  expect(session.csrfToken).toBe('two');
  expect(reload).not.toHaveBeenCalled();
  expect(sent).toEqual(['signed-in']);
});

it('a wrong password is no lost session', async () => {
  session.start();
  await settled();
  gateway.on('POST /auth/confirm', refusal(401, 'SIGN_IN_FAILED', { error: 'Name or password is wrong' }));
  await expect(session.confirm('wrong')).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
  expect(session.state.lost).toBe(false);
});

it('somebody else who signs in over a lost session gets a fresh page', async () => {
  session.start();
  await settled();
  session.lose();
  gateway.on('POST /auth/login', { body: { ...ANNA, user: 'bernd' } });
  await session.signIn('bernd', 'correct horse battery');
  expect(reload).toHaveBeenCalledOnce();
  expect(session.state.auth?.user).toBe('anna');
});

it('calls refused for the password wait for it together, and each is sent once more', async () => {
  session.start();
  await settled();
  let fresh = false;
  const tokens = () => (fresh ? { status: 201, body: {} } : refusal(403, 'PASSWORD_NEEDED', { error: 'Your password is needed for this' }));
  gateway.on('POST /tokens', tokens).on('POST /auth/confirm', () => { fresh = true; return {}; });
  const calls = [client.post('/tokens', { name: 'a' }), client.post('/tokens', { name: 'b' })];
  await settled();
  expect(session.state.confirming).toBe(true);
  await session.confirm('correct horse battery');
  await Promise.all(calls);
  expect(session.state.confirming).toBe(false);
  expect(gateway.asked('POST /tokens')).toHaveLength(4);
});

it('a confirmation that is cancelled fails the call and leaves no dialog', async () => {
  session.start();
  await settled();
  gateway.on('POST /tokens', refusal(403, 'PASSWORD_NEEDED', { error: 'Your password is needed for this' }));
  const call = expect(client.post('/tokens', {})).rejects.toMatchObject({ code: 'PASSWORD_NEEDED' });
  await settled();
  session.cancelConfirmation();
  await call;
  expect(session.state.confirming).toBe(false);
  expect(gateway.asked('POST /tokens')).toHaveLength(1);
});

it('after a sign-in in another tab a call goes out again with the new token', async () => {
  session.start();
  await settled();
  gateway.on('GET /auth/session', { body: { ...ANNA, csrf_token: 'two' } });
  gateway.on('DELETE /import', ({ headers }) =>
    headers['X-CSRF-Token'] === 'two' ? {} : refusal(403, 'CSRF_FAILED', { error: 'The request does not carry this session\'s token' }));
  await client.delete('/import');
  expect(gateway.asked('DELETE /import').map((call) => call.headers['X-CSRF-Token'])).toEqual(['one', 'two']);
});

it('signing out in one tab shows the sign-in in the others, not a lost session', async () => {
  session.start();
  await settled();
  gateway.on('GET /auth/session', { body: NOBODY });
  hear('signed-out');
  await settled();
  expect(session.state).toMatchObject({ auth: { authenticated: false }, lost: false });
});

it('another tab that signed in ends this tab\'s lost state', async () => {
  session.start();
  await settled();
  session.lose();
  hear('signed-in');
  await settled();
  expect(session.state.lost).toBe(false);
});

it('a gateway of another version says that Playbus was updated', async () => {
  session.start();
  await settled();
  expect(session.state.updated).toBe(false);
  session.sawVersion('2');
  expect(session.state.updated).toBe(true);
});

it('while it signs out, what the gateway says of the session opens no dialog', async () => {
  session.start();
  await settled();
  let signedOut: () => void = () => undefined;
  gateway.on('POST /auth/logout', () => new Promise((resolve) => { signedOut = () => resolve({}); })).on('GET /auth/session', { body: NOBODY });
  const lost: boolean[] = [];
  session.subscribe((state) => lost.push(state.lost));
  const leaving = session.signOut();
  await session.refresh(); // its socket was closed, and the feed has the session looked at
  session.lose();
  signedOut();
  await leaving;
  expect(lost).not.toContain(true);
  expect(session.state.auth?.authenticated).toBe(false);
});

it('who signed out is signed out, also when nobody answers afterwards', async () => {
  session.start();
  await settled();
  gateway.on('POST /auth/logout', {}).on('GET /auth/session', () => { throw new TypeError('nobody answers'); });
  await session.signOut();
  expect(session.state).toMatchObject({ auth: { authenticated: false }, lost: false });
});
