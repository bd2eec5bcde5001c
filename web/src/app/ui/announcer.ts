// SPDX-License-Identifier: MIT
// What screen readers are told: one polite region, one assertive, empty again soon after: who reads
// on shall not find old news. Inside an open modal dialog the rest of the page is silent: a dialog's
// own errors use role="alert" there.

const KEEP_MS = 5000;

export interface Announcer {
  /** Said when the listener has a moment: something was done. */
  polite(text: string): void;
  /** Said at once: something went wrong. */
  assertive(text: string): void;
}

export class PageAnnouncer implements Announcer {
  private readonly timers = new Map<HTMLElement, ReturnType<typeof setTimeout>>();
  private readonly politeRegion: HTMLElement;
  private readonly assertiveRegion: HTMLElement;

  constructor(parent: HTMLElement) {
    this.politeRegion = region(parent, 'polite');
    this.assertiveRegion = region(parent, 'assertive');
  }

  polite(text: string) {
    this.say(this.politeRegion, text);
  }

  assertive(text: string) {
    this.say(this.assertiveRegion, text);
  }

  /** Takes the regions out of the page again. */
  remove() {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.politeRegion.remove();
    this.assertiveRegion.remove();
  }

  /* The same sentence twice is no change to a browser; a new node is. */
  private say(region: HTMLElement, text: string) {
    const line = region.ownerDocument.createElement('p');
    line.textContent = text;
    region.replaceChildren(line);
    clearTimeout(this.timers.get(region));
    this.timers.set(region, setTimeout(() => region.replaceChildren(), KEEP_MS));
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
