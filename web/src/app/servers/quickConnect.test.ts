// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { QuickConnectTold } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { FakeClock, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { button, find, words } from '../../test/page.js';
import { QUICK_CONNECT, QuickConnectDialog } from './QuickConnectDialog.js';

const where = { address: 'http://10.0.0.2:8096' };
const told = (part: Partial<QuickConnectTold> = {}): QuickConnectTold => ({ id: 'q1', status: 'waiting', ...where, code: '123456', ...part });
const agreed = told({ status: 'agreed', username: 'ada', code: undefined as never });

let gateway: FakeGateway;
let clock: FakeClock;
let dialog: QuickConnectDialog;
let added: unknown[];

beforeEach(async () => {
  withDialogs();
  added = [];
  clock = new FakeClock();
  gateway = new FakeGateway().on(`GET ${QUICK_CONNECT}/q1`, { body: told() }).on(`DELETE ${QUICK_CONNECT}/q1`, { body: {} });
  dialog = new QuickConnectDialog();
  Object.assign(dialog, { api: gateway.client(), clock, begun: { told: told(), where, name: 'Home' } });
  dialog.addEventListener('added', (event) => void added.push((event as CustomEvent).detail));
  document.body.append(dialog);
  await settled();
});
afterEach(() => dialog.remove());

async function pass() {
  await clock.pass(2000);
  await settled();
}

it('the code is shown until somebody has typed it; then the server is added by itself', async () => {
  expect(find('.code')?.textContent).toBe('123456');
  await pass();
  expect(find('.code')?.textContent).toBe('123456');
  gateway.on(`GET ${QUICK_CONNECT}/q1`, { body: agreed }).on(`POST ${QUICK_CONNECT}/q1/add`, { status: 201, body: { server: { name: 'Home' } } });
  await pass();
  expect(gateway.asked(`POST ${QUICK_CONNECT}/q1/add`)[0]?.body).toEqual({ name: 'Home' });
  expect(added).toEqual([{ name: 'Home' }]);
  dialog.remove();
  await settled();
  expect(gateway.asked(`DELETE ${QUICK_CONNECT}/q1`)).toEqual([]);
});

it('a name that is taken is asked for again', async () => {
  gateway.on(`GET ${QUICK_CONNECT}/q1`, { body: agreed }).on(`POST ${QUICK_CONNECT}/q1/add`, refusal(409, 'NAME_TAKEN'));
  await pass();
  const field = find<HTMLInputElement>('input[name=name]')!;
  field.value = 'Attic';
  gateway.on(`POST ${QUICK_CONNECT}/q1/add`, { status: 201, body: { server: { name: 'Attic' } } });
  find('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked(`POST ${QUICK_CONNECT}/q1/add`)[1]?.body).toEqual({ name: 'Attic' });
  expect(added).toEqual([{ name: 'Attic' }]);
});

it('one that is over says why, and another is begun', async () => {
  gateway.on(`GET ${QUICK_CONNECT}/q1`, { body: told({ status: 'expired', problem: { code: 'SERVER_NOT_ADMIN', error: 'No administrator', remedy: 'Sign in as one' } }) })
    .on(`POST ${QUICK_CONNECT}`, { status: 201, body: told({ id: 'q2', code: '654321' }) }).on(`DELETE ${QUICK_CONNECT}/q2`, { body: {} });
  await pass();
  expect(words()).toContain('No administrator');
  button('Begin again')!.click();
  await settled();
  expect(gateway.asked(`POST ${QUICK_CONNECT}`)[0]?.body).toEqual(where);
  expect(find('.code')?.textContent).toBe('654321');
  dialog.remove();
  await settled();
  expect(gateway.asked(`DELETE ${QUICK_CONNECT}/q2`)).toHaveLength(1);
});
