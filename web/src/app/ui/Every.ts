// SPDX-License-Identifier: MIT
// Every.ts - does something again and again while its component is on the page.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { systemClock, type Clock } from '../../lib/clock.js';

export class Every implements ReactiveController {
  private undo: (() => void) | undefined;

  constructor(
    host: ReactiveControllerHost,
    private readonly ms: number,
    private readonly does: () => void,
    private readonly clock: Clock = systemClock,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.undo?.();
    this.undo = this.clock.after(this.ms, () => {
      this.hostConnected();
      this.does();
    });
  }

  hostDisconnected(): void {
    this.undo?.();
    this.undo = undefined;
  }
}
