// SPDX-License-Identifier: MIT
// fakes.ts - what tests hand in where the page would hand in the browser: a clock that is moved by
// hand, sockets that are opened and closed by hand, storage and tabs in memory.
import type { FeedListener, Feed, Connection, Socket } from '../lib/feed/ProgressFeed.js';
import type { Clock } from '../lib/clock.js';
import type { KeyStore } from '../lib/SafeSessionStorage.js';
import type { Tabs, TabWord } from '../lib/TabChannel.js';
import { idleProgress, type SyncProgress } from '../lib/types/sync.js';

export class FakeClock implements Clock {
  chance = 0.5;
  private at: number;
  private timers: { at: number; then: () => void }[] = [];

  constructor(start = 1_000_000) {
    this.at = start;
  }

  now(): number {
    return this.at;
  }

  random(): number {
    return this.chance;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.at + ms, then };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((one) => one !== timer);
    };
  }

  get waiting(): number {
    return this.timers.length;
  }

  /** Lets time pass; what falls due runs in order, with its promises. */
  async pass(ms: number): Promise<void> {
    const end = this.at + ms;
    for (;;) {
      await turns(3);
      const next = this.timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.timers = this.timers.filter((one) => one !== next);
      this.at = Math.max(this.at, next.at);
      next.then();
    }
    this.at = end;
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) await new Promise((then) => setImmediate(then));
}

/** Whatever was promised by now has happened, and is rendered. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 2; i += 1) {
    await turns(5);
    await new Promise((then) => setTimeout(then)); // jsdom tells of a new address by a timer
  }
  await turns(5);
}

export class FakeSocket implements Socket {
  onopen: WebSocket['onopen'] = null;
  onmessage: WebSocket['onmessage'] = null;
  onclose: WebSocket['onclose'] = null;
  onerror: WebSocket['onerror'] = null;
  readonly sent: string[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.closed = true;
  }

  opens(): void {
    this.onopen?.call(this as unknown as WebSocket, new Event('open'));
  }

  says(message: unknown): void {
    const data = typeof message === 'string' ? message : JSON.stringify(message);
    this.onmessage?.call(this as unknown as WebSocket, new MessageEvent('message', { data }));
  }

  breaks(code = 1006): void {
    this.onclose?.call(this as unknown as WebSocket, new CloseEvent('close', { code }));
  }
}

/** A feed whose news are given by hand. */
export class FakeFeed implements Feed {
  listener: FeedListener | undefined;

  open(listener: FeedListener): () => void {
    this.listener = listener;
    return () => {
      this.listener = undefined;
    };
  }

  push(progress: SyncProgress): void {
    this.listener?.progress(progress);
  }

  connection(state: Connection): void {
    this.listener?.connection(state);
  }
}

export class MemoryStore implements KeyStore {
  readonly kept = new Map<string, string>();

  get(key: string): unknown {
    const text = this.kept.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  set(key: string, value: unknown): void {
    this.kept.set(key, JSON.stringify(value));
  }

  remove(key: string): void {
    this.kept.delete(key);
  }
}

/** Several tabs of one browser: what one sends the others hear. */
export class FakeBrowser {
  private readonly listeners = new Map<Tabs, Set<(word: TabWord) => void>>();

  tab(): Tabs {
    const mine = new Set<(word: TabWord) => void>();
    const tab: Tabs = {
      send: (word) => {
        for (const [other, heard] of this.listeners) {
          if (other !== tab) for (const hear of heard) hear(word);
        }
      },
      listen: (hear) => {
        mine.add(hear);
        return () => mine.delete(hear);
      },
    };
    this.listeners.set(tab, mine);
    return tab;
  }
}

/** A running import, as the gateway tells of it. */
export function running(part: Partial<SyncProgress> = {}): SyncProgress {
  return {
    ...idleProgress('tautulli_import'),
    status: 'running',
    phase: 'importing',
    job_id: 'job-1',
    correlation_id: 'job-1',
    seq: 10,
    total_records: 50_000,
    processed_records: 33_750,
    imported_records: 33_500,
    skipped_records: 200,
    duplicate_records: 200,
    error_count: 50,
    progress_percent: 67.5,
    records_per_second: 125,
    elapsed_seconds: 270,
    estimated_remaining_seconds: 130,
    ...part,
  };
}
