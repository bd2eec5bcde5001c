// SPDX-License-Identifier: MIT
import { html } from 'lit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { settled } from '../test/fakes.js';
import { SettingsManager, type SettingsSection } from './SettingsManager.js';

let manager: SettingsManager;
let loads: ReturnType<typeof vi.fn>;
const inside = (selector: string) => manager.renderRoot.querySelector<HTMLElement>(selector);
const go = async (hash: string) => {
  window.location.hash = hash;
  await settled();
};

function section(id: string, label: string): SettingsSection {
  return { id, label, icon: html``, render: (active) => html`<input name=${id} data-active=${active}>` };
}

beforeEach(async () => {
  window.scrollTo = () => undefined;
  window.location.hash = '';
  await settled();
  loads = vi.fn(async () => undefined);
  manager = new SettingsManager();
  manager.sections = [section('data-sync', 'Data Sync'), { ...section('access', 'Access'), load: loads }];
  document.body.append(manager);
  await settled();
});
afterEach(() => manager.remove());

it('Data Sync is open by default, and a section is fetched only when it is opened', async () => {
  expect(inside('a[aria-current="page"]')?.textContent).toBe('Data Sync');
  expect(loads).not.toHaveBeenCalled();
  await go('#access');
  expect(loads).toHaveBeenCalledOnce();
  expect(inside('a[aria-current="page"]')?.textContent).toBe('Access');
  expect(document.title).toBe('Playbus – Access');
});

it('what was typed into a section is still there after looking at another', async () => {
  const field = inside('[name="data-sync"]') as HTMLInputElement;
  field.value = '/srv/tautulli.db';
  await go('#access');
  expect(field.dataset['active']).toBe('false');
  expect(field.closest('section')?.hidden).toBe(true);
  await go('#data-sync');
  expect(inside('[name="data-sync"]')).toBe(field);
  expect(field.value).toBe('/srv/tautulli.db');
  expect(field.closest('section')?.hidden).toBe(false);
});

it('following a link moves the focus to the heading of the section', async () => {
  await go('#access');
  expect((manager.renderRoot as ShadowRoot).activeElement?.textContent).toBe('Access');
});

it('an unknown address is Data Sync', async () => {
  await go('#access');
  await go('#nothing');
  expect(inside('a[aria-current="page"]')?.textContent).toBe('Data Sync');
});

it('a section whose code cannot be fetched says so, offers to reload, and is there as soon as it can', async () => {
  loads.mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module'));
  await go('#access');
  expect(inside('[role="alert"]')?.textContent).toContain('could not be loaded');
  expect(inside('[name="access"]')).toBeNull();
  await vi.waitFor(() => expect(inside('[name="access"]')).not.toBeNull(), 10_000);
  expect(inside('[role="alert"]')).toBeNull();
});

it('while the session is lost no section asks anything, and the one that is shown stays', async () => {
  const shown = inside('[name="data-sync"]')!;
  manager.paused = true;
  await settled();
  expect(inside('[name="data-sync"]')).toBe(shown);
  expect(shown.dataset['active']).toBe('false');
  expect(shown.closest('section')?.hidden).toBe(false);
  manager.paused = false;
  await settled();
  expect(shown.dataset['active']).toBe('true');
});
