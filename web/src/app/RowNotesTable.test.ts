// SPDX-License-Identifier: MIT
import { afterEach, expect, it } from 'vitest';
import { settled } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import './RowNotesTable.js';

afterEach(() => document.body.replaceChildren());

it.each([
  [false, 'STARTED_INVALID', 'Invalid timestamp format', ['Record', 'Reason', 'Raw row']],
  [true, 'text_utf8', 'Text encoding', ['Record', 'Reason', 'What was done', 'Raw row']],
])('the reason of a row is in words, its code at hand, and nothing is said twice (repaired rows: %s)', async (repairs, code, words, heads) => {
  const row = { record_id: 7, code, message: repairs ? 'What is no text was replaced' : 'Invalid timestamp format', raw: {} };
  const gateway = new FakeGateway().on('GET /import/errors', { body: { items: [row], next: null } });
  const table = document.createElement('row-notes-table');
  Object.assign(table, { api: gateway.api(), job: 'job-1', repairs });
  document.body.append(table);
  await settled();
  const reason = table.renderRoot.querySelector('[data-label=Reason]');
  expect(reason?.textContent).toBe(words);
  expect([...table.renderRoot.querySelectorAll('th')].map((one) => one.textContent)).toEqual(heads);
  expect(reason?.querySelector('[title]')?.getAttribute('title')).toBe(code);
});
