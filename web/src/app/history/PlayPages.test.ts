// SPDX-License-Identifier: MIT
import { beforeEach, expect, it } from 'vitest';
import { HistoryApi } from '../../lib/api/history.js';
import { settled } from '../../test/fakes.js';
import { FakeGateway, refusal, type Answer } from '../../test/gateway.js';
import { play } from '../../test/plays.js';
import { heightOf, pagesWithin, PlayPages } from './PlayPages.js';

let gateway: FakeGateway;
let pages: PlayPages;

/** A history of `whole` plays, the newest first; a cursor is how many came before. */
function history(whole: number) {
  gateway.on('GET /history', ({ query }) => {
    const from = Number(query['cursor'] ?? 0);
    const to = Math.min(whole, from + Number(query['limit']));
    const items = Array.from({ length: to - from }, (_, i) => play({ id: String(from + i) }));
    return { body: { items, next: to < whole ? String(to) : null } };
  });
}

beforeEach(() => {
  gateway = new FakeGateway();
  const api = new HistoryApi(gateway.client());
  pages = new PlayPages(() => api);
});

const held = () => pages.state.pages.filter(({ plays }) => plays !== undefined).length;
const ids = () => pages.state.pages.flatMap(({ plays }) => plays ?? []).map(({ id }) => Number(id));

it('the list goes on to its end, each play once', async () => {
  history(120);
  await pages.ask({});
  await pages.more();
  await pages.more();
  await pages.more();
  expect(ids()).toEqual(Array.from({ length: 120 }, (_, i) => i));
  expect(pages.state.next).toBeNull();
  expect(gateway.calls).toHaveLength(3);
});

it('what is held does not grow with how far a person scrolls, and comes again on the way back', async () => {
  history(5000);
  await pages.ask({});
  for (let i = 1; i < 60; i += 1) {
    await pages.more();
    pages.look(Math.max(0, i - 1), i);
  }
  expect(held()).toBeLessThanOrEqual(15);
  pages.look(0, 1);
  await settled();
  expect(pages.state.pages.slice(0, 2).flatMap(({ plays }) => plays ?? []).map(({ id }) => Number(id))).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(pages.state.pages).toHaveLength(60);
});

it('a search that finds nothing in whole pages goes on, and says how far it has looked', async () => {
  const told: (string | undefined)[] = [];
  const answers: Record<string, Answer> = {
    first: { body: { items: [], next: 'a', looked_at: '2024-01-01T00:00:00Z' } },
    a: { body: { items: [play({ id: '7' })], next: null } },
  };
  gateway.on('GET /history', ({ query }) => answers[query['cursor'] ?? 'first']!);
  pages.subscribe(({ lookedBackTo }) => told.push(lookedBackTo));
  await pages.ask({ q: 'alien' });
  expect(told).toContain('2024-01-01T00:00:00Z');
  expect(ids()).toEqual([7]);
});

it('another question gives up the one before, whichever is answered first', async () => {
  let late: () => void = () => undefined;
  gateway.on('GET /history', ({ query }) => query['q'] === 'old'
    ? new Promise((resolve) => { late = () => resolve({ body: { items: [play({ id: '1' })], next: null } }); })
    : { body: { items: [play({ id: '2' })], next: null } });
  const first = pages.ask({ q: 'old' });
  await settled();
  await pages.ask({ q: 'new' });
  late();
  await first;
  expect(ids()).toEqual([2]);
  expect(pages.state).toMatchObject({ asking: undefined, problem: undefined });
});

it('a list that failed in the middle keeps what it has, and goes on from there', async () => {
  history(100);
  await pages.ask({});
  gateway.on('GET /history', refusal(503, 'ACTOR_AWAY'));
  await pages.more();
  expect(pages.state.problem?.code).toBe('ACTOR_AWAY');
  expect(ids()).toHaveLength(50);
  history(100);
  await pages.retry();
  expect(ids()).toHaveLength(100);
});

it('of a long list only the pages around the window are within it', async () => {
  history(500);
  await pages.ask({});
  for (let i = 0; i < 9; i += 1) await pages.more();
  const measures = { row: 10, day: 0 };
  expect(pages.state.pages.map((page) => heightOf(page, measures))).toEqual(Array(10).fill(500));
  expect(pagesWithin(pages.state.pages, measures, 0, 400)).toEqual([0, 0]);
  expect(pagesWithin(pages.state.pages, measures, 1600, 2600)).toEqual([3, 5]);
  expect(pagesWithin(pages.state.pages, measures, 99_999, 99_999)).toEqual([9, 9]);
});
