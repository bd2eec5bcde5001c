// SPDX-License-Identifier: MIT
// ProgressFeed.ts - news of every operation, wherever it comes from: the socket, or while that is
// down a poll every 3 s (also right after the page was loaded). It never gives up, and says after
// each reconnect that there may be more to fetch. Who listens cannot tell socket from poll.
//
// A socket that is dead without knowing it (a laptop that slept) is found by a ping of our own: no
// answer within 10 s ends it.
import { asApiError } from '../api/client.js';
import type { Clock } from '../clock.js';
import type { Operation, SyncProgress, SyncStatusResponse } from '../types/sync.js';
import { OPERATIONS } from '../types/operations.js';
import { Backoff } from './Backoff.js';
import { parseMessage, progressOf } from './messages.js';

/** live: pushed; polling: asked for every 3 s; lost: nobody answers; closed: not wanted. */
export type Connection = 'connecting' | 'live' | 'polling' | 'lost' | 'closed';

export interface FeedListener {
  progress(progress: SyncProgress): void;
  /** Everything that ever ran; what is absent never did. `asked` is what mark() said at the question. */
  status(all: SyncProgress[], asked: number): void;
  connection(state: Connection): void;
  version(version: string): void;
  /** The socket is back after it was lost: what it does not carry may have changed. */
  reconnected(): void;
  /** A number that rises with each news taken. */
  mark(): number;
}

export interface Feed {
  /** Starts; returns what ends it. */
  open(listener: FeedListener): () => void;
}

/** What a feed needs of a WebSocket. */
export type Socket = Pick<WebSocket, 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'>;

export interface FeedParts {
  clock: Clock;
  connect: () => Socket;
  poll: () => Promise<SyncStatusResponse>;
  /** The gateway closed the socket because the session has ended: whoever opened the feed finds out, and ends it. */
  signedOut?: () => void;
  /** Tells of the moments at which a new try is worth it; returns the undo. */
  wakeups?: (wake: () => void) => () => void;
}

const POLL_MS = 3_000;
const PING_EVERY_MS = 25_000;
const ANSWER_WITHIN_MS = 10_000;
const CLOSED_SIGNED_OUT = 4401;

function recordsOf(answer: SyncStatusResponse): SyncProgress[] {
  const said: Readonly<Record<string, unknown>> = { ...answer };
  const found = (Object.keys(OPERATIONS) as Operation[]).flatMap((operation) => {
    const records = OPERATIONS[operation].perServer ? Object.values(said[`${operation}s`] ?? {}) : [said[operation]];
    return records.map((record) => progressOf(record, operation));
  });
  return found.filter((one): one is SyncProgress => one !== undefined);
}

/* A refusal is an answer too; what a proxy says of a gateway that is gone is none. */
function saidByGateway(thrown: unknown): boolean {
  const error = asApiError(thrown);
  return error.kind === 'refused' && error.code !== 'UNREADABLE';
}

class OpenFeed {
  private readonly backoff: Backoff;
  private socket: Socket | undefined;
  private state: Connection = 'connecting';
  private wasLive = false;
  private answered = false; // anything was heard since the last ping
  private polling = false;
  private ended = false;
  private undoRetry: (() => void) | undefined;
  private undoPoll: (() => void) | undefined;
  private undoPing: (() => void) | undefined;
  private readonly undoWakeups: (() => void) | undefined;

  constructor(
    private readonly parts: FeedParts,
    private readonly listener: FeedListener,
  ) {
    this.backoff = new Backoff(() => parts.clock.random());
    this.undoWakeups = parts.wakeups?.(() => this.wake());
    this.listener.connection(this.state);
    this.connect();
    this.pollSoon(0);
  }

  end(): void {
    this.ended = true;
    this.undoWakeups?.();
    this.undoRetry?.();
    this.undoPoll?.();
    this.dropSocket();
    this.move('closed');
  }

  private move(state: Connection): void {
    if (this.state === state) return;
    this.state = state;
    this.listener.connection(state);
  }

