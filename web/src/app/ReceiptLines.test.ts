// SPDX-License-Identifier: MIT
import { afterEach, expect, it } from 'vitest';
import type { ReceiptLine } from '../lib/types/sync.js';
import './ReceiptLines.js';

afterEach(() => document.body.replaceChildren());

const line = (key: string | null, imported: number, more: Partial<ReceiptLine> = {}): ReceiptLine =>
  ({ key, imported, duplicate: 0, merged: 0, error: 0, ...more });

async function shown(lines: readonly ReceiptLine[]) {
  const element = document.createElement('receipt-lines');
  Object.assign(element, { lines, heading: 'By user', singular: 'user', plural: 'users' });
  document.body.append(element);
  await element.updateComplete;
  const texts = (selector: string): string[] => [...element.renderRoot.querySelectorAll(selector)].map((one) => one.textContent?.replace(/\s+/g, ' ').trim() ?? '');
  return { element, texts };
}

it('shows the columns that have something to say, and who has no name', async () => {
  const { texts } = await shown([line('Ann', 7, { duplicate: 2, merged: 1 }), line(null, 1)]);
  expect(texts('th')).toEqual(['Name', 'Imported', 'Skipped']);
  expect(texts('tbody tr')).toEqual(['Ann 73', 'No user 10']);
});

it('shows long lists in part, the rest when asked, and finds any of them', async () => {
  const many = Array.from({ length: 70 }, (_, i) => line(`user ${i}`, 70 - i));
  const { element, texts } = await shown(many);
  expect(texts('tbody tr')).toHaveLength(8);
  element.renderRoot.querySelector<HTMLElement>('button.more')?.click();
  await element.updateComplete;
  expect(texts('tbody tr')).toHaveLength(58);
  expect(texts('button.more')).toEqual(['Show 12 more users']);
  const search = element.renderRoot.querySelector('input');
  if (search) search.value = 'USER 69';
  search?.dispatchEvent(new Event('input'));
  await element.updateComplete;
  expect(texts('tbody tr')).toEqual(['user 69 1']);
});

it('a short list has no search', async () => {
  const { element } = await shown([line('Ann', 7)]);
  expect(element.renderRoot.querySelector('input, button')).toBeNull();
});
