// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuditAct, AuditEvent } from '../../lib/types/schema.js';
import { withDialogs } from '../../test/dialogs.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal, type Answer } from '../../test/gateway.js';
import { AuditSection } from './AuditSection.js';
import { AuditVerification } from './AuditVerification.js';

const entry = (n: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  n, hash: `hash of ${n}`, key_id: 'k', entry_id: `e${n}`, at: '2026-01-01T00:00:00Z', phase: 'outcome', action: 'start_import', actor: 'anna',
  target: '<script>alert(1)</script>', outcome: 'ok', params: '{"dry_run":true}', request_id: 'asked-once', ...more,
});
type Changed = { [K in keyof AuditAct]?: AuditAct[K] | undefined };
const act = (n: number, more: Changed = {}) => ({
  n, at: '2026-01-01T00:00:00Z', action: 'start_import', text: 'Started an import of <script>alert(1)</script>', details: 'dry run: yes',
  result: 'done', result_text: 'Done', actor: 'anna', address: '192.0.2.1', entries: [entry(n, { phase: 'requested' }), entry(n + 1)], ...more,
});
const page = (n: number, next?: string): Answer => ({ body: { items: [act(n)], ...(next ? { next } : {}) } });

let gateway: FakeGateway;
let section: AuditSection;

beforeEach(async () => {
  withDialogs();
  gateway = new FakeGateway()
    .on('GET /users', { body: { items: [{ id: 'u', name: 'zoe', role: 'viewer', active: true, must_change_password: false, created_at: '' }] } })
    .on('GET /audit/verify', { body: { running: false, checked: 0, total: 0, message: '' } })
    .on('GET /audit/acts', ({ query }) => (query['cursor'] === 'older' ? page(1) : page(2, 'older')));
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
  gateway.on('GET /audit/acts', ({ query }) => pages[query['cursor'] ?? '10']!);
  await click('Newest');
  expect(rows()).toEqual(['Details of entry 1']);
});

it('a long path is cut in its middle, so that the file stays in sight', async () => {
  const target = `/srv/${'folder/'.repeat(30)}tautulli.db`;
  gateway.on('GET /audit/acts', { body: { items: [act(2, { text: `Started an import of ${target}`, entries: [entry(2, { target })] })] } });
  await click('Newest');
  const [text] = all('.text');
  expect(text?.textContent).toMatch(/^Started an import of \/srv\/.*…\/tautulli\.db$/);
  expect(text?.textContent?.length).toBeLessThan(70);
  expect(text?.getAttribute('title')).toContain(target);
});

it('filters go into the question and into both downloads, typing alone into neither', async () => {
  const filters = section.renderRoot.querySelector('audit-filters')!.shadowRoot!;
  filters.querySelector<HTMLInputElement>('[name="actor"]')!.value = 'anna & co';
  expect(all<HTMLAnchorElement>('a[download]').map((link) => link.getAttribute('href'))).toEqual([
    '/api/v1/audit/export?format=csv', '/api/v1/audit/export?format=jsonl',
  ]);
  filters.querySelector('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked('GET /audit/acts').at(-1)?.query).toEqual({ limit: '50', actor: 'anna & co' });
  expect(all<HTMLAnchorElement>('a[download]')[0]?.getAttribute('href')).toBe('/api/v1/audit/export?format=csv&actor=anna+%26+co');
});

it('an older answer that arrives late does not take the place of a newer one', async () => {
  let late: (answer: Answer) => void = () => undefined;
  gateway.on('GET /audit/acts', () => new Promise<Answer>((resolve) => { late = resolve; }));
  await click('Newest');
  gateway.on('GET /audit/acts', page(9));
  await click('Newest');
  late(page(3));
  await settled();
  expect(rows()).toEqual(['Details of entry 9']);
  expect(all('table')[0]?.getAttribute('aria-busy')).toBe('false');
});

it('a line says what, who, from where and what came of it, and no identifier', async () => {
  gateway.on('GET /audit/acts', { body: { items: [
    act(9, { action: 'sign_in', text: 'Sign in as anna', result: 'refused', result_text: 'Refused: Name or password is wrong', actor: undefined, details: undefined, entries: [entry(9, { phase: 'refused' })] }),
    act(7, { actor: 'local', count: 12 }),
    act(5, { action: 'log_started', actor: undefined, text: 'The log begins', entries: [entry(5, { phase: 'log' })] }),
  ] } });
  await click('Newest');
  const lines = all('tbody tr').map((row) => [...row.querySelectorAll('td')].slice(1, 4).map((cell) => cell.textContent?.replace(/\s+/g, ' ').trim()));
  expect(lines).toEqual([
    ['Not signed in 192.0.2.1', 'Sign in as anna', 'Refused Name or password is wrong'],
    ['Command line 192.0.2.1', 'Started an import of <script>alert(1)</script>dry run: yes', 'Done × 12'],
    ['Playbus 192.0.2.1', 'The log begins' + 'dry run: yes', 'Done'],
  ]);
});

it('an act is shown with both entries of the log, whole and as text', async () => {
  await click('Details of entry 2');
  const dialog = section.renderRoot.querySelector('audit-act-dialog')!.shadowRoot!.querySelector('dialog')!;
  expect(dialog.open).toBe(true);
  expect([...dialog.querySelectorAll('h3')].map((one) => one.textContent)).toEqual(['Entry 2: asked for', 'Entry 3: outcome']);
  for (const text of ['<script>alert(1)</script>', 'hash of 2', 'hash of 3', 'asked-once', '192.0.2.1']) expect(dialog.textContent).toContain(text);
  expect(dialog.querySelector('pre')?.textContent).toBe('{\n  "dry_run": true\n}');
  expect(dialog.querySelector('script')).toBeNull();
});

it('actions and outcomes are chosen from lists, people from those who appear', async () => {
  const filters = section.renderRoot.querySelector('audit-filters')!.shadowRoot!;
  const choose = (name: string, words: string) => {
    const select = filters.querySelector<HTMLSelectElement>(`select[name="${name}"]`)!;
    select.value = [...select.options].find((option) => option.textContent === words)!.value;
  };
  expect([...filters.querySelectorAll('datalist option')].map((one) => one.getAttribute('value'))).toEqual(['anna', 'zoe']);
  choose('action', 'Sign in');
  choose('outcome', 'Refused');
  await settled();
  filters.querySelector('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked('GET /audit/acts').at(-1)?.query).toEqual({ limit: '50', action: 'sign_in', result: 'refused' });
  choose('outcome', 'Name or password is wrong');
  gateway.on('GET /audit/acts', { body: { items: [] } });
  filters.querySelector('form')!.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
  await settled();
  expect(gateway.asked('GET /audit/acts').at(-1)?.query).toEqual({ limit: '50', action: 'sign_in', outcome: 'SIGN_IN_FAILED' });
  await click('Clear filters');
  expect(gateway.asked('GET /audit/acts').at(-1)?.query).toEqual({ limit: '50' });
  expect(all('.empty').map((one) => one.textContent)).toEqual(['Nothing has been recorded yet.']);
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
  const lists = gateway.asked('GET /audit/acts').length;
  await submit();
  expect(gateway.asked('POST /audit/seal').at(-1)?.body).toEqual({ before: new Date(2026, 2, 1).toISOString() });
  expect(keeping.querySelector('.done')?.textContent).toBe('Entries 1 to 1,200 are sealed in audit/segment-1.db.');
  expect(keeping.querySelector('dialog[open]')).toBeNull();
  expect(gateway.asked('GET /audit/acts')).toHaveLength(lists + 1);
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
