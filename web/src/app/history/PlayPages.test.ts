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

it('a list that fails is asked for once more as it was, and not mixed with the one before', async () => {
  history(120);
  await pages.ask({});
  gateway.on('GET /history', refusal(503, 'ACTOR_AWAY'));
  await pages.ask({ q: 'alien' });
  expect(ids()).toEqual([]);
  expect(pages.state).toMatchObject({ next: null, asking: undefined });
  history(3);
  await pages.retry();
  expect(gateway.calls.at(-1)?.query).toEqual({ q: 'alien', limit: '50' });
  expect(ids()).toEqual([0, 1, 2]);
});

/** Sixty pages, the first ones let go; then looks at page `i` again. */
async function backAt(i: number) {
  history(3000);
  await pages.ask({});
  while (pages.state.pages.length < 60) {
    await pages.more();
    pages.look(pages.state.pages.length - 1, pages.state.pages.length - 1);
  }
  return async () => {
    pages.look(i, i);
    await settled();
  };
}

it('the newest page is never let go, since by now another one is the newest', async () => {
  const look = await backAt(0);
  const asked = gateway.calls.length;
  await look();
  expect(gateway.calls).toHaveLength(asked);
  expect(pages.state.pages[0]?.plays).toHaveLength(50);
});

it('a page that is another one by now leads to the list as it is now, without a play twice or left out', async () => {
  for (const change of ['one is gone', 'a short read']) {
    const look = await backAt(3);
    gateway.on('GET /history', ({ query }) => {
      const from = Number(query['cursor'] ?? 0);
      const gone = (i: number) => (change === 'one is gone' && i >= 160 ? i + 1 : i);
      const rows = change === 'a short read' && query['cursor'] !== undefined ? 20 : Number(query['limit']);
      return { body: { items: Array.from({ length: rows }, (_, i) => play({ id: String(gone(from + i)) })), next: String(from + rows) } };
    });
    await look();
    expect(ids()).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(pages.state).toMatchObject({ next: '50', asking: undefined });
  }
});

it('a page that could not be fetched again is told of, and asked for once in each try', async () => {
  const look = await backAt(3);
  gateway.on('GET /history', refusal(503, 'ACTOR_AWAY'));
  const asked = gateway.calls.length;
  await look();
  await look();
  expect(gateway.calls).toHaveLength(asked + 1);
  expect(pages.state.problem?.code).toBe('ACTOR_AWAY');
  history(3000);
  await pages.retry();
  expect(pages.state.pages[3]?.plays?.[0]?.id).toBe('150');
  expect(pages.state.problem).toBeUndefined();
});

it('who leaves gives up a page that is fetched again', async () => {
  const look = await backAt(3);
  gateway.on('GET /history', { fails: 'never' });
  await look();
  pages.cancel();
  await settled();
  expect(pages.state).toMatchObject({ asking: undefined, problem: undefined });
  history(3000);
  await look();
  expect(pages.state.pages[3]?.plays).toHaveLength(50);
});

it('pages that are let go while the next one is asked for do not come back with it', async () => {
  let answer: () => void = () => undefined;
  history(5000);
  await pages.ask({});
  for (let i = 0; i < 9; i += 1) await pages.more();
  gateway.on('GET /history', () => new Promise((resolve) => { answer = () => resolve({ body: { items: [play({ id: 'x' })], next: null } }); }));
  const more = pages.more();
  await settled();
  pages.look(9, 9);
  const left = held();
  answer();
  await more;
  expect(left).toBeLessThan(10);
  expect(held()).toBe(left + 1);
});
