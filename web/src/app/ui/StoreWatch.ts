// SPDX-License-Identifier: MIT
// SyncWatch.ts - lets a component follow a part of the sync state: it renders again only when that
// part has changed, so a push costs nothing where it says nothing.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { SyncManager, SyncState } from './SyncManager.js';

interface WatchHost extends ReactiveControllerHost {
  readonly manager: SyncManager;
}

export class SyncWatch<T> implements ReactiveController {
  private followed: SyncManager | undefined;
  private undo: (() => void) | undefined;
  private last: T | undefined;
  private connected = false;

  constructor(
    private readonly host: WatchHost,
    private readonly select: (state: SyncState) => T,
  ) {
    host.addController(this);
  }

  get value(): T {
    return this.select(this.host.manager.state);
  }

  hostUpdate(): void {
    if (!this.connected || this.followed === this.host.manager) return;
    this.undo?.();
    this.followed = this.host.manager;
    this.last = this.value;
    this.undo = this.followed.subscribe(() => {
      const value = this.value;
      if (Object.is(value, this.last)) return;
      this.last = value;
      this.host.requestUpdate();
    });
  }

  hostConnected(): void {
    this.connected = true;
    this.host.requestUpdate();
  }

  /* What was asked for before may still render the host after this: it must not follow again. */
  hostDisconnected(): void {
    this.connected = false;
    this.undo?.();
    this.undo = undefined;
    this.followed = undefined;
  }
}
