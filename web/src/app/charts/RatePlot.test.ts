// SPDX-License-Identifier: MIT
import { afterEach, expect, it, vi } from 'vitest';
import { running, settled } from '../../test/fakes.js';
import { shown, withoutSizes } from '../../test/plots.js';
import './RatePlot.js';

vi.mock('./plots.js', () => import('../../test/plots.js'));
withoutSizes();

afterEach(() => document.body.replaceChildren());

it('a curve begins with nothing at 0 s, and until there is one words stand in its place', async () => {
  const plot = document.createElement('rate-plot');
  const words = (): string | undefined => plot.renderRoot.querySelector('.instead')?.textContent ?? undefined;
  const push = async (elapsed_seconds: number, records_per_second: number): Promise<void> => {
    plot.progress = running({ elapsed_seconds, records_per_second });
    await settled();
  };
  Object.assign(plot, { samples: [], progress: running({ elapsed_seconds: 0, records_per_second: 0 }) });
  document.body.append(plot);
  await settled();
  expect(words()).toBe('The curve begins once there are two samples');
  await push(2, 100);
  expect(words()).toBeDefined();
  await push(4, 120);
  expect(words()).toBeUndefined();
  expect(shown.at(-1)).toEqual([[0, 2, 4], [0, 100, 120]]);
});

it('what the server kept is drawn without a push', async () => {
  const samples = [{ t: 5, processed: 1, rate: 10 }, { t: 10, processed: 2, rate: 20 }];
  const plot = document.createElement('rate-plot');
  Object.assign(plot, { samples, progress: running({ elapsed_seconds: 10, records_per_second: 20 }) });
  document.body.append(plot);
  await settled();
  expect(plot.renderRoot.querySelector('.instead')).toBeNull();
  expect(shown.at(-1)).toEqual([[0, 5, 10], [0, 10, 20]]);
});
