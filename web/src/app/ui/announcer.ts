// SPDX-License-Identifier: MIT
// What screen readers are told: one polite region, one assertive. Inside an open modal dialog the
// rest of the page is silent: a dialog's own errors use role="alert" there.

export interface Announcer {
  /** Said when the listener has a moment: something was done. */
  polite(text: string): void;
  /** Said at once: something went wrong. */
  assertive(text: string): void;
}

export class PageAnnouncer implements Announcer {
  private readonly politeRegion: HTMLElement;
  private readonly assertiveRegion: HTMLElement;

  constructor(parent: HTMLElement) {
    this.politeRegion = region(parent, 'polite');
    this.assertiveRegion = region(parent, 'assertive');
  }

  polite(text: string) {
    say(this.politeRegion, text);
  }

  assertive(text: string) {
    say(this.assertiveRegion, text);
  }

  /** Takes the regions out of the page again. */
  remove() {
    this.politeRegion.remove();
    this.assertiveRegion.remove();
  }
}

function region(parent: HTMLElement, live: 'polite' | 'assertive'): HTMLElement {
  const element = parent.ownerDocument.createElement('div');
  element.className = 'only-heard';
  element.setAttribute('role', live === 'polite' ? 'status' : 'alert');
  element.setAttribute('aria-live', live);
  element.setAttribute('aria-atomic', 'true');
  parent.append(element);
  return element;
}

/* The same sentence twice is no change to a browser; a new node is. */
function say(element: HTMLElement, text: string) {
  const line = element.ownerDocument.createElement('p');
  line.textContent = text;
  element.replaceChildren(line);
}
