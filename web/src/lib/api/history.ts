// SPDX-License-Identifier: MIT
// history.ts - the questions of the History page, one method each.
import type { HistoryExport, HistoryListed, PlayGot, HistorySummarised, SummaryBy } from '../types/schema.js';
import { pathWithQuery, type ApiClient } from './client.js';

/** Which plays; the names are those of the routes. Absent: all. */
export type PlaysQuery = Partial<Record<'q' | 'server' | 'person' | 'library' | 'media_type' | 'from' | 'to', string>>;

const LONG_MS = 60_000; // a question that has to look at many plays: the gateway says when it is too long

export class HistoryApi {
  constructor(private readonly client: ApiClient) {}

  plays(query: PlaysQuery, limit: number, cursor: string | undefined, signal: AbortSignal): Promise<HistoryListed> {
    return this.client.get('/history', { ...query, limit, cursor }, { signal, timeoutMs: LONG_MS });
  }

  play(id: string, signal: AbortSignal): Promise<PlayGot> {
    return this.client.get(`/history/${encodeURIComponent(id)}`, undefined, { signal });
  }

  summary(by: SummaryBy, query: PlaysQuery, signal: AbortSignal): Promise<HistorySummarised> {
    return this.client.get('/history/summary', { by, ...query }, { signal, timeoutMs: LONG_MS });
  }

  /** All the plays of a query, as a file. */
  file(format: NonNullable<HistoryExport['format']>, query: PlaysQuery): string {
    return this.client.base + pathWithQuery('/history/export', { format, ...query });
  }
}
