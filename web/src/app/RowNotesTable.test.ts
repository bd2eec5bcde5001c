// SPDX-License-Identifier: MIT
import { afterEach, expect, it } from 'vitest';
import { settled } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import './RowNotesTable.js';

afterEach(() => document.body.replaceChildren());

it.each([
  [false, 'STARTED_INVALID', 'Invalid timestamp format'],
  [true, 'text_utf8', 'Text encoding'],
])('the reason of a row is in words, its code at hand (repaired rows: %s)', async (repairs, code, words) => {
  const row = { record_id: 7, code, message: "started is 'yesterday'", raw: {} };
  const gateway = new FakeGateway().on('GET /import/errors', { body: { items: [row], next: null } });
  const table = document.createElement('row-notes-table');
  Object.assign(table, { api: gateway.api(), job: 'job-1', repairs });
  document.body.append(table);
  await settled();
  const reason = table.renderRoot.querySelector('[data-label=Reason]');
  expect(reason?.textContent).toBe(words);
  expect(reason?.querySelector('[title]')?.getAttribute('title')).toBe(code);
});
