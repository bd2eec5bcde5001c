// SPDX-License-Identifier: MIT
// SectionAddress.ts - the part of the page's address that belongs to one section: #history?q=alien.
// While another section is shown it is what it was when its own was left.

export class SectionAddress {
  private last = new URLSearchParams();
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly section: string,
    private readonly page: Window,
  ) {}

  get query(): URLSearchParams {
    const [section, query = ''] = this.page.location.hash.slice(1).split(/\?(.*)/s);
    if (section === this.section) this.last = new URLSearchParams(query);
    return this.last;
  }

  /** Where a link to such a view leads. */
  href(query: URLSearchParams): string {
    const text = query.toString();
    return text === '' ? `#${this.section}` : `#${this.section}?${text}`;
  }

  /** A place of its own: Back leads to where it is now. */
  go(query: URLSearchParams): void {
    this.page.history.pushState(null, '', this.href(query));
    this.tell();
  }

  /** The same place, told better. */
  amend(query: URLSearchParams): void {
    this.page.history.replaceState(null, '', this.href(query));
    this.tell();
  }

  /** Calls back whenever it may have changed; returns the undo. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    this.page.addEventListener('hashchange', listener);
    this.page.addEventListener('popstate', listener);
    return () => {
      this.listeners.delete(listener);
      this.page.removeEventListener('hashchange', listener);
      this.page.removeEventListener('popstate', listener);
    };
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
