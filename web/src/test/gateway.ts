// SPDX-License-Identifier: MIT
// gateway.ts - a gateway for tests, at the place of `fetch`: answers by route, and remembers what it
// was asked. The client above it is the real one.
import { ApiClient, type ClientParts } from '../lib/api/client.js';
import { SyncApi } from '../lib/api/sync.js';
import { idleProgress } from '../lib/types/sync.js';

export interface Call {
  /** A method and a path below /api/v1. */
  route: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
}

export interface Answer {
  status?: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Nobody answers: 'down' at once, 'never' until the caller gives up. */
  fails?: 'down' | 'never';
}

type Answerer = Answer | ((call: Call) => Answer | Promise<Answer>);

/** What the gateway says when it says no; `more` may hold its words and what else it tells. */
export function refusal(status: number, code: string, more: object = {}): Answer {
  return { status, body: { success: false, error: 'No', code, remedy: 'Do something else', correlation_id: 'c', ...more } };
}

export class FakeGateway {
  readonly calls: Call[] = [];
  private readonly routes = new Map<string, Answerer>();

  constructor() {
    this.on('GET /import/status', { body: { success: true, stats: idleProgress('tautulli_import') } });
    this.on('GET /import/candidates', { body: { success: true, items: [], next: null } });
    this.on('GET /sync/jobs', { body: { success: true, items: [], next: null } });
    this.on('GET /sync/status', { body: {} });
  }

  /** From now on the route is answered so; one that is not named here is answered by nobody. */
  on(route: string, answer: Answerer): this {
    this.routes.set(route, answer);
    return this;
  }

  asked(route: string): Call[] {
    return this.calls.filter((call) => call.route === route);
  }

  client(parts: Partial<ClientParts> = {}): ApiClient {
    return new ApiClient({ session: { csrfToken: 'csrf' }, fetch: this.fetch, ...parts });
  }

  api(): SyncApi {
    return new SyncApi(this.client());
  }

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input), 'http://panel.test');
    const call: Call = {
      route: `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`,
      query: Object.fromEntries(url.searchParams),
      headers: (init.headers ?? {}) as Record<string, string>,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    this.calls.push(call);
    const made = this.routes.get(call.route) ?? { fails: 'down' };
    const answer = typeof made === 'function' ? await made(call) : made;
    if (answer.fails === 'down') throw new TypeError('Failed to fetch');
    if (answer.fails === 'never') await aborted(init.signal);
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
    return new Response(text, { status: answer.status ?? 200, headers: answer.headers ?? {} });
  };
}

function aborted(signal: AbortSignal | null | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')));
  });
}
