// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ROWS_COMPLETED, ROWS_OTHERWISE } from '../lib/types/rows.js';
import type { Receipt } from '../lib/types/sync.js';
import { running, settled } from '../test/fakes.js';
import { FakeGateway } from '../test/gateway.js';
import { withoutSizes } from '../test/plots.js';
import { completedWords, otherwiseWords } from './changeWords.js';
import './JobReceipt.js';

vi.mock('./charts/plots.js', () => import('../test/plots.js'));
withoutSizes();

const REPEATED: Receipt = {
  by_reason: [{ key: 'duplicate', n: 1200 }, { key: 'updated', n: 12 }, { key: 'changed', n: 399 }],
  by_user: [], by_month: [], by_library: [], repairs: [],
  completed: [{ key: 'time', n: 12 }, { key: 'user', n: 1 }],
  changed: [{ key: 'user', n: 399 }],
  warnings: ['The -wal of /data/<b>x</b>.db is missing'],
};

async function shown(receipt: Partial<Receipt> = {}, preview = false): Promise<ParentNode> {
  const progress = running({ status: 'completed', processed_records: 1200, total_records: 1200, dry_run: preview });
  const body = { job: { job_id: 'job-1', dry_run: preview, progress }, receipt: { ...REPEATED, ...receipt }, samples: [] };
  const element = document.createElement('job-receipt');
  Object.assign(element, { api: new FakeGateway().on('GET /sync/jobs/job-1', { body }).api(), job: 'job-1', admin: true, preview });
  document.body.append(element);
  await settled();
  return element.renderRoot;
}

function texts(root: ParentNode, selector: string): (string | undefined)[] {
  return [...root.querySelectorAll(selector)].map((one) => one.textContent?.replace(/\s+/g, ' ').trim());
}

afterEach(() => document.body.replaceChildren());

describe('the receipt of an import', () => {
  it('tells what was completed and what is otherwise as some of the duplicates, and adds up', async () => {
    const root = await shown();
    expect(texts(root, 'tbody tr')).toEqual([
      'Duplicates: stored before, or twice in the source 1,200',
      '… of these, completed a stored play 12',
      '… of these, say otherwise now 399',
      '1,200 rows accounted for1,200',
    ]);
    expect(texts(root, 'td.inset')).toHaveLength(2);
    expect(root.querySelector('row-notes-table')).toBeNull();
  });

  it('says what was completed and what is otherwise by kind', async () => {
    const root = await shown();
    expect(texts(root, '.changes h3')).toEqual(['Completed', 'Said otherwise now; what is stored stays']);
    expect(texts(root, '.changes li')).toEqual([
      '12 rows completed the stop, the pause or the position', '1 row completed the user', '399 rows name another user now',
    ]);
  });

  it('of an erasure counts rows, and not the plays they told of as well', async () => {
    const root = await shown({ by_reason: [{ key: 'erased_plays', n: 41 }, { key: 'erased_rows', n: 41 }, { key: 'erased_rejected_rows', n: 2 }] });
    expect(texts(root, 'tbody tr')).toEqual([
      'Erased: rows of plays 41', 'Plays that are gone with them 41', 'Erased: rejected or repaired rows 2', '43 rows accounted for43',
    ]);
  });

  it('that has nothing to count has no table of it', async () => {
    expect(texts(await shown({ by_reason: [] }), 'table')).toEqual([]);
  });

  it('of a dry run says what would happen', async () => {
    const root = await shown({}, true);
    expect(texts(root, '.changes h3')).toEqual(['Would be completed', 'Said otherwise now; what is stored would stay']);
    expect(texts(root, '.changes li')[0]).toBe('12 rows would complete the stop, the pause or the position');
    expect(texts(root, 'td.inset')[0]).toBe('… of these, would complete a stored play');
  });

  it('shows no section for what did not happen', async () => {
    const root = await shown({ completed: [], changed: [], warnings: [] });
    expect(root.querySelector('.changes, .warnings')).toBeNull();
  });

  it('begins with what to know of the source, which stays text', async () => {
    const root = await shown();
    expect(texts(root, '.warnings li')).toEqual(REPEATED.warnings);
    expect(root.querySelector('b')).toBeNull();
    expect(root.querySelector('header')?.nextElementSibling?.className).toBe('warnings');
  });
});

describe('the words of changes.def', () => {
  it.each(Object.keys(ROWS_COMPLETED))('are of many rows, of one and of a dry run: %s completed', (key) => {
    expect(completedWords({ key, n: 1200 }, false)).toMatch(/^1,200 rows completed \w/);
    expect(completedWords({ key, n: 1 }, false)).toMatch(/^1 row completed \w/);
    expect(completedWords({ key, n: 1 }, true)).toMatch(/^1 row would complete \w/);
  });

  it('are of many rows and of one: otherwise', () => {
    const one = Object.keys(ROWS_OTHERWISE).map((key) => otherwiseWords({ key, n: 1 }).split(' ', 3).join(' '));
    expect([...new Set(one)]).toEqual(['1 row ends', '1 row names', '1 row has', '1 row is', '1 row lies']);
    expect(otherwiseWords({ key: 'type', n: 2 })).toBe('2 rows are of another type now');
  });

  it('name a kind of a newer service as it is', () => {
    expect(completedWords({ key: 'mood', n: 2 }, true)).toBe('2 rows would complete mood');
    expect(otherwiseWords({ key: 'mood', n: 1 })).toBe('1 row has another mood now');
  });
});
