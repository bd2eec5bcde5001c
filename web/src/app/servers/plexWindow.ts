// SPDX-License-Identifier: MIT
// plexWindow.ts - the window in which a person signs in with Plex. It is opened in the click, or browsers keep it
// shut, and led to its page once that is known; it never learns of the page that opened it.

export interface PlexWindow {
  goTo(address: string): void;
  close(): void;
}

/** Undefined: the browser does not let it open. */
export function openPlexWindow(): PlexWindow | undefined {
  const opened = window.open('about:blank', '_blank');
  if (!opened) return undefined;
  opened.opener = null; // as `noopener`, with which there would be nothing to lead anywhere
  return {
    goTo: (address) => opened.location.replace(address),
    close: () => opened.close(),
  };
}
