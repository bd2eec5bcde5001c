// SPDX-License-Identifier: MIT
import { afterEach, describe, expect, it } from 'vitest';
import { running } from '../test/fakes.js';
import { idleProgress, type SyncProgress } from '../lib/types/sync.js';
import './SyncProgressComponent.js';
import type { SyncProgressComponent } from './SyncProgressComponent.js';

async function shown(progress: SyncProgress): Promise<SyncProgressComponent> {
  const element = document.createElement('sync-progress');
  element.progress = progress;
  document.body.append(element);
  await element.updateComplete;
  return element;
}

function words(element: SyncProgressComponent): string {
  return (element.shadowRoot?.textContent ?? '').replace(/\s+/g, ' ');
}

function bar(element: SyncProgressComponent): HTMLElement {
  return element.shadowRoot?.querySelector('[role=progressbar]') as HTMLElement;
}

afterEach(() => document.body.replaceChildren());

describe('the progress of a sync', () => {
  it('shows the figures of the design document', async () => {
    const element = await shown(running());
    for (const part of ['67.5%', 'Status: Importing records...', 'Progress: 33,750 / 50,000 records', 'Speed: 125 records/sec', 'Elapsed: 4m 30s', 'Remaining: ~2m 10s', 'Imported: 33,500', 'Skipped: 200', 'Rejected: 50']) {
      expect(words(element)).toContain(part);
    }
  });

  it('tells how far it is in aria values, and never 100 before the end', async () => {
    const element = await shown(running({ progress_percent: 99.97 }));
    expect(bar(element).getAttribute('aria-valuenow')).toBe('99');
    expect(bar(element).getAttribute('aria-valuemin')).toBe('0');
    expect(bar(element).getAttribute('aria-valuemax')).toBe('100');
    expect(words(element)).toContain('99.9%');
    element.progress = running({ status: 'completed', progress_percent: 100 });
    await element.updateComplete;
    expect(bar(element).getAttribute('aria-valuenow')).toBe('100');
  });

  it('has no value while there is nothing to count yet', async () => {
    const element = await shown({ ...idleProgress('tautulli_import'), status: 'running', phase: 'planning' });
    expect(bar(element).hasAttribute('aria-valuenow')).toBe(false);
    expect(bar(element).getAttribute('aria-valuetext')).toBe('Counting records...');
  });

  it('says that it is calculating before there is a rate', async () => {
    const element = await shown(running({ records_per_second: 0, estimated_remaining_seconds: 0 }));
    expect(words(element)).toContain('Speed: calculating…');
    expect(words(element)).toContain('Remaining: calculating…');
  });

  it('names the part it waits for', async () => {
    expect(words(await shown(running({ phase: 'waiting', waiting_for: 'history' })))).toContain('Waiting for the history store...');
  });

  it('an update replaces no node', async () => {
    const element = await shown(running());
    const nodes = [...(element.shadowRoot?.querySelectorAll('*') ?? [])];
    element.progress = running({ seq: 11, processed_records: 40_000, progress_percent: 80, imported_records: 39_750 });
    await element.updateComplete;
    expect([...(element.shadowRoot?.querySelectorAll('*') ?? [])]).toEqual(nodes);
    expect(element.shadowRoot?.querySelector<HTMLElement>('.fill')?.style.transform).toBe('translateX(-20%)');
  });

  it('says what is to be known of the source while records are imported', async () => {
    const element = await shown(running({ message: 'The -wal of this database is missing' }));
    expect(words(element)).toContain('Status: Importing records...');
    expect(element.shadowRoot?.querySelector('.message')?.textContent).toBe('The -wal of this database is missing');
    element.progress = running({ seq: 11 });
    await element.updateComplete;
    expect(element.shadowRoot?.querySelector('.message')).toBeNull();
  });

  it('a message with markup stays text', async () => {
    const element = await shown(running({ message: '<img src=x onerror=alert(1)>' }));
    expect(element.shadowRoot?.querySelector('img')).toBeNull();
    expect(words(element)).toContain('<img src=x');
  });
});
