// SPDX-License-Identifier: MIT
import { afterEach, expect, it } from 'vitest';
import { REPAIR_SENTENCES } from '../lib/types/rows.js';
import type { RowNote } from '../lib/types/sync.js';
import { settled } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import './RowNotesTable.js';

async function shown(part: object, row: RowNote): Promise<ParentNode> {
  const gateway = new FakeGateway().on('GET /import/errors', { body: { items: [row], next: null } });
  const table = document.createElement('row-notes-table');
  Object.assign(table, { api: gateway.api(), job: 'job-1', ...part });
  document.body.append(table);
  await settled();
  return table.renderRoot;
}

afterEach(() => document.body.replaceChildren());

it.each([
  [false, 'STARTED_INVALID', 'Invalid timestamp format', 'Reason'],
  [true, 'text_utf8', 'Text was decoded', 'What was done'],
])('why a row is here is in words, its code at hand, and nothing is said twice (repaired rows: %s)', async (repairs, code, message, head) => {
  const table = await shown({ repairs }, { record_id: 7, code, message, raw: {} });
  const reason = table.querySelector(`[data-label='${head}']`);
  expect(reason?.textContent).toBe(message);
  expect([...table.querySelectorAll('th')].map((one) => one.textContent)).toEqual(['Record', head, 'Raw row']);
  expect(reason?.querySelector('[title]')?.getAttribute('title')).toBe(code);
});

it('repairs are filtered by the sentences of repairs.def, and one that is not there by its code', async () => {
  const codes = [...Object.keys(REPAIR_SENTENCES), 'of_a_newer_version'].map((key) => ({ key, n: 1200 }));
  const table = await shown({ repairs: true, codes }, { record_id: 7, code: 'text_cut', message: 'Text was cut', raw: {} });
  const offered = [...table.querySelectorAll('option')].map((one) => one.textContent);
  expect(offered).toEqual(['All repairs', ...Object.values(REPAIR_SENTENCES).map((words) => `${words} (1,200)`), 'of_a_newer_version (1,200)']);
});
