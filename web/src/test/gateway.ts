// SPDX-License-Identifier: MIT
// gateway.ts - a gateway for tests, at the place of `fetch`: answers by route, and remembers what it
// was asked. The client above it is the real one.
import { ApiClient, type ClientParts } from '../lib/api/client.js';
import { SyncApi } from '../lib/api/sync.js';
import { idleProgress } from '../lib/types/sync.js';

export interface Asked {
  route: string;
  query: URLSearchParams;
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

type Answerer = Answer | ((asked: Asked) => Answer | Promise<Answer>);

export class FakeGateway {
  readonly asked: Asked[] = [];
  private readonly routes = new Map<string, Answerer>();

  constructor() {
    this.on('GET /import/status', { body: { success: true, stats: idleProgress('tautulli_import') } });
    this.on('GET /import/candidates', { body: { success: true, items: [], next: null } });
    this.on('GET /sync/jobs', { body: { success: true, items: [], next: null } });
    this.on('GET /sync/status', { body: {} });
  }

  /** From now on the route is answered so. */
  on(route: string, answer: Answerer): this {
    this.routes.set(route, answer);
    return this;
  }

  refuse(route: string, status: number, code: string, more: object = {}): this {
    return this.on(route, { status, body: { success: false, error: 'no', code, remedy: 'do', correlation_id: 'c', ...more } });
  }

  count(route: string): number {
    return this.asked.filter((one) => one.route === route).length;
  }

  last(route: string): Asked | undefined {
    return this.asked.filter((one) => one.route === route).at(-1);
  }

  client(parts: Partial<ClientParts> = {}): ApiClient {
    return new ApiClient({ session: { csrfToken: 'csrf' }, fetch: this.fetch, ...parts });
  }

  api(): SyncApi {
    return new SyncApi(this.client());
  }

  readonly fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input), 'http://panel.test');
    const route = `${init.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`;
    const asked: Asked = {
      route,
      query: url.searchParams,
      headers: init.headers as Record<string, string>,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    };
    this.asked.push(asked);
    const made = this.routes.get(route) ?? { status: 404, body: { code: 'NOT_FOUND', error: 'nothing', remedy: 'none' } };
    const answer = typeof made === 'function' ? await made(asked) : made;
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
