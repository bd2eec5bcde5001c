// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { monthColumns } from './MonthChart.js';
import { RateSeries } from './RateSeries.js';

it('a rate plot is whole after a reload: what the server kept, then what was heard since', () => {
  const series = new RateSeries();
  series.add(9, 90);
  series.add(11, 110);
  series.begin([{ t: 1, processed: 1, rate: 10 }, { t: 10, processed: 5, rate: 100 }]);
  series.add(10.5, 1);
  series.add(12, 120);
  expect(series.columns()).toEqual([[1, 10, 11, 12], [10, 100, 110, 120]]);
});

it('a rate plot keeps a bounded number of points, in order, from first to last', () => {
  const series = new RateSeries();
  for (let t = 1; t <= 100_000; t += 1) series.add(t, 5);
  const [times] = series.columns();
  expect(times.length).toBeLessThanOrEqual(1_200);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times[0]).toBeLessThan(200);
  expect(times.at(-1)).toBeGreaterThan(99_900);
});

it('months without plays are there too, and keys that are no month are not', () => {
  const line = { imported: 2, duplicate: 1, merged: 1, error: 7 };
  const [months, plays, imported] = monthColumns([{ key: '2023-11', ...line }, { key: null, ...line }, { key: '<b>', ...line }, { key: '2024-02', ...line }]);
  expect(months.map((m) => `${Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, '0')}`)).toEqual(['2023-11', '2023-12', '2024-01', '2024-02']);
  expect([plays, imported]).toEqual([[4, 0, 0, 4], [2, 0, 0, 2]]);
});
