// SPDX-License-Identifier: MIT
// client.ts - one call to the gateway: JSON there and back, the session's CSRF token on what changes
// something, a deadline on everything. Whatever goes wrong, refusal, dead network or deadline, comes
// out as one ApiError, so a caller has one thing to catch and one shape to show.
import type { ApiError as ErrorBody, Operation, Progress, Refusal } from '../types/schema.js';

export const API_BASE = '/api/v1';

/** How a call failed: the gateway said no; nobody answered; nobody answered in time; we gave up. */
export type ErrorKind = 'refused' | 'network' | 'timeout' | 'aborted';

/** What an ApiError is made from. The texts of what the gateway refuses are the gateway's own. */
export interface ErrorFacts {
  kind: ErrorKind;
  status?: number;
  code: string;
  message: string;
  remedy: string;
  details?: Refusal;
  stats?: Progress;
  operation?: Operation;
  jobId?: string;
  field?: string;
  /** Seconds. */
  retryAfter?: number;
  correlationId?: string;
}

export class ApiError extends Error {
  readonly kind: ErrorKind;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** A row of errors.def, or NETWORK, TIMEOUT, ABORTED. */
  readonly code: string;
  /** What to do next; a sentence. */
  readonly remedy: string;
  readonly details: Refusal | undefined;
  /** Where the job in the way stands. */
  readonly stats: Progress | undefined;
  readonly operation: Operation | undefined;
  readonly jobId: string | undefined;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;
  readonly correlationId: string | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.message);
    this.name = 'ApiError';
    this.kind = facts.kind;
    this.status = facts.status ?? 0;
    this.code = facts.code;
    this.remedy = facts.remedy;
    this.details = facts.details;
    this.stats = facts.stats ?? facts.details?.stats;
    this.operation = facts.operation ?? facts.details?.operation;
    this.jobId = facts.jobId ?? facts.details?.job_id;
    this.field = facts.field;
    this.retryAfter = facts.retryAfter;
    this.correlationId = facts.correlationId;
  }
}

export function networkError(): ApiError {
  return new ApiError({
    kind: 'network',
    code: 'NETWORK',
    message: 'Connection lost. Retrying...',
    remedy: 'Check that Playbus is running and that this device reaches it',
  });
}

/** For what a person did and nothing does again by itself: the same error without the promise of a retry. */
export function notRepeated(error: ApiError): ApiError {
  if (error.kind !== 'network') return error;
  return new ApiError({
    kind: 'network',
    code: 'NETWORK',
    message: 'Connection lost',
    remedy: 'Check that Playbus is running and that this device reaches it, then try again',
  });
}

export function timeoutError(): ApiError {
  return new ApiError({
    kind: 'timeout',
    code: 'TIMEOUT',
    message: 'Operation timed out',
    remedy: 'Try again; a stopped import can be resumed',
  });
}

export function abortedError(): ApiError {
  return new ApiError({ kind: 'aborted', code: 'ABORTED', message: 'Cancelled', remedy: '' });
}

/** Asked for the password, the person went back: nothing went wrong. */
function notGiven({ code, message, status }: ApiError): ApiError {
  return new ApiError({ kind: 'aborted', code, message, status, remedy: '' });
}

/** Whatever was thrown, as an ApiError. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  return new ApiError({
    kind: 'refused',
    code: 'PANEL',
    message: 'The panel met a mistake of its own',
    remedy: 'Reload the page and try again',
  });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Seconds of a Retry-After header, which may also be a date. */