  private connect(): void {
    this.undoRetry = undefined;
    let socket: Socket;
    try {
      socket = this.parts.connect();
    } catch {
      this.retryLater();
      return;
    }
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = (event: MessageEvent) => this.heard(event.data);
    socket.onclose = (event: CloseEvent) => this.lost(event.code);
    socket.onerror = null; // a close always follows
  }

  private opened(): void {
    this.backoff.reset();
    this.undoPoll?.();
    this.undoPoll = undefined;
    this.move('live');
    this.pingIn(PING_EVERY_MS);
    if (this.wasLive) this.listener.reconnected();
    this.wasLive = true;
  }

  private heard(data: unknown): void {
    this.answered = true;
    const message = parseMessage(data);
    if (message.type === 'progress') this.listener.progress(message.progress);
    if (message.type === 'hello') this.listener.version(message.version);
  }

  /* By a rhythm of its own: a push sets no timer. */
  private pingIn(ms: number): void {
    this.undoPing = this.parts.clock.after(ms, () => {
      this.answered = false;
      this.socket?.send('{"type":"ping"}');
      this.undoPing = this.parts.clock.after(ANSWER_WITHIN_MS, () => {
        if (this.answered) this.pingIn(PING_EVERY_MS - ANSWER_WITHIN_MS);
        else this.lost();
      });
    });
  }

  private dropSocket(): void {
    this.undoPing?.();
    this.undoPing = undefined;
    const socket = this.socket;
    this.socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /* Signed out: nothing is asked for that would be refused, unless the feed goes on all the same. */
  private lost(code?: number): void {
    this.dropSocket();
    if (this.ended) return;
    const signedOut = code === CLOSED_SIGNED_OUT;
    if (this.state === 'live') this.move('connecting');
    this.pollSoon(signedOut ? POLL_MS : 0);
    this.retryLater(signedOut);
    if (signedOut) this.parts.signedOut?.();
  }

  private retryLater(signedOut = false): void {
    const wait = this.backoff.next();
    this.undoRetry = this.parts.clock.after(signedOut ? Math.max(wait, POLL_MS) : wait, () => this.connect());
  }

  /* The network came back or the page is looked at again: no reason to wait any longer. */
  private wake(): void {
    if (this.ended || this.undoRetry === undefined) return;
    this.undoRetry();
    this.backoff.reset();
    this.connect();
    this.pollSoon(0);
  }

  private pollSoon(ms: number): void {
    this.undoPoll?.();
    this.undoPoll = this.parts.clock.after(ms, () => void this.poll());
  }

  private async poll(): Promise<void> {
    this.undoPoll = undefined;
    if (this.polling) return;
    this.polling = true;
    const asked = this.listener.mark();
    try {
      const answer = await this.parts.poll();
      if (this.ended) return;
      this.listener.status(recordsOf(answer), asked);
      if (this.state !== 'live') this.move('polling');
    } catch (thrown) {
      if (this.ended) return;
      if (this.state !== 'live') this.move(saidByGateway(thrown) ? 'polling' : 'lost');
    } finally {
      this.polling = false;
      if (!this.ended && this.state !== 'live') this.pollSoon(POLL_MS);
    }
  }
}

export class ProgressFeed implements Feed {
  constructor(private readonly parts: FeedParts) {}

  open(listener: FeedListener): () => void {
    const feed = new OpenFeed(this.parts, listener);
    return () => feed.end();
  }
}

/** The socket of this page's own origin. */
export function pageSocket(path: string): Socket {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url.href);
}

/** Online again, looked at again, back from the page cache. */
export function pageWakeups(wake: () => void): () => void {
  const seen = (): void => {
    if (document.visibilityState === 'visible') wake();
  };
  window.addEventListener('online', wake);
  window.addEventListener('pageshow', wake);
  document.addEventListener('visibilitychange', seen);
  return () => {
    window.removeEventListener('online', wake);
    window.removeEventListener('pageshow', wake);
    document.removeEventListener('visibilitychange', seen);
  };
}
