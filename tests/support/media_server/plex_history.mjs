// SPDX-License-Identifier: MIT
// plex_history.mjs - /status/sessions/history: pages, filters, and what a server that errs does with them. Both a
// start and a size make a page; without them all rows come at once, and no total is told [live]. The owner sees the
// rows of everyone, others their own [spec].
import { container, html } from './answers.mjs';

export function historyPage(place, ask, account) {
  const filters = ask.faults.has('ignoredFilters') ? [] : ask.query;
  const sort = ask.faults.has('ignoredSort') ? '' : ask.argument('sort');
  const rows = place.history.ask({ filters, sort, onlyAccount: account === 1 ? null : account });
  const omitted = new Set(ask.argument('excludeFields')?.split(',') ?? []);
  const shown = (row) => Object.fromEntries(Object.entries(row).filter(([name]) => !omitted.has(name)));
  const answer = paged(ask, rows, {}, omitted.size > 0 ? shown : (row) => row);
  const vanish = ask.faults.get('vanishing');
  if (vanish && answer.rows > 0) place.history.remove(rows.slice(0, vanish.rows ?? 5));
  return answer;
}

/** One page of a list, or all of it; the key Metadata is absent when nothing is in it [live]. */
export function paged(ask, list, fields, shown) {
  const start = Number(ask.argument('X-Plex-Container-Start'));
  const size = Number(ask.argument('X-Plex-Container-Size'));
  const isPage = start >= 0 && size >= 0 && !ask.faults.has('ignoredPaging'); // NaN is neither
  const most = Math.min(size, ask.faults.get('shortPages')?.rows ?? Infinity);
  const page = (isPage ? list.slice(start, start + most) : list).map(shown);
  const paging = isPage ? { totalSize: list.length, offset: start } : {};
  const headers = isPage ? { 'x-plex-container-start': String(start), 'x-plex-container-total-size': String(list.length) } : {};
  return { ...container({ size: page.length, ...paging, ...fields, ...(page.length > 0 ? { Metadata: page } : {}) }, headers), rows: page.length };
}

export function historyRow(place, ask, account, [, id]) {
  const row = place.history.find(id);
  return row ? container({ size: 1, Metadata: [row] }) : html(404, 'Not Found');
}

/** A person may take single rows out of the history [spec]. */
export function removedRow(place, ask, account, [, id]) {
  const row = place.history.find(id);
  if (!row) return html(404, 'Not Found');
  place.history.remove([row]);
  return container({ size: 0 });
}
