// SPDX-License-Identifier: MIT
// Store.ts - one immutable state, and who wants to hear of its changes.

export class Store<S extends object> {
  private readonly listeners = new Set<(state: S) => void>();

  constructor(private current: S) {}

  get state(): S {
    return this.current;
  }

  /** Calls back after each change; returns the undo. */
  subscribe(listener: (state: S) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  protected change(part: Partial<S>): void {
    this.replace({ ...this.current, ...part });
  }

  protected replace(state: S): void {
    this.current = state;
    for (const listener of [...this.listeners]) listener(this.current);
  }
}
