// SPDX-License-Identifier: MIT
// plots.ts - in the place of charts/plots.ts: there is no canvas in jsdom, and nothing has a size.
// Use: vi.mock('./charts/plots.js', () => import('../test/plots.js')), and withoutSizes().
import { css } from 'lit';
import { vi } from 'vitest';
import type { Plot } from '../app/charts/plots.js';

/** What plots were given to show. */
export const shown: number[][][] = [];
export const plotStyles = css``;

export function makePlot(): Plot {
  return { show: (data) => void shown.push(data), resize: () => undefined, redraw: () => undefined, destroy: () => undefined };
}

export function withoutSizes(): void {
  vi.stubGlobal('ResizeObserver', class { observe() {} disconnect() {} });
  vi.stubGlobal('matchMedia', () => new EventTarget());
}
