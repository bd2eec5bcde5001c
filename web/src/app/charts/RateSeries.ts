// SPDX-License-Identifier: MIT
// RateSeries.ts - the points of a rate plot: rising in time, bounded in number. When there are too
// many, neighbours become their mean, so a job of days keeps its shape in the memory of one of minutes.
import type { JobSample } from '../../lib/types/sync.js';

const POINTS_MAX = 1_200;

export class RateSeries {
  private times: number[] = [];
  private rates: number[] = [];

  clear(): void {
    this.times = [];
    this.rates = [];
  }

  /** What the server kept, before what was heard since. */
  begin(samples: readonly JobSample[]): void {
    const last = samples.at(-1)?.t ?? -Infinity;
    const from = this.times.findIndex((t) => t > last);
    const heard = from < 0 ? [] : this.times.slice(from);
    const heardRates = from < 0 ? [] : this.rates.slice(from);
    this.times = [...samples.map((one) => one.t), ...heard];
    this.rates = [...samples.map((one) => one.rate), ...heardRates];
    this.thin();
  }

  /** One more; an earlier time than the last is left out. */
  add(t: number, rate: number): void {
    if (t <= (this.times.at(-1) ?? -Infinity)) return;
    this.times.push(t);
    this.rates.push(rate);
    this.thin();
  }

  get size(): number {
    return this.times.length;
  }

  columns(): [number[], number[]] {
    return [this.times, this.rates];
  }

  private thin(): void {
    if (this.times.length <= POINTS_MAX) return;
    const half = (values: number[]): number[] => {
      const kept: number[] = [];
      for (let i = 0; i + 1 < values.length; i += 2) kept.push(((values[i] ?? 0) + (values[i + 1] ?? 0)) / 2);
      return kept;
    };
    this.times = half(this.times);
    this.rates = half(this.rates);
  }
}
