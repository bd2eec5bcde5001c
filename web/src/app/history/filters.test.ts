// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { addressOf, daysOfMonth, filtersOf, queryOf } from './filters.js';

it('an address and the filters it stands for are the same thing', () => {
  const filters = { q: 'münchen & co', person: 's1/7', library: 'TV', type: 'episode', from: '2024-02-01', to: '2024-02-29' };
  expect(filtersOf(new URLSearchParams(addressOf(filters).toString()))).toEqual(filters);
  expect(addressOf(filters, '12').get('play')).toBe('12');
});

it('what a person mistyped in an address filters nothing', () => {
  expect(filtersOf(new URLSearchParams('from=yesterday&to=2024-13-45&q=%20&colour=red'))).toEqual({});
});

it('days are whole days where the person is', () => {
  const query = queryOf({ from: '2024-02-01', to: '2024-02-29', type: 'movie' });
  expect(query).toEqual({ media_type: 'movie', from: new Date(2024, 1, 1).toISOString(), to: new Date(2024, 2, 1).toISOString() });
});

it('a month is its first and its last day', () => {
  expect(daysOfMonth(2024 * 12 + 1)).toEqual({ from: '2024-02-01', to: '2024-02-29' });
  expect(daysOfMonth(2023 * 12 + 11)).toEqual({ from: '2023-12-01', to: '2023-12-31' });
});
