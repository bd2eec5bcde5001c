// SPDX-License-Identifier: MIT
import { afterEach, expect, it } from 'vitest';
import type { Validation } from '../../lib/types/sync.js';
import './ValidationReport.js';

const REPORT: Validation = {
  complete: true, total_records: 1200, unique_users: 3, media_types: { movie: 1200 }, file_bytes: 5000, already_imported: 0,
  warnings: ['Pages of this database are damaged; 1200 rows were read'],
};

async function words(report: Validation): Promise<string> {
  const element = document.createElement('validation-report');
  Object.assign(element, { report, path: '/data/tautulli.db' });
  document.body.append(element);
  await element.updateComplete;
  return [...(element.shadowRoot?.querySelectorAll('section') ?? [])].map((one) => one.textContent).join(' ').replace(/\s+/g, ' ');
}

afterEach(() => document.body.replaceChildren());

it('what could be read in part says so and why, before figures that are no totals', async () => {
  const text = await words({ ...REPORT, complete: false });
  expect(text).toContain('Not everything could be read; the figures are what is known so far.');
  expect(text).not.toContain('too long');
  expect(text).toMatch(/Plays ?at least 1,200/);
  expect(text.indexOf('are damaged')).toBeLessThan(text.indexOf('Plays'));
});

it('damage is told once, before all else, by what the check says of it', async () => {
  const damage = 'Two pages are gone. Save what can be read';
  const text = await words({ ...REPORT, complete: false, damaged: true, damage, warnings: [damage, 'No stop: 3'] });
  expect(text.split('Two pages are gone').length).toBe(2);
  expect(text.indexOf('Two pages are gone')).toBeLessThan(text.indexOf('Not everything'));
  expect(text).toContain('No stop: 3');
});

it('what was read to its end is told with its totals first', async () => {
  const text = await words(REPORT);
  expect(text).toMatch(/Plays ?1,200/);
  expect(text).not.toMatch(/at least|Not everything/);
  expect(text.indexOf('are damaged')).toBeGreaterThan(text.indexOf('Plays'));
});
