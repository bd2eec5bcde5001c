// SPDX-License-Identifier: MIT
// StoreWatch.ts - lets a component follow a part of a store's state: it renders again only when that
// part has changed, so a push costs nothing where it says nothing.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Store } from '../../lib/Store.js';

export class StoreWatch<S extends object, T> implements ReactiveController {
  private followed: Store<S> | undefined;
  private undo: (() => void) | undefined;
  private last: T | undefined;
  private connected = false;

  /** `store` is asked for at each rendering: a property of the host may name another one. */
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly store: () => Store<S>,
    private readonly select: (state: S) => T,
  ) {
    host.addController(this);
  }

  get value(): T {
    return this.select(this.store().state);
  }

  hostUpdate(): void {
    const store = this.store();
    if (!this.connected || this.followed === store) return;
    this.undo?.();
    this.followed = store;
    this.last = this.value;
    this.undo = store.subscribe(() => {
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
