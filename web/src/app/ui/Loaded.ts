// SPDX-License-Identifier: MIT
// Loaded.ts - what a component shows of one answer of the gateway: of several questions only that of the last
// counts, what fails for a reason that passes is asked again while somebody looks, and what was told
// stays until there is something newer.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { asApiError, type ApiError } from '../../lib/api/client.js';
import { Latest } from '../../lib/Latest.js';
import { Retry } from './Retry.js';

export interface LoadedParts<T> {
  ask: (signal: AbortSignal) => Promise<T>;
  /** Somebody looks. */
  active?: () => boolean;
  answered?: (value: T) => void;
}

export class Loaded<T> implements ReactiveController {
  /** Undefined until it was told once. */
  value: T | undefined;
  problem: ApiError | undefined;
  loading = false;
  private readonly latest = new Latest();
  private readonly retry: Retry;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly parts: LoadedParts<T>,
  ) {
    this.retry = new Retry(host);
    host.addController(this);
  }

  hostDisconnected(): void {
    this.latest.cancel();
    this.loading = false;
  }

  async load(): Promise<void> {
    const signal = this.latest.begin();
    const { ask, active, answered } = this.parts;
    this.change(true, this.problem);
    try {
      const value = await ask(signal);
      if (signal.aborted) return;
      this.value = value;
      this.change(false, undefined);
      this.retry.answered();
      answered?.(value);
    } catch (thrown) {
      if (signal.aborted) return;
      const problem = asApiError(thrown);
      this.change(false, problem);
      this.retry.failed(problem, () => (active?.() ?? true) && this.load());
    }
  }

  private change(loading: boolean, problem: ApiError | undefined) {
    this.loading = loading;
    this.problem = problem;
    this.host.requestUpdate();
  }
}
