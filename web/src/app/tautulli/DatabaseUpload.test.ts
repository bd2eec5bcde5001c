// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeFeed, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf } from '../../test/manager.js';
import { button, find, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import { FakeRequest } from '../../test/request.js';
import '../DataSyncSettingsSection.js';
import type { SyncManager } from '../SyncManager.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));
withoutSizes();

const STORED = '/data/uploads/tautulli.db';
const REPORT = { complete: true, total_records: 3, unique_users: 1, media_types: {}, file_bytes: 8, already_imported: 0, warnings: [] };

let gateway: FakeGateway;
let feed: FakeFeed;
let manager: SyncManager;
let heard: string[];

const path = (): string | undefined => find<HTMLInputElement>('[role=combobox]')?.value;
const chosen = (): string | undefined => find('.chosen')?.textContent?.replace(/\s+/g, ' ').trim();
const shown = (selector: string): boolean => {
  let at: Node | null | undefined = find(selector);
  for (; at; at = at instanceof ShadowRoot ? at.host : at.parentNode) {
    if (at instanceof Element && at.hasAttribute('hidden')) return false;
  }
  return find(selector) !== undefined;
};

async function drop(...names: string[]): Promise<void> {
  const files = names.map((name) => new File(['12345678'], name));
  find('.zone')?.dispatchEvent(Object.assign(new Event('drop', { cancelable: true }), { dataTransfer: { files } }));
  await settled();
}

async function answer(status: number, body: object): Promise<void> {
  FakeRequest.sent.at(-1)?.answers(status, body);
  await settled();
}

beforeEach(async () => {
  FakeRequest.sent.length = 0;
  vi.stubGlobal('XMLHttpRequest', FakeRequest);
  heard = [];
  gateway = new FakeGateway().on('POST /import/validate', { body: REPORT });
  feed = new FakeFeed();
  manager = managerOf(gateway, { feed });
  manager.start();
  const section = document.createElement('data-sync-settings-section');
  const say = (text: string): void => void heard.push(text);
  Object.assign(section, { manager, admin: true, announcer: { polite: say, assertive: say } });
  document.body.append(section);
  await settled();
});

afterEach(() => {
  manager.stop();
  document.body.replaceChildren();
});

describe('an upload', () => {
  it('goes on while Data Sync is folded and while an import runs, and is seen again with the form', async () => {
    await drop('tautulli.db');
    find('[aria-label="Data Sync"]')?.click();
    await settled();
    expect(shown('.sending')).toBe(false);
    feed.push(running());
    await settled();
    find('[aria-label="Data Sync"]')?.click();
    await settled();
    expect(shown('job-progress')).toBe(true);
    expect(shown('.sending')).toBe(false);
    expect(FakeRequest.sent[0]?.aborted).toBe(false);
    feed.push(running({ seq: 99, status: 'completed' }));
    await settled();
    expect(shown('.sending')).toBe(true);
    await answer(201, { db_path: STORED });
    expect(chosen()).toMatch(/^tautulli\.db 8 bytes, uploaded/);
  });

  it('lets nothing be started meanwhile, and says why', async () => {
    await drop('tautulli.db');
    expect(button('Start Import')?.getAttribute('aria-disabled')).toBe('true');
    expect(words()).toContain('An import can be started once the upload has ended');
    button('Start Import')?.click();
    await settled();
    expect(gateway.asked('POST /import/tautulli')).toHaveLength(0);
    await answer(201, { db_path: STORED });
    expect(button('Start Import')?.getAttribute('aria-disabled')).toBe('false');
  });

  it('is told of by name and size until another path is in the form, and checked at once', async () => {
    await drop('tautulli.db', 'tautulli.db-wal');
    await answer(201, { db_path: STORED });
    expect(FakeRequest.sent).toHaveLength(2);
    await answer(201, { db_path: STORED });
    expect(chosen()).toMatch(/^tautulli\.db 8 bytes, uploaded/);
    expect(words()).not.toContain('/uploads/');
    expect(gateway.asked('POST /import/validate').at(-1)?.body).toEqual({ db_path: STORED });
    expect(find('validation-report')).toBeDefined();
    button('Choose another')?.click();
    await settled();
    expect(chosen()).toBeUndefined();
    expect(path()).toBe('');
    expect(find('validation-report')).toBeUndefined();
  });

  it('is not called uploaded while it is being looked at', async () => {
    gateway.on('POST /import/validate', { fails: 'never' });
    await drop('tautulli.db');
    await answer(201, { db_path: STORED });
    expect(chosen()).toMatch(/being checked/);
    expect(words()).not.toMatch(/uploaded/i);
    expect(heard).not.toContain('The database was uploaded');
  });

  it.each(['validate', 'tautulli'])('that is refused by %s is told by its name, has gone, and is nowhere a success', async (call) => {
    const no = refusal(422, 'NOT_TAUTULLI', { error: 'This file is no SQLite database', remedy: 'Choose another' });
    gateway.on(`POST /import/${call}`, no);
    await drop('letter.db');
    await answer(201, { db_path: STORED });
    if (call === 'tautulli') {
      button('Start Import')?.click();
      await settled();
    }
    expect(words()).toContain('letter.db: This file is no SQLite database');
    expect(words()).toContain('It was removed from the server again.');
    expect(words()).not.toMatch(/uploaded/i);
    expect([chosen(), path()]).toEqual([undefined, '']);
    if (call === 'validate') expect(heard).toContain('This file is no SQLite database'); // else the import's voice says it
  });

  it('of two databases is refused before anything is sent', async () => {
    await drop('a.db', 'b.db', 'a.db-wal');
    expect(FakeRequest.sent).toHaveLength(0);
    expect(words()).toContain('These are 2 databases, and one is imported at a time');
  });

  it('that is cancelled says so, by a person or by the end of the page it was on', async () => {
    await drop('tautulli.db');
    button('Cancel upload')?.click();
    await settled();
    expect(words()).toContain('The upload was cancelled; nothing of it was kept.');
    feed.push(running());
    await settled();
    expect(words()).not.toContain('The upload was cancelled');
    feed.push(running({ seq: 11, status: 'completed' }));
    await settled();
    await drop('tautulli.db');
    document.body.replaceChildren();
    await settled();
    expect(FakeRequest.sent[1]?.aborted).toBe(true);
    expect(heard).toEqual(['The upload was cancelled', 'The upload was cancelled']);
  });

  it('makes the browser ask before it leaves the page, and only while it goes on', async () => {
    const asks = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
    expect(asks()).toBe(false);
    await drop('tautulli.db');
    expect(asks()).toBe(true);
    await answer(201, { db_path: STORED });
    expect(asks()).toBe(false);
  });

  it('stays in the form when an import of something else ends, and goes when it was imported', async () => {
    await drop('tautulli.db');
    await answer(201, { db_path: STORED });
    feed.push(running());
    feed.push(running({ seq: 11, status: 'completed' }));
    await settled();
    expect(chosen()).toMatch(/^tautulli\.db/);
    gateway.on('POST /import/tautulli', { status: 202, body: { stats: running({ job_id: 'job-2', seq: 20 }) } });
    button('Start Import')?.click();
    await settled();
    feed.push(running({ job_id: 'job-2', seq: 30, status: 'completed' }));
    await settled();
    expect(path()).toBe('');
  });
});
