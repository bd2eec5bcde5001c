// SPDX-License-Identifier: MIT
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SectionAddress } from '../../lib/SectionAddress.js';
import { withDialogs } from '../../test/dialogs.js';
import { FakeClock, settled } from '../../test/fakes.js';
import { FakeGateway, refusal } from '../../test/gateway.js';
import { button, find, words } from '../../test/page.js';
import { play } from '../../test/plays.js';
import { withoutSizes } from '../../test/plots.js';
import type { HistoryFilterBar } from './HistoryFilterBar.js';
import { HistorySection } from './HistorySection.js';

vi.mock('../charts/plots.js', () => import('../../test/plots.js'));

const HOSTILE = '<img src=x onerror="alert(1)">';
const TOTALS = { plays: 2, watched_hours: 3.9, long_plays: 0, people: 1 };
const line = (key: string, label: string) => ({ key, label, plays: 2, watched_hours: 3.9, long_plays: 0 });

let gateway: FakeGateway;
let section: HistorySection;
let heard: string[];

beforeEach(() => {
  withDialogs();
  withoutSizes();
  window.history.replaceState(null, '', '#history');
  heard = [];
  gateway = new FakeGateway()
    .on('GET /history', { body: { items: [play({ id: '2', title: HOSTILE }), play({ id: '1' })], next: null } })
    .on('GET /history/summary', ({ query }) => ({ body: {
      items: { month: [line('2024-02', '')], person: [line('s1/7', 'Anna')], library: [line('1', 'Movies')], media_type: [line('movie', '')], server: [line('s1', '')] }[query['by'] ?? ''] ?? [],
      totals: TOTALS,
    } }));
});
afterEach(() => section.remove());

async function open(admin = true) {
  section = new HistorySection();
  section.api = gateway.client();
  section.announcer = { polite: (text) => void heard.push(text), assertive: () => undefined };
  section.address = new SectionAddress('history', window);
  section.admin = admin;
  document.body.append(section);
  section.active = true;
  await settled();
}
const listed = () => gateway.asked('GET /history').map(({ query }) => query);

it('totals, charts and plays are there, and a title with markup is text', async () => {
  await open();
  expect(words()).toContain('Plays 2');
  expect(words()).toContain(HOSTILE);
  expect(find('img')).toBeUndefined();
  expect(words()).toContain('Saturday, February 3, 2024');
});

it('a shared address shows what it says, and asks nothing else first', async () => {
  window.history.replaceState(null, '', '#history?q=alien&person=s1%2F7&type=movie');
  await open();
  expect(listed()).toEqual([{ q: 'alien', person: 's1/7', media_type: 'movie', limit: '50' }]);
  expect(find<HTMLInputElement>('input[type=search]')?.value).toBe('alien');
});

it('a person is chosen in the chart, told of, and left again by Back', async () => {
  await open();
  find('person-hours')!.shadowRoot!.querySelector('button')!.click();
  await settled();
  expect(window.location.hash).toBe('#history?person=s1%2F7');
  expect(listed().at(-1)).toMatchObject({ person: 's1/7' });
  expect(heard).toEqual(['2 plays found']);
  window.history.back();
  await new Promise((then) => setTimeout(then, 50));
  await settled();
  expect(window.location.hash).toBe('#history');
  expect(listed().at(-1)).toEqual({ limit: '50' });
});

it('the chart of months offers all months, whatever dates are shown', async () => {
  window.history.replaceState(null, '', '#history?from=2024-02-01&to=2024-02-29');
  await open();
  const months = gateway.asked('GET /history/summary').filter(({ query }) => query['by'] === 'month').map(({ query }) => 'from' in query);
  expect(months.sort()).toEqual([false, true]);
});

it('a search is asked for when a person pauses, and is one place to come back to', async () => {
  await open();
  const clock = new FakeClock();
  find<HistoryFilterBar>('history-filter-bar')!.clock = clock;
  const box = find<HTMLInputElement>('input[type=search]')!;
  const type = async (text: string, pauseMs: number) => {
    box.value = text;
    box.dispatchEvent(new InputEvent('input'));
    await clock.pass(pauseMs);
    await settled();
  };
  await type('a', 100);
  await type('al', 100);
  expect(listed()).toHaveLength(1);
  await type('ali', 400);
  await type('alien', 400);
  expect(listed().map(({ q }) => q)).toEqual([undefined, 'ali', 'alien']);
  window.history.back();
  await new Promise((then) => setTimeout(then, 50));
  expect(window.location.hash).toBe('#history');
});

