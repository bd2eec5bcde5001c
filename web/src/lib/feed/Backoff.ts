// SPDX-License-Identifier: MIT
// Backoff.ts - how long to wait before the next try: longer each time up to a limit, never for ever
// the same (jitter), so that many panels do not come back in one instant.

const FIRST_MS = 1_000;
const MOST_MS = 30_000;

export class Backoff {
  private tries = 0;

  constructor(private readonly random: () => number) {}

  /** Milliseconds to wait now: between half and all of 1, 2, 4 … 30 s. */
  next(): number {
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(this.tries, 10));
    this.tries += 1;
    return most / 2 + (this.random() * most) / 2;
  }

  reset(): void {
    this.tries = 0;
  }
}
