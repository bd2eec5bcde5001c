// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WorkerView } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { WorkersSection } from './WorkersSection.js';

const made_at = '2026-01-01T00:00:00Z';
const attic: WorkerView = { id: 'a1', name: '<img src=x>', state: 'connected', made_at, machine: 'nas', version: '0.3.0', rows: 6000, rows_by: 'sent', rows_per_s: 120.4 };
const shed: WorkerView = { id: 'b2', name: 'shed', state: 'invited', made_at, until: made_at };

let gateway: FakeGateway;
let section: WorkersSection;

beforeEach(() => {
  withDialogs();
  gateway = new FakeGateway().on('GET /workers', { body: { items: [attic, shed] } });
});
afterEach(() => section.remove());

async function show() {
  section = new WorkersSection();
  section.api = gateway.client();
  section.announcer = { polite: () => undefined, assertive: () => undefined };
  document.body.append(section);
  section.active = true;
  await settled();
}
const nameOf = (element: Element) => element.textContent?.replace(/\s+/g, ' ').trim();
const openDialog = () => section.renderRoot.querySelector<HTMLDialogElement>('dialog[open]');
async function click(name: string) {
  [...section.renderRoot.querySelectorAll('button')].find((one) => nameOf(one) === name)!.click();
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

it('workers and invitations stand in one table, and a name is text', async () => {
  await show();
  const text = nameOf(section.renderRoot.querySelector('table')!);
  expect(text).toContain('<img src=x> Connected nas 0.3.0 6,000Is sent rows');
  expect(text).toContain('shed Invited');
  expect(section.renderRoot.querySelector('img')).toBeNull();
});

it('one that is left idle says why, and until when', async () => {
  const slow: WorkerView = { ...attic, idle_because: 'slower', idle_until: made_at };
  const wrong: WorkerView = { ...attic, id: 'd4', idle_because: 'differs' };
  gateway.on('GET /workers', { body: { items: [slow, wrong] } });
  await show();
  const text = nameOf(section.renderRoot.querySelector('table')!);
  expect(text).toMatch(/Connected ?Left idle until .*2026.*: slower than the others/);
  expect(text).toContain('Left idle in this import: what it delivered differs from the database');
});

it('an invitation is shown once, and forgotten with its dialog', async () => {
  gateway.on('POST /workers', { status: 201, body: { id: 'c3', name: 'cellar', until: made_at, invitation: 'playbus-worker-1 tcp://x:1 a b c' } });
  await show();
  await click('Invite a worker');
  await submit({ name: 'cellar', for: '900' });
  expect(openDialog()!.querySelector<HTMLInputElement>('#invitation')!.value).toBe('playbus-worker-1 tcp://x:1 a b c');
  await click('Done');
  expect(section.renderRoot.querySelector('#invitation')).toBeNull();
});

it('where the door is shut it says how it is opened', async () => {
  gateway.on('GET /workers', refusal(409, 'DOOR_OFF', { error: 'Workers on other machines are switched off' }));
  await show();
  expect(nameOf(section.renderRoot.querySelector('.card')!)).toContain('switched off');
});

it('a worker is revoked by its id', async () => {
  gateway.on('DELETE /workers/b2', { body: { id: 'b2', name: 'shed' } });
  await show();
  await click('Revoke shed');
  await submit({});
  expect(openDialog()).toBeNull();
});
