// SPDX-License-Identifier: MIT
// What screen readers are told: one polite region, one assertive. Progress goes through paced(),
// which speaks at most every five seconds, the newest text winning. Inside an open modal dialog the
// rest of the page is silent: a dialog's own errors use role="alert" there.

const PACE_MS = 5000;

export interface Announcer {
  /** Said when the listener has a moment: something was done. */
  polite(text: string): void;
  /** Said at once: something went wrong. */
  assertive(text: string): void;
  /** Said at most every five seconds; a newer text takes the place of one that waits. */
  paced(text: string): void;
}

export class PageAnnouncer implements Announcer {
  private readonly politeRegion: HTMLElement;
  private readonly assertiveRegion: HTMLElement;
  private lastPaced = -Infinity;
  private waiting: { text: string; timer: ReturnType<typeof setTimeout> } | undefined;

  constructor(
    parent: HTMLElement,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.politeRegion = region(parent, 'polite');
    this.assertiveRegion = region(parent, 'assertive');
  }

  polite(text: string) {
    say(this.politeRegion, text);
  }

  assertive(text: string) {
    say(this.assertiveRegion, text);
  }

  paced(text: string) {
    if (this.waiting) {
      this.waiting.text = text;
      return;
    }
    const wait = this.lastPaced + PACE_MS - this.now();
    if (wait <= 0) {
      this.sayPaced(text);
      return;
    }
    const timer = setTimeout(() => {
      const newest = this.waiting?.text ?? text;
      this.waiting = undefined;
      this.sayPaced(newest);
    }, wait);
    this.waiting = { text, timer };
  }

  /** Takes the regions out of the page again. */
  remove() {
    clearTimeout(this.waiting?.timer);
    this.politeRegion.remove();
    this.assertiveRegion.remove();
  }

  private sayPaced(text: string) {
    this.lastPaced = this.now();
    this.polite(text);
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
