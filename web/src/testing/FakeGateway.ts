// SPDX-License-Identifier: MIT
// What a browser's fetch would get, by route: for tests of what stands above the client.
import { ApiClient } from '../lib/api/client.js';

export interface Call {
  route: string;
  query: Record<string, string>;
  body: unknown;
  headers: Record<string, string>;
}

export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };

export function refusal(status: number, code: string, error: string, more: object = {}): Answer {
  return { status, body: { success: false, code, error, remedy: 'Do something else', correlation_id: 'c-1', ...more } };
}

export class FakeGateway {
  readonly calls: Call[] = [];
  private readonly routes = new Map<string, (call: Call) => Answer | Promise<Answer>>();

  /** `route` is a method and a path below /api/v1. */
  on(route: string, answer: Answer | ((call: Call) => Answer | Promise<Answer>)): this {
    this.routes.set(route, typeof answer === 'function' ? answer : () => answer);
    return this;
  }

  asked(route: string): Call[] {
    return this.calls.filter((call) => call.route === route);
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const url = new URL(String(input), 'http://playbus');
    const call: Call = {
      route: `${init?.method ?? 'GET'} ${url.pathname.replace('/api/v1', '')}`,
      query: Object.fromEntries(url.searchParams),
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
      headers: (init?.headers ?? {}) as Record<string, string>,
    };
    this.calls.push(call);
    const answer = await this.routes.get(call.route)?.(call);
    if (!answer) {
      throw new TypeError('nobody answers');
    }
    return new Response(JSON.stringify(answer.body ?? { success: true }), { status: answer.status ?? 200, headers: answer.headers ?? {} });
  };

  /** A client without a session, for components that only ask. */
  client(): ApiClient {
    return new ApiClient({ session: { csrfToken: undefined }, fetch: this.fetch });
  }
}

/** Lets answers arrive and components render. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
