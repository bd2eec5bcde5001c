// SPDX-License-Identifier: MIT
import { html } from 'lit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AuthState } from '../lib/types/schema.js';
import { withDialogs } from '../test/dialogs.js';
import { FakeBrowser, FakeClock, settled } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import { focused } from '../test/page.js';
import { PlaybusApp } from './PlaybusApp.js';
import { Session } from './Session.js';
import { Theme } from './Theme.js';

const NOBODY: AuthState = { authenticated: false, setup_required: false, version: '1' };
const ANNA: AuthState = { authenticated: true, setup_required: false, user: 'anna', role: 'admin', csrf_token: 'one', version: '1' };

let gateway: FakeGateway;
let session: Session;
let app: PlaybusApp;

async function open(auth: AuthState): Promise<void> {
  gateway.on('GET /auth/session', { body: auth });
  session = new Session({ api: gateway.client(), tabs: new FakeBrowser().tab(), clock: new FakeClock(), version: '1', reload: () => undefined });
  app = new PlaybusApp();
  app.session = session;
  app.theme = new Theme(document.documentElement, undefined);
  app.sectionsFor = () => [{ id: 'data-sync', label: 'Data Sync', icon: html``, render: () => html`` }];
  document.body.append(app);
  session.start();
  await settled();
}

beforeEach(() => {
  withDialogs();
  gateway = new FakeGateway();
});
afterEach(() => document.body.replaceChildren());

it('who has to sign in can type at once, and is at the heading afterwards', async () => {
  await open(NOBODY);
  expect(focused()?.getAttribute('name')).toBe('name');
  gateway.on('POST /auth/login', { body: ANNA });
  await session.signIn('anna', 'correct horse battery');
  await settled();
  expect(focused()?.textContent).toBe('Data Sync');
});

it('the focus is not taken from what has it, nor from the start of a page that needs no sign-in', async () => {
  const other = document.body.appendChild(document.createElement('button'));
  other.focus();
  await open(NOBODY);
  expect(focused()).toBe(other);
  document.body.replaceChildren();
  await open(ANNA);
  expect(focused()).toBe(document.body);
});

it('who has to choose a password first is at the heading when it is chosen', async () => {
  await open({ ...ANNA, must_change_password: true });
  expect(focused()?.textContent).not.toBe('Data Sync');
  gateway.on('POST /auth/password', {}).on('GET /auth/session', { body: ANNA });
  await session.changePassword('one', 'two');
  await settled();
  expect(focused()?.textContent).toBe('Data Sync');
});
