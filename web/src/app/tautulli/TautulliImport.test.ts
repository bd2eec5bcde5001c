// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeFeed, running, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { managerOf, operationOf } from '../../test/manager.js';
import { all, button, find, focused, words } from '../../test/page.js';
import { withoutSizes } from '../../test/plots.js';
import { idleProgress } from '../../lib/types/sync.js';
import type { SyncManager } from '../SyncManager.js';
import '../JobReceipt.js';
import '../OperationSection.js';
import '../charts/RatePlot.js';
import type { OperationSection } from '../OperationSection.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));
withoutSizes();

let gateway: FakeGateway;
let feed: FakeFeed;
let section: OperationSection;
let manager: SyncManager;

async function show(admin = true): Promise<void> {
  manager = managerOf(gateway, { feed });
  manager.start();
  section = document.createElement('operation-section');
  Object.assign(section, { operation: operationOf(manager), admin, announcer: { polite: () => undefined, assertive: () => undefined } });
  document.body.append(section);
  await rest();
}

/* The import runs from now on, whoever asks. */
function accept(): { status: number; body: object } {
  gateway.on('GET /import/status', { body: { stats: running() } });
  return { status: 202, body: { stats: running() } };
}

async function type(text: string): Promise<void> {
  const path = find<HTMLInputElement>('[role=combobox]');
  if (path) path.value = text;
  path?.dispatchEvent(new Event('input'));
  await rest();
}

/** What is told of a dry run. */
function previewOf(job_id: string, db_path: string): object {
  const progress = running({ dry_run: true, status: 'completed', job_id, end_time: '2026-01-08T14:30:00Z' });
  return { job: { job_id, db_path, dry_run: true, progress }, receipt: { by_reason: [], by_month: [], repairs: [], completed: [], changed: [], warnings: [] }, samples: [] };
}

/** Every answer and every rendering is done. */
async function rest(): Promise<void> {
  for (let i = 0; i < 4; i += 1) {
    await settled();
    await section.updateComplete;
  }
}

beforeEach(() => {
  gateway = new FakeGateway();
  feed = new FakeFeed();
});

afterEach(() => {
  manager.stop();
  document.body.replaceChildren();
});