it('one play has an address of its own and says who told of it and why it is one', async () => {
  gateway.on('GET /history/1', { body: { play: play({ id: '1' }), rows: [
    { row_no: '1', job_id: 'j1', at: null, source: 'tautulli', native_id: '12', origin: 'api', reason: 'new', because: 'it told of this play first', play: { title: HOSTILE }, versions: 2 },
    { row_no: '9', job_id: null, at: null, source: 'plex', native_id: '77', origin: 'plex_history', reason: 'watched_within', because: 'Plex marked it watched 3 s before it stopped', versions: 1 },
  ] } });
  window.history.replaceState(null, '', '#history?play=1');
  await open();
  const said = words();
  expect(said).toContain('Plex marked it watched 3 s before it stopped');
  expect(said).toContain('2 versions');
  expect(said).toMatch(/Tautulli · API.*Plex · history/s);
  expect(find('img')).toBeUndefined();
});

it('a play that is gone is said to be gone', async () => {
  gateway.on('GET /history/1', refusal(404, 'NOT_FOUND', { error: 'There is no such play' }));
  window.history.replaceState(null, '', '#history?play=1');
  await open();
  expect(words()).toContain('There is no such play');
});

it('who has no plays yet is told what to do: an administrator where, a viewer who', async () => {
  gateway.on('GET /history', { body: { items: [], next: null } });
  await open();
  expect(find<HTMLAnchorElement>('a.button')?.getAttribute('href')).toBe('#data-sync');
  section.remove();
  await open(false);
  expect(words()).toContain('An administrator can do that');
  expect(find('a.button')).toBeUndefined();
});

it('filters that find nothing can be cleared', async () => {
  gateway.on('GET /history', ({ query }) => ({ body: { items: query['q'] === undefined ? [play()] : [], next: null } }));
  window.history.replaceState(null, '', '#history?q=nothing');
  await open();
  expect(words()).toContain('Nothing matches.');
  button('Clear search and filters')!.click();
  await vi.waitFor(() => expect(words()).toContain('Alien'), { timeout: 5000 });
});

it('while the search is cleared nothing is said to be missing, nor where the answer fails', async () => {
  gateway.on('GET /history', { body: { items: [], next: null } });
  window.history.replaceState(null, '', '#history?q=nothing');
  await open();
  gateway.on('GET /history', { fails: 'never' });
  button('Clear search and filters')!.click();
  await settled();
  expect(words()).not.toMatch(/No plays yet|Nothing matches/);
  gateway.on('GET /history', refusal(403, 'ROLE_TOO_LOW', { error: 'Not for you' }));
  section.active = false;
  await settled();
  section.active = true;
  await settled();
  expect(words()).toContain('Not for you');
  expect(words()).not.toMatch(/No plays yet|Nothing matches/);
});

it('Back takes a search away also while its box has the focus', async () => {
  await open();
  const clock = new FakeClock();
  find<HistoryFilterBar>('history-filter-bar')!.clock = clock;
  const box = find<HTMLInputElement>('input[type=search]')!;
  box.focus();
  box.value = 'alien';
  box.dispatchEvent(new InputEvent('input'));
  await clock.pass(400);
  await settled();
  expect(window.location.hash).toBe('#history?q=alien');
  window.history.back();
  await new Promise((then) => setTimeout(then, 50));
  await settled();
  expect(box.value).toBe('');
  box.blur();
  await settled();
  expect(window.location.hash).toBe('#history');
});

it('a play that another section linked to is left to the list, not back to that section', async () => {
  await open();
  section.active = false;
  window.location.hash = '#people';
  await settled();
  window.location.hash = '#history?play=1';
  await new Promise((then) => setTimeout(then, 50));
  section.active = true;
  await settled();
  find('play-dialog')!.dispatchEvent(new CustomEvent('closed'));
  await new Promise((then) => setTimeout(then, 50));
  expect(window.location.hash).toBe('#history');
});

it('what is downloaded is what is filtered', async () => {
  window.history.replaceState(null, '', '#history?library=1&q=alien');
  await open();
  expect(find<HTMLAnchorElement>('a[download]')?.getAttribute('href')).toBe('/api/v1/history/export?format=csv&q=alien&library=1');
});
