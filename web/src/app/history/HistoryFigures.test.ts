// SPDX-License-Identifier: MIT
import { beforeEach, expect, it } from 'vitest';
import { HistoryApi } from '../../lib/api/history.js';
import { FakeClock, settled } from '../../test/fakes.js';
import { FakeGateway, refusal, type Answer } from '../../test/gateway.js';
import { HistoryFigures } from './HistoryFigures.js';

const totals = { plays: 2, watched_hours: 3.9, long_plays: 0, people: 1 };

let gateway: FakeGateway;
let clock: FakeClock;
let figures: HistoryFigures;

beforeEach(() => {
  gateway = new FakeGateway();
  clock = new FakeClock();
  const api = new HistoryApi(gateway.client());
  figures = new HistoryFigures(() => api, clock);
});

const asked = () => gateway.asked('GET /history/summary').map(({ query }) => query['by']);
const line = (key: string) => ({ key, plays: 2, watched_hours: 3.9, long_plays: 0 });

it('one question is asked after the other, and none twice', async () => {
  let open = 0;
  let most = 0;
  gateway.on('GET /history/summary', async ({ query }): Promise<Answer> => {
    most = Math.max(most, ++open);
    await settled();
    open -= 1;
    return { body: { items: [line(query['by'] ?? '')], totals } };
  });
  await figures.ask({}, true);
  expect(most).toBe(1);
  expect(asked()).toEqual(['month', 'person', 'library', 'media_type', 'server']);
  expect(figures.state.choices.person).toEqual([line('person')]);
});

it('what can be chosen from is of all plays, also where not all are shown', async () => {
  gateway.on('GET /history/summary', ({ query }) => ({ body: { items: [line('q' in query ? 'some' : 'all')], totals } }));
  await figures.ask({ q: 'alien', from: '2024-01-01' }, true);
  expect(figures.state.persons).toEqual([line('some')]);
  expect(Object.values(figures.state.choices)).toEqual(Array(4).fill([line('all')]));
});

it('choices that could not be had are asked for with the next try', async () => {
  gateway.on('GET /history/summary', ({ query }) => query['by'] === 'library' ? refusal(429, 'RATE_LIMITED') : { body: { items: [line('a')], totals } });
  await figures.ask({}, true);
  expect(figures.state.problem?.code).toBe('RATE_LIMITED');
  expect(figures.state.totals).toEqual(totals);
  gateway.on('GET /history/summary', { body: { items: [line('a')], totals } });
  await figures.ask({});
  expect(figures.state.choices.library).toEqual([line('a')]);
  expect(figures.state.problem).toBeUndefined();
});

it('while plays wait to be counted it is asked again, ever more seldom, until none does', async () => {
  gateway.on('GET /history/summary', { body: { items: [], totals, waiting: 5 } });
  await figures.ask({});
  await clock.pass(120_000);
  const rounds = asked().length / 2;
  expect(rounds).toBeGreaterThan(3);
  expect(rounds).toBeLessThan(12);
  gateway.on('GET /history/summary', { body: { items: [], totals } });
  await clock.pass(60_000);
  expect(clock.waiting).toBe(0);
  expect(figures.state.waiting).toBe(0);
});
