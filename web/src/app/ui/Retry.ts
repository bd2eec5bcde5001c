// SPDX-License-Identifier: MIT
// Retry.ts - what "Retrying..." promises: a question that failed for a reason that passes (nobody
// answers, a part is being restarted, too much was asked at once) is asked again, ever more slowly and
// not sooner than the gateway said, while its component is shown.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { ApiError } from '../../lib/api/client.js';
import { systemClock, type Clock } from '../../lib/clock.js';
import { Backoff } from '../../lib/feed/Backoff.js';

const PASSING_STATUS: readonly number[] = [429, 502, 503, 504];

function passes({ kind, status }: ApiError): boolean {
  return kind === 'network' || kind === 'timeout' || PASSING_STATUS.includes(status);
}

export class Retry implements ReactiveController {
  private readonly backoff: Backoff;
  private shown = false;
  private undo: (() => void) | undefined;

  constructor(
    host: ReactiveControllerHost,
    private readonly clock: Clock = systemClock,
  ) {
    this.backoff = new Backoff(() => clock.random());
    host.addController(this);
  }

  hostConnected(): void {
    this.shown = true;
  }

  hostDisconnected(): void {
    this.shown = false;
    this.undo?.();
  }

  /** The question failed; `ask` puts it once more. */
  failed(error: ApiError, ask: () => unknown): void {
    this.undo?.();
    if (!this.shown || !passes(error)) return;
    const wait = Math.max(this.backoff.next(), (error.retryAfter ?? 0) * 1000);
    this.undo = this.clock.after(wait, () => void ask());
  }

  /** It was answered. */
  answered(): void {
    this.undo?.();
    this.backoff.reset();
  }
}
