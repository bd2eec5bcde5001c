// SPDX-License-Identifier: MIT
import { expect, it } from 'vitest';
import { FakeClock } from '../test/fakes.js';
import { fetched } from './fetched.js';

it('code that could not be fetched is asked for again, later each time, until it is there', async () => {
  const clock = new FakeClock();
  const asked: number[] = [];
  const part = fetched(() => {
    asked.push(clock.now());
    return asked.length <= 3 ? Promise.reject(new TypeError('away')) : Promise.resolve('part');
  }, clock);
  await clock.pass(60_000);
  expect(await part).toBe('part');
  const waits = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
  expect(waits).toHaveLength(3);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
});
