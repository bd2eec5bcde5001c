// SPDX-License-Identifier: MIT
// clock.ts - time and chance, as what depends on them sees them. Tests hand in their own.

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `then` once after `ms`; returns what undoes that. */
  after(ms: number, then: () => void): () => void;
  /** 0 up to, but not, 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
