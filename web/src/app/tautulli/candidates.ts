// SPDX-License-Identifier: MIT
// candidates.ts - the databases that lie in the allowed folders, asked for again when they may have
// changed; what a person most likely means is first.
import type { SyncApi } from '../../lib/api/sync.js';
import type { Candidate } from '../../lib/types/sync.js';

const FRESH_FOR_MS = 10_000;

/* What lies in a folder called uploads was sent there once; what is no database is hardly meant. */
function rank({ path, looks_valid: valid }: Candidate): number {
  if (!valid) return 2;
  return /\/uploads\/[^/]+$/.test(path) ? 1 : 0;
}

/** Those alike stay in their order. */
function likelyFirst(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort((a, b) => rank(a) - rank(b));
}

export class Candidates {
  private askedAt = -Infinity;

  /** They are others now. */
  forget(): void {
    this.askedAt = -Infinity;
  }

  /** Undefined where what was answered last still holds, or nothing was answered: a path can still be typed. */
  async ask(api: SyncApi): Promise<Candidate[] | undefined> {
    const now = performance.now();
    if (now - this.askedAt < FRESH_FOR_MS) return undefined;
    this.askedAt = now;
    try {
      return likelyFirst((await api.candidates()).items);
    } catch {
      this.forget();
      return undefined;
    }
  }
}