describe('the Tautulli import', () => {
  it('one click is one request, also when it is a double click', async () => {
    gateway.on('POST /import/tautulli', () => accept());
    await show();
    const start = button('Start Import');
    start?.click();
    start?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli')).toHaveLength(1);
    expect(find('[role=progressbar]')).toBeDefined();
  });

  it('sends the typed path and the options that were chosen, and nothing else', async () => {
    gateway.on('POST /import/tautulli', { status: 202, body: { stats: running() } });
    await show();
    const path = find<HTMLInputElement>('[role=combobox]');
    if (path) path.value = ' /data/tautulli.db ';
    path?.dispatchEvent(new Event('input'));
    const [dryRun] = [...all(document)].filter((one) => one.matches('[type=checkbox]')) as HTMLInputElement[];
    dryRun?.click();
    await rest();
    button('Start Dry Run')?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli').at(-1)?.body).toEqual({ db_path: '/data/tautulli.db', dry_run: true });
  });

  it('an upload that was imported is gone, and so is its path', async () => {
    gateway.on('POST /import/tautulli', () => accept());
    await show();
    const path = (): string | undefined => find<HTMLInputElement>('[role=combobox]')?.value;
    find('database-upload')?.dispatchEvent(new CustomEvent('uploaded', { detail: { path: '/data/uploads/t.db', name: 'mine.db', bytes: 8 } }));
    await rest();
    expect(find('.chosen')?.textContent).toMatch(/mine\.db/);
    expect(words()).not.toContain('/data/uploads');
    button('Start Import')?.click();
    await rest();
    feed.push(running({ seq: 30, status: 'completed' }));
    await rest();
    expect(path()).toBe('');
  });

  it('a list of databases does not lie over the buttons once one was typed whole', async () => {
    const items = [{ path: '/data/tautulli.db', bytes: 1, modified: '2026-01-01T00:00:00Z', looks_valid: true }];
    gateway.on('GET /import/candidates', { body: { success: true, items, next: null } });
    await show();
    const path = find<HTMLInputElement>('[role=combobox]');
    await type('/data/taut');
    expect(path?.getAttribute('aria-expanded')).toBe('true');
    await type('/data/tautulli.db');
    expect(path?.getAttribute('aria-expanded')).toBe('false');
  });

  it('offers databases first, then what was uploaded, and what is no database at the end', async () => {
    const found = (path: string, looks_valid = true): object => ({ path, bytes: 1, modified: '2026-01-01T00:00:00Z', looks_valid });
    const items = [found('/data/letter.db', false), found('/data/uploads/b.db'), found('/data/uploads/junk.db', false), found('/data/a.zip'), found('/data/c.db')];
    gateway.on('GET /import/candidates', { body: { items, next: null } });
    await show();
    find('[role=combobox]')?.click();
    await rest();
    const offered = [...all(document)].filter((one) => one.matches('[role=option] .mono')).map((one) => one.textContent);
    expect(offered).toEqual(['/data/a.zip', '/data/c.db', '/data/uploads/b.db', '/data/letter.db', '/data/uploads/junk.db']);
  });

  it('no list lies over the buttons when the candidates come after a whole path was typed', async () => {
    let come: (answer: { body: object }) => void = () => undefined;
    gateway.on('GET /import/candidates', () => new Promise((resolve) => (come = resolve)));
    await show();
    const path = find<HTMLInputElement>('[role=combobox]');
    path?.focus();
    if (path) path.value = '/data/tautulli.db';
    path?.dispatchEvent(new Event('input'));
    await rest();
    come({ body: { items: [{ path: '/data/tautulli.db', bytes: 1, modified: '2026-01-01T00:00:00Z', looks_valid: true }], next: null } });
    await rest();
    expect(find('[role=listbox]')).toBeUndefined();
    path?.click();
    await rest();
    expect(find('[role=listbox]')).toBeDefined();
  });

  it('a path that is not there is said at the field, which gets the focus', async () => {
    gateway.on('POST /import/validate', refusal(404, 'FILE_NOT_FOUND', { error: 'Database file not found', remedy: 'Check the path and try again' }));
    await show();
    button('Validate Database')?.click();
    await rest();
    const path = find<HTMLInputElement>('[role=combobox]');
    expect(path?.getAttribute('aria-invalid')).toBe('true');
    expect(find('#wrong')?.textContent).toBe('Database file not found. Check the path and try again.');
    expect(focused()).toBe(path);
  });

  it('an empty path is answered with what to do in a browser, and too many tries with the seconds alone', async () => {
    gateway.on('POST /import/tautulli', refusal(422, 'BAD_FIELD', {
      error: 'No database is named and none is configured', remedy: 'Correct the named field and send it again', field: 'db_path',
    }));
    gateway.on('POST /import/validate', { ...refusal(429, 'RATE_LIMITED', { error: 'Too many requests', remedy: 'Wait as long as Retry-After says' }),
      headers: { 'Retry-After': '40' } });
    await show();
    button('Start Import')?.click();
    await rest();
    expect(find('#wrong')?.textContent).toBe('No database is named and none is configured. Choose a database, type its path, or upload one.');
    expect(focused()).toBe(find('[role=combobox]'));
    button('Validate Database')?.click();
    await rest();
    const note = [...(find('problem-note')?.shadowRoot?.querySelectorAll('p') ?? [])].map((line) => line.textContent);
    expect(note).toEqual(['Too many requests', 'Try again in 40 seconds.']);
  });

  it('another path ends the check of the one before, whose answer says nothing of it', async () => {
    gateway.on('POST /import/validate', { fails: 'never' });
    await show();
    button('Validate Database')?.click();
    await rest();
    expect(words()).toContain('Reading the database');
    const path = find<HTMLInputElement>('[role=combobox]');
    if (path) path.value = '/data/other.db';
    path?.dispatchEvent(new Event('input'));
    await rest();
    expect(words()).not.toContain('Reading the database');
    expect(find('#wrong') ?? find('problem-note')).toBeUndefined();
    expect(button('Start Import')?.getAttribute('aria-disabled')).toBe('false');
  });

  it('a file that may not be read is shown with its permissions', async () => {
    gateway.on('POST /import/tautulli', refusal(403, 'ACCESS_DENIED', {
      error: 'Access denied to database file', remedy: 'Let the service user read it',
      details: { code: 'ACCESS_DENIED', owner: 'root', mode: '0600', service_user: 'playbus' },
    }));
    await show();
    button('Start Import')?.click();
    await rest();
    expect(words()).toContain('Access denied to database file');
    expect(words()).toMatch(/root.*0600.*playbus/);
  });

  it('a conflict shows the progress of the import that runs', async () => {
    gateway.on('POST /import/tautulli', refusal(409, 'IMPORT_RUNNING', { error: 'Another import is already running', stats: running() }));
    await show();
    gateway.on('GET /import/status', { body: { stats: running() } });
    button('Start Import')?.click();
    await rest();
    expect(words()).toContain('Another import is already running');
    expect(find('[role=progressbar]')?.getAttribute('aria-valuenow')).toBe('67');
  });

  it('what timed out can be resumed when there is something to resume', async () => {
    gateway.on('POST /import/tautulli', refusal(504, 'TIMEOUT', { error: 'Operation timed out', remedy: 'Try again' }));
    gateway.on('GET /import/status', {
      body: { stats: running({ status: 'cancelled' }), resumable: { job_id: 'job-1', db_path: '/data/t.db', at: '2026-01-01T00:00:00Z' } },
    });
    await show();
    button('Start Import')?.click();
    await rest();
    expect(words()).toContain('Operation timed out');
    gateway.on('POST /import/tautulli', { status: 202, body: { stats: running({ seq: 20 }) } });
    button('Resume Import')?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli').at(-1)?.body).toEqual({ resume: true, db_path: '/data/t.db' });
  });

  it('a failed run says what to do, and one whose database was replaced is started anew rather than resumed', async () => {
    const failed = running({ status: 'error', error: 'This is not the database that was being imported', error_code: 'RESUME_MISMATCH' });
    gateway.on('GET /import/status', {
      body: { stats: failed, resumable: { job_id: 'job-1', db_path: '/data/t.db', at: '2026-01-01T00:00:00Z' } },
    });
    gateway.on('POST /import/tautulli', () => accept());
    await show();
    await vi.waitFor(() => expect(words()).toContain('Choose the same database, or start a fresh import'));
    expect(button('Resume Import')?.className).toBe('');
    expect(button('Start New Import')?.className).toBe('primary');
    button('Start New Import')?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli').at(-1)?.body).toEqual({ db_path: '/data/t.db' });
  });

  it('a mismatch of another database than the resumable one takes nothing away from its resumption', async () => {
    gateway.on('GET /import/status', {
      body: { stats: running({ status: 'cancelled' }), resumable: { job_id: 'job-1', db_path: '/data/t.db', at: '2026-01-01T00:00:00Z' } },
    });
    gateway.on('POST /import/tautulli', refusal(409, 'RESUME_MISMATCH', { error: 'This is not the database that was being imported' }));
    await show();
    await type('/data/other.db');
    button('Start Import')?.click();
    await rest();
    expect(words()).toContain('This is not the database that was being imported');
    expect(button('Start New Import')).toBeUndefined();
    expect(button('Resume Import')?.className).toBe('primary');
    await type('/data/t.db');
    button('Start Import')?.click();
    await rest();
    expect(button('Start New Import')?.className).toBe('primary');
  });

  it('Resume is offered for the database that can be resumed alone, and never puts it in the place of another', async () => {
    gateway.on('GET /import/status', {
      body: { stats: running({ status: 'cancelled' }), resumable: { job_id: 'job-1', db_path: '/data/t.db', at: '2026-01-01T00:00:00Z' } },
    });
    gateway.on('POST /import/tautulli', () => accept());
    await show();
    const resume = find<HTMLInputElement>('[type=checkbox]');
    resume?.click();
    await rest();
    expect(find<HTMLInputElement>('[role=combobox]')?.value).toBe('/data/t.db');
    expect(resume?.checked).toBe(true);
    await type('/data/other.db');
    expect(resume?.isConnected).toBe(false);
    button('Start Import')?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli').at(-1)?.body).toEqual({ db_path: '/data/other.db' });
  });

  it('a dry run that has just ended offers to run it for real, first of all', async () => {
    gateway.on('GET /sync/jobs/job-1', { body: previewOf('job-1', '/data/t.db') }).on('POST /import/tautulli', () => accept());
    await show();
    feed.push(running({ dry_run: true }));
    await rest();
    const ended = running({ dry_run: true, status: 'completed', seq: 11 });
    gateway.on('GET /import/status', { body: { stats: ended } });
    feed.push(ended);
    await rest();
    expect(words()).toContain('Importing this database now would do exactly this');
    expect(button('Start Import')?.className).toBe('');
    const offers = [...all(document)].filter((one) => one.textContent === 'Run this import' && one.matches('button.primary')) as HTMLElement[];
    expect(offers).toHaveLength(1);
    offers[0]?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli').at(-1)?.body).toEqual({ db_path: '/data/t.db' });
  });

  it('the preview of an older dry run says when it was, and offers another one', async () => {
    const old = { ...running({ dry_run: true, status: 'completed', job_id: 'old', end_time: '2026-01-08T14:30:00Z' }) };
    const job = { job_id: 'old', operation: 'tautulli_import', dry_run: true, resumable: false, db_path: '/data/t.db', progress: old };
    gateway.on('GET /import/status', { body: { stats: old } }).on('GET /sync/jobs', { body: { items: [job], next: null } });
    gateway.on('GET /sync/jobs/old', { body: previewOf('old', '/data/t.db') }).on('POST /import/tautulli', () => accept());
    await show();
    button('Receipt')?.click();
    await rest();
    expect(words()).toMatch(/On .*2026.* an import would have done this:/);
    expect(words()).not.toContain('now would do');
    expect(button('Run this import')).toBeUndefined();
    button('Dry run again')?.click();
    await rest();
    expect(gateway.asked('POST /import/tautulli').at(-1)?.body).toEqual({ db_path: '/data/t.db', dry_run: true });
  });

  it('asks before it stops, and stops once', async () => {
    HTMLDialogElement.prototype.showModal = function () { this.open = true; };
    HTMLDialogElement.prototype.close = function () { this.open = false; };
    gateway.on('GET /import/status', { body: { stats: running() } });
    gateway.on('DELETE /import', { body: { stats: running({ seq: 11, status: 'cancelled' }) } });
    await show();
    button('Stop Import')?.click();
    await rest();
    expect(gateway.asked('DELETE /import')).toHaveLength(0);
    expect(words()).toContain('What was imported so far is kept: 33,500 plays');
    const sure = [...all(document)].filter((one) => one.textContent?.trim() === 'Stop Import' && one.localName === 'button').at(-1) as HTMLElement;
    sure.click();
    sure.click();
    await rest();
    expect(gateway.asked('DELETE /import')).toHaveLength(1);
    expect(words()).toContain('Receipt Stopped');
    expect(focused()?.textContent).toBe('Receipt');
  });

  it('the focus is not lost when an import that someone else started takes the place of the form', async () => {
    await show();
    find<HTMLInputElement>('[role=combobox]')?.focus();
    feed.push(running());
    await rest();
    expect(focused()?.textContent).toBe('Tautulli Database Import');
  });

  it('a viewer sees all of it and can start nothing', async () => {
    await show(false);
    expect(words()).toContain('Only an administrator can start an import.');
    expect(button('Start Import')).toBeUndefined();
    feed.push(running());
    await rest();
    expect(find('[role=progressbar]')).toBeDefined();
    expect(button('Stop Import')).toBeUndefined();
    expect(gateway.asked('GET /import/candidates')).toHaveLength(0);
  });

  it('who is told of no paths reads no empty column of them, and no guess of what was imported', async () => {
    const stopped = running({ status: 'cancelled' });
    const job = { job_id: 'job-1', operation: 'tautulli_import', dry_run: false, resumable: true, asked_by: 'anna', db_path: null, progress: stopped };
    gateway.on('GET /import/status', { body: { stats: stopped, resumable: { job_id: 'job-1', db_path: null, at: '2026-01-01T00:00:00Z' } } });
    gateway.on('GET /sync/jobs', { body: { items: [job], next: null } });
    await show(false);
    expect(words()).toMatch(/An import ended early on/);
    expect(words()).toContain('by anna, took');
    expect([...all(document)].filter((one) => one.localName === 'th').map((one) => one.textContent)).not.toContain('Database');
  });

  it('past imports that could not be asked for come by themselves, and nothing says Loading meanwhile', async () => {
    gateway.on('GET /sync/jobs', { fails: 'down' });
    await show();
    expect(words()).toContain('Connection lost. Retrying...');
    expect(words()).not.toContain('Loading…');
    gateway.on('GET /sync/jobs', { body: { items: [], next: null } });
    await vi.waitFor(() => expect(words()).toContain('Nothing was imported yet'), 5_000);
    expect(words()).not.toContain('Connection lost');
  });

  it('a push that changes nothing but figures leaves the error list open and the focus where it is', async () => {
    gateway.on('GET /import/status', { body: { stats: running({ errors: [{ timestamp: 't', record_id: 12345, message: '<b>bad</b>', recoverable: true }] }) } });
    await show();
    const toggle = find('[aria-expanded]');
    toggle?.focus();
    toggle?.click();
    await rest();
    expect(words()).toContain('<b>bad</b>');
    feed.push(running({ seq: 11, processed_records: 40_000, errors: [] }));
    await rest();
    expect(toggle?.getAttribute('aria-expanded')).toBe('true');
    expect(focused()).toBe(toggle);
  });

  it.each([
    [399, '399 plays are stored twice: an earlier version of Playbus took a changed database for another. They are joined when plays are grouped anew.'],
    [1, '1 play is stored twice: an earlier version of Playbus took a changed database for another. It is joined when plays are grouped anew.'],
  ])('tells calmly of %i plays that are stored twice', async (doubled_plays, sentence) => {
    gateway.on('GET /import/status', { body: { stats: idleProgress('tautulli_import'), doubled_plays } });
    await show();
    expect(words()).toContain(sentence);
    expect(find('problem-note') ?? find('[role=alert]')).toBeUndefined();
  });

  it('says nothing of plays stored twice where there are none', async () => {
    await show();
    expect(words()).not.toContain('stored twice');
  });

  it('says when the last import was', async () => {
    gateway.on('GET /import/status', {
      body: { stats: idleProgress('tautulli_import'), last_success: { job_id: 'j', end_time: '2025-01-08T14:30:00Z', imported_records: 50_000 } },
    });
    await show();
    expect(words()).toMatch(/Last Import: .*2025.*\(50,000 records\)/);
  });
});
