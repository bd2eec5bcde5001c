// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LitElement } from 'lit';
import { withDialogs } from '../../test/dialogs.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal, type Answer } from '../../test/gateway.js';
import { Session } from '../Session.js';
import { ConfirmDialog } from './ConfirmDialog.js';
import { PasswordForm } from './PasswordForm.js';
import { SetupForm } from './SetupForm.js';
import { SignInForm } from './SignInForm.js';
import { takeSetupCode } from './setupCode.js';

type AnyForm = SignInForm | SetupForm | ConfirmDialog | PasswordForm;

let gateway: FakeGateway;
let session: Session;
let form: AnyForm;

beforeEach(() => {
  gateway = new FakeGateway();
  session = new Session({
    api: gateway.client(), version: '1', reload: () => undefined,
    tabs: { send: () => undefined, listen: () => () => undefined },
    clock: { now: () => 0, random: () => 0, after: () => () => undefined },
  });
});
afterEach(() => form?.remove());

async function show<Form extends AnyForm>(made: Form): Promise<Form> {
  form = made;
  made.session = session;
  document.body.append(made as unknown as LitElement);
  await settled();
  return made;
}
const field = (name: string) => form.renderRoot.querySelector<HTMLInputElement>(`[name='${name}']`)!;
const alert = () => form.renderRoot.querySelector('[role="alert"]')?.textContent?.replace(/\s+/g, ' ').trim();
async function fill(texts: Record<string, string>) {
  for (const [name, text] of Object.entries(texts)) {
    field(name).value = text;
  }
  form.renderRoot.querySelector('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
}

it('two clicks on Sign in are one request', async () => {
  let answer: (answer: Answer) => void = () => undefined;
  gateway.on('POST /auth/login', () => new Promise<Answer>((resolve) => { answer = resolve; }));
  await show(new SignInForm());
  await fill({ name: 'anna', password: 'correct horse battery' });
  await fill({ name: 'anna', password: 'correct horse battery' });
  expect(gateway.asked('POST /auth/login')).toHaveLength(1);
  answer({ body: { authenticated: true, setup_required: false, user: 'anna', version: '1' } });
  await settled();
  expect(session.state.auth?.user).toBe('anna');
  expect(field('password').value).toBe('');
});

it('a wrong password is told in the gateway\'s words, and the password has the focus', async () => {
  gateway.on('POST /auth/login', refusal(401, 'SIGN_IN_FAILED', { error: 'Name or password is wrong' }));
  await show(new SignInForm());
  await fill({ name: 'anna', password: 'wrong' });
  expect(alert()).toBe('Name or password is wrong. Do something else.');
  expect((form.renderRoot as ShadowRoot).activeElement).toBe(field('password'));
});

it('too many sign-ins say for how long to wait', async () => {
  gateway.on('POST /auth/login', { ...refusal(429, 'RATE_LIMITED', { error: 'Too many requests' }), headers: { 'Retry-After': '121' } });
  await show(new SignInForm());
  await fill({ name: 'anna', password: 'wrong' });
  expect(alert()).toBe('Too many requests. Try again in 3 minutes.');
});

it('a wrong password is one thing to check where it is the only field', async () => {
  const more = { error: 'The password is wrong', field: 'password', remedy: 'Check both; an administrator can reset a password' };
  gateway.on('POST /auth/confirm', refusal(401, 'SIGN_IN_FAILED', more));
  withDialogs();
  await show(Object.assign(new ConfirmDialog(), { open: true }));
  await fill({ password: 'wrong' });
  expect(alert()).toBe('The password is wrong. Check it and try again.');
});

it('two different passwords never leave the page', async () => {
  await show(new SetupForm());
  await fill({ code: 'CODE', name: 'anna', password: 'correct horse battery', again: 'correct horse batterx' });
  expect(gateway.calls).toHaveLength(0);
  expect(field('again').getAttribute('aria-invalid')).toBe('true');
});

it('a weak password is shown at its field', async () => {
  gateway.on('POST /auth/setup', refusal(422, 'PASSWORD_WEAK', { error: 'This password is too easy to guess', field: 'password' }));
  await show(new SetupForm());
  await fill({ code: 'CODE', name: 'anna', password: 'passwordpassword', again: 'passwordpassword' });
  expect(field('password').getAttribute('aria-invalid')).toBe('true');
  expect((form.renderRoot as ShadowRoot).activeElement).toBe(field('password'));
});

it('a change of the password that nobody demands can be left', async () => {
  let left = 0;
  await show(Object.assign(new PasswordForm(), { voluntary: true }));
  form.addEventListener('cancelled', () => (left += 1));
  [...form.renderRoot.querySelectorAll('button')].find((one) => one.textContent === 'Cancel')?.click();
  expect(left).toBe(1);
  form.remove();
  await show(new PasswordForm());
  expect([...form.renderRoot.querySelectorAll('button')].map((one) => one.textContent)).toEqual(['Change password']);
});

it('the set-up code is taken out of the address', () => {
  window.location.hash = '#setup=ABCD-23';
  expect(takeSetupCode(window)).toBe('ABCD-23');
  expect(window.location.hash).toBe('');
  window.location.hash = '#access';
  expect(takeSetupCode(window)).toBeUndefined();
  expect(window.location.hash).toBe('#access');
});
