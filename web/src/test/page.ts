// SPDX-License-Identifier: MIT
// page.ts - finds what is on the page, through shadow trees, as a person or a screen reader would.

/** Every element in open shadow trees, in order. */
export function* all(root: ParentNode): Generator<Element> {
  for (const element of root.querySelectorAll('*')) {
    yield element;
    if (element.shadowRoot) yield* all(element.shadowRoot);
  }
}

export function find<T extends Element = HTMLElement>(selector: string): T | undefined {
  return [...all(document)].find((element) => element.matches(selector)) as T | undefined;
}

export function button(name: string): HTMLElement | undefined {
  return [...all(document)].find((one) => one.localName === 'button' && one.textContent?.trim() === name) as HTMLElement | undefined;
}

export function words(): string {
  return [...all(document)]
    .filter((one) => one.localName !== 'style')
    .map((one) => [...one.childNodes].map((node) => (node instanceof Text ? node.data : node instanceof Comment ? '' : ' ')).join(''))
    .join(' ')
    .replace(/\s+/g, ' ');
}

/** What has the focus. */
export function focused(): Element | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}
