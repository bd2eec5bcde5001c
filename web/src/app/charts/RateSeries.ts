// SPDX-License-Identifier: MIT
// RateSeries.ts - the points of a rate plot: rising in time, bounded in number. When there are too
// many, the step between them grows and near ones become one, so a job of days keeps its shape in the memory of one of minutes.
import type { JobSample } from '../../lib/types/sync.js';

const POINTS_MAX = 1_200;

export class RateSeries {
  private times: number[] = [];
  private rates: number[] = [];
  private step = 0; // seconds that points are apart at least

  clear(): void {
    this.times = [];
    this.rates = [];
    this.step = 0;
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
    this.put(t, rate);
    this.thin();
  }

  get size(): number {
    return this.times.length;
  }

  columns(): [number[], number[]] {
    return [this.times, this.rates];
  }

  /* The last point grows until it is a step away from the one before it. */
  private put(t: number, rate: number): void {
    const last = this.times.length - 1;
    if (last > 0 && (this.times[last] ?? 0) - (this.times[last - 1] ?? 0) < this.step) {
      this.rates[last] = ((this.rates[last] ?? 0) + rate) / 2;
      this.times[last] = t;
    } else {
      this.times.push(t);
      this.rates.push(rate);
    }
  }

  private thin(): void {
    if (this.times.length <= POINTS_MAX) return;
    const { times, rates } = this;
    this.step = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / (POINTS_MAX / 2);
    this.times = [];
    this.rates = [];
    times.forEach((t, i) => this.put(t, rates[i] ?? 0));
  }
}
