// SPDX-License-Identifier: MIT
// The set-up code comes in the address (#setup=CODE), which a server never sees, and is taken out of
// it at once: it shall not stay in the history of the browser or in a bookmark.

export function takeSetupCode(page: Pick<Window, 'location' | 'history'>): string | undefined {
  const found = /^#setup=([A-Za-z0-9_-]{1,64})$/.exec(page.location.hash);
  if (!found) {
    return undefined;
  }
  page.history.replaceState(null, '', page.location.pathname + page.location.search);
  return found[1];
}
