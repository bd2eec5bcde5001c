// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuditEvent } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal, type Answer } from '../../test/gateway.js';
import { AuditSection } from './AuditSection.js';
import { AuditVerification } from './AuditVerification.js';

const entry = (n: number): AuditEvent => ({
  n, hash: 'aa', key_id: 'k', entry_id: `e${n}`, at: '2026-01-01T00:00:00Z', phase: 'outcome', action: 'start_import', actor: 'anna',
  target: '<script>alert(1)</script>', outcome: 'ok', params: '{"dry_run":true}',
});
const page = (n: number, next?: string): Answer => ({ body: { items: [entry(n)], ...(next ? { next } : {}) } });

let gateway: FakeGateway;
let section: AuditSection;

beforeEach(async () => {
  withDialogs();
  gateway = new FakeGateway()
    .on('GET /audit/verify', { body: { running: false, checked: 0, total: 0, message: '' } })
    .on('GET /audit/events', ({ query }) => (query['cursor'] === 'older' ? page(1) : page(2, 'older')));
  section = new AuditSection();
  section.api = gateway.client();
  section.announcer = { polite: () => undefined, assertive: () => undefined };
  document.body.append(section);
  section.active = true;
  await settled();
});
afterEach(() => section.remove());

const all = <E extends Element>(selector: string, root: ParentNode = section.renderRoot): E[] => [...root.querySelectorAll<E>(selector)];
const click = async (name: string) => {
  all<HTMLButtonElement>('button').find((one) => one.textContent === name)!.click();
  await settled();
};
const rows = () => all('tbody tr').map((row) => row.querySelector('button')?.textContent);

it('Older and Newer go from page to page, and the ends have no way on', async () => {
  expect(rows()).toEqual(['Details of entry 2']);
  await click('Older');
  expect(rows()).toEqual(['Details of entry 1']);
  expect(all('.pages button').map((one) => one.getAttribute('aria-disabled'))).toEqual([null, 'false', 'true']);
  await click('Newer');
  expect(rows()).toEqual(['Details of entry 2']);
});

it('pages in which a search found nothing are passed over', async () => {
  const empty = (next: string) => ({ body: { items: [], next } });
  const pages: Record<string, Answer> = { '10': empty('20'), '20': empty('30'), '30': page(1) };
  gateway.on('GET /audit/events', ({ query }) => pages[query['cursor'] ?? '10']!);
  await click('Newest');
  expect(rows()).toEqual(['Details of entry 1']);
});

it('filters go into the question and into both downloads, typing alone into neither', async () => {
  const filters = section.renderRoot.querySelector('audit-filters')!.shadowRoot!;
  filters.querySelector<HTMLInputElement>('[name="actor"]')!.value = 'anna & co';
  expect(all<HTMLAnchorElement>('a[download]').map((link) => link.getAttribute('href'))).toEqual([
    '/api/v1/audit/export?format=csv', '/api/v1/audit/export?format=jsonl',
  ]);
  filters.querySelector('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked('GET /audit/events').at(-1)?.query).toEqual({ limit: '50', actor: 'anna & co' });
  expect(all<HTMLAnchorElement>('a[download]')[0]?.getAttribute('href')).toBe('/api/v1/audit/export?format=csv&actor=anna+%26+co');
});

it('an older answer that arrives late does not take the place of a newer one', async () => {
  let late: (answer: Answer) => void = () => undefined;
  gateway.on('GET /audit/events', () => new Promise<Answer>((resolve) => { late = resolve; }));
  await click('Newest');
  gateway.on('GET /audit/events', page(9));
  await click('Newest');
  late(page(3));
  await settled();
  expect(rows()).toEqual(['Details of entry 9']);
  expect(all('table')[0]?.getAttribute('aria-busy')).toBe('false');
});

it('an entry is shown whole, and as text', async () => {
  await click('Details of entry 2');
  const dialog = section.renderRoot.querySelector('audit-entry-dialog')!.shadowRoot!.querySelector('dialog')!;
  expect(dialog.open).toBe(true);
  expect(dialog.textContent).toContain('<script>alert(1)</script>');
  expect(dialog.querySelector('pre')?.textContent).toBe('{\n  "dry_run": true\n}');
  expect(dialog.querySelector('script')).toBeNull();
});

it('old entries are sealed before a day that was chosen, and the list is asked for anew', async () => {
  const keeping = section.renderRoot.querySelector('audit-keeping')!.shadowRoot!;
  const submit = async () => {
    keeping.querySelector('dialog[open] form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
    await settled();
  };
  const press = (name: string) => [...keeping.querySelectorAll('button')].find((one) => one.textContent === name)!.click();
  press('Seal old entries');
  await settled();
  keeping.querySelector<HTMLInputElement>('[name="before"]')!.value = '2026-03-01';
  gateway.on('POST /audit/seal', refusal(503, 'BUSY', { error: 'A part of Playbus has too much to do' }));
  await submit();
  expect(keeping.querySelector('dialog[open] [role=alert]')?.textContent).toContain('too much to do');
  gateway.on('POST /audit/seal', { body: { first: 1, last: 1200, file: 'audit/segment-1.db' } });
  const lists = gateway.asked('GET /audit/events').length;
  await submit();
  expect(gateway.asked('POST /audit/seal').at(-1)?.body).toEqual({ before: new Date(2026, 2, 1).toISOString() });
  expect(keeping.querySelector('.done')?.textContent).toBe('Entries 1 to 1,200 are sealed in audit/segment-1.db.');
  expect(keeping.querySelector('dialog[open]')).toBeNull();
  expect(gateway.asked('GET /audit/events')).toHaveLength(lists + 1);
});

it('a new key is named, and one click is one key', async () => {
  const keeping = section.renderRoot.querySelector('audit-keeping')!.shadowRoot!;
  gateway.on('POST /audit/rotate', { body: { key_id: 'k2', public_key: 'p' } });
  [...keeping.querySelectorAll('button')].find((one) => one.textContent === 'Change key')!.click();
  await settled();
  const form = keeping.querySelector('dialog[open] form')!;
  form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked('POST /audit/rotate')).toHaveLength(1);
  expect(keeping.querySelector('.done')?.textContent).toBe('Key k2 signs from now on.');
});

it('a verification is followed to its end, and a damaged log is told at once', async () => {
  vi.useFakeTimers();
  const told: string[] = [];
  const verification = new AuditVerification();
  verification.api = gateway.client();
  verification.announcer = { polite: () => undefined, assertive: (text) => void told.push(text) };
  verification.active = true;
  document.body.append(verification);
  await vi.advanceTimersByTimeAsync(10);
  const running = { running: true, started_at: '2026-01-01T00:00:00Z', checked: 1, total: 3, message: '' };
  gateway.on('POST /audit/verify', { status: 202 }).on('GET /audit/verify', { body: running });
  verification.renderRoot.querySelector('button')!.click();
  await vi.advanceTimersByTimeAsync(10);
  expect(verification.renderRoot.querySelector('progress')?.value).toBe(1);
  gateway.on('GET /audit/verify', { body: { ...running, running: false, checked: 3, intact: false, message: 'Entry 2 was changed' } });
  await vi.advanceTimersByTimeAsync(1000);
  expect(verification.renderRoot.querySelector('.badge')?.textContent).toBe('Damaged');
  expect(told).toEqual(['Entry 2 was changed']);
  verification.remove();
  vi.useRealTimers();
});
