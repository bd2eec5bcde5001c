// SPDX-License-Identifier: MIT
// SafeSessionStorage.ts - values kept as JSON in this tab's session storage. Where the browser keeps
// nothing (private mode, a full disk, storage switched off) everything works as if nothing was kept.

export interface KeyStore {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
  remove(key: string): void;
}

export class SafeSessionStorage implements KeyStore {
  /** `storage` is asked for at each use: merely touching window.sessionStorage may throw. */
  constructor(private readonly storage: () => Storage = () => window.sessionStorage) {}

  get(key: string): unknown {
    try {
      const kept = this.storage().getItem(key);
      return kept === null ? undefined : JSON.parse(kept);
    } catch {
      return undefined;
    }
  }

  set(key: string, value: unknown): void {
    try {
      this.storage().setItem(key, JSON.stringify(value));
    } catch {
      // Kept nowhere: a reload then asks the server, as it does anyway.
    }
  }

  remove(key: string): void {
    try {
      this.storage().removeItem(key);
    } catch {
      // Nothing was kept.
    }
  }
}