function secondsUntil(header: string | null): number | undefined {
  if (header === null || header === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** The error that a failed answer tells of; a proxy's answer may be anything but ours. */
export function errorOf(status: number, body: unknown, retryAfter: string | null): ApiError {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Partial<ErrorBody>;
  const facts: ErrorFacts = {
    kind: 'refused',
    status,
    code: text(said.code) ?? 'UNREADABLE',
    message: text(said.error) ?? `The answer could not be understood (HTTP ${status})`,
    remedy: text(said.remedy) ?? 'Check what stands between this page and Playbus, then try again',
  };
  if (said.details) facts.details = said.details;
  if (said.stats) facts.stats = said.stats;
  if (said.operation) facts.operation = said.operation;
  const jobId = text(said.job_id);
  if (jobId !== undefined) facts.jobId = jobId;
  const field = text(said.field);
  if (field !== undefined) facts.field = field;
  const wait = secondsUntil(retryAfter);
  if (wait !== undefined) facts.retryAfter = wait;
  const id = text(said.correlation_id);
  if (id !== undefined) facts.correlationId = id;
  return new ApiError(facts);
}

export type Query = Record<string, string | number | boolean | undefined>;
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface CallOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
  /** Longer than the gateway's own deadline, so its answer wins. */
  timeoutMs?: number;
}

/** What a client needs of the session. */
export interface SessionStore {
  readonly csrfToken: string | undefined;
}

export interface ClientParts {
  session: SessionStore;
  /** The gateway no longer knows this session (401 NOT_SIGNED_IN). */
  onSignedOut?: () => void;
  /** May put right what was refused (the password once more, a fresh CSRF token); true sends the call once again. */
  recover?: (error: ApiError) => Promise<boolean>;
  fetch?: typeof fetch;
  base?: string;
}

const DEFAULT_TIMEOUT_MS = 8_000;

export function pathWithQuery(path: string, query?: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  const tail = search.toString();
  return tail === '' ? path : `${path}?${tail}`;
}

export class ApiClient {
  readonly base: string;
  private readonly parts: ClientParts;
  private readonly fetch: typeof fetch;

  constructor(parts: ClientParts) {
    this.parts = parts;
    this.base = parts.base ?? API_BASE;
    this.fetch = parts.fetch ?? ((input, init) => fetch(input, init));
  }

  get<T>(path: string, query?: Query, options: CallOptions = {}): Promise<T> {
    return this.call<T>('GET', path, query ? { ...options, query } : options);
  }

  post<T>(path: string, body?: unknown, options: CallOptions = {}): Promise<T> {
    return this.call<T>('POST', path, { ...options, body: body ?? {} });
  }

  patch<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.call<T>('PATCH', path, { ...options, body });
  }

  put<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    return this.call<T>('PUT', path, { ...options, body });
  }

  delete<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.call<T>('DELETE', path, options);
  }

  /** One call. Throws nothing but ApiError. */
  call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
    return this.recovering(() => this.once<T>(method, path, options));
  }

  /** What is sent, and sent once again if what refused it was put right. */
  async recovering<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (thrown) {
      const error = asApiError(thrown);
      if (!(await this.recovered(error))) throw error.code === 'PASSWORD_NEEDED' ? notGiven(error) : error;
      return await send();
    }
  }

  /** Where the browser itself may fetch from (a download, a socket, an upload). */
  url(path: string, query?: Query): string {
    return this.base + pathWithQuery(path, query);
  }

  /** What every call that changes something carries. */
  headers(): Record<string, string> {
    const token = this.parts.session.csrfToken;
    return token === undefined ? {} : { 'X-CSRF-Token': token };
  }

  /** For calls that do not go through `call` (an upload): the same ears for a lost session. */
  heard(error: ApiError): ApiError {
    if (error.code === 'NOT_SIGNED_IN') this.parts.onSignedOut?.();
    return error;
  }

  private async recovered(error: ApiError): Promise<boolean> {
    if (error.code !== 'PASSWORD_NEEDED' && error.code !== 'CSRF_FAILED') return false;
    return (await this.parts.recover?.(error)) ?? false;
  }

  private async once<T>(method: Method, path: string, options: CallOptions): Promise<T> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const giveUp = (): void => deadline.abort();
    options.signal?.addEventListener('abort', giveUp, { once: true });
    if (options.signal?.aborted === true) giveUp();
    try {
      const answer = await this.fetch(this.url(path, options.query), this.init(method, options, deadline.signal));
      return await this.read<T>(answer);
    } catch (thrown) {
      if (thrown instanceof ApiError) throw this.heard(thrown);
      if (options.signal?.aborted === true) throw abortedError();
      throw deadline.signal.aborted ? timeoutError() : networkError();
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  private init(method: Method, options: CallOptions, signal: AbortSignal): RequestInit {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET') Object.assign(headers, this.headers());
    const init: RequestInit = { method, headers, signal, credentials: 'same-origin', cache: 'no-store' };
    if (options.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = JSON.stringify(options.body);
    }
    return init;
  }

  private async read<T>(answer: Response): Promise<T> {
    const said = await answer.text();
    let body: unknown;
    try {
      body = said === '' ? undefined : JSON.parse(said);
    } catch {
      body = undefined;
    }
    if (!answer.ok || body === undefined) {
      throw errorOf(answer.status, body, answer.headers.get('Retry-After'));
    }
    return body as T;
  }
}
