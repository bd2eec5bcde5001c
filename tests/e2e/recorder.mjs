// SPDX-License-Identifier: MIT
// recorder.mjs - runs in the page before its own scripts and writes down what a test cannot see by
// looking later: every announcement of a live region, every value of a progress bar, every CSP report.

/** The page's part; everything it uses is inside, it is sent to the browser as text. */
export function recorder() {
  const seen = { said: [], bars: [], texts: [] };
  Object.defineProperty(window, 'seen', { value: seen });
  addEventListener('securitypolicyviolation', (event) => {
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });

  const politeness = (element) => element.getAttribute('aria-live') ??
    { status: 'polite', log: 'polite', alert: 'assertive' }[element.getAttribute('role') ?? ''] ?? null;
  const parentOf = (node) => node.parentElement ?? node.getRootNode().host ?? null;
  const regionOf = (node) => {
    let element = node instanceof Element ? node : parentOf(node);
    while (element !== null && politeness(element) === null) element = parentOf(element);
    return element !== null && politeness(element) !== 'off' ? element : null;
  };
  const note = (region) => {
    const text = region.textContent.replace(/\s+/g, ' ').trim();
    if (text !== '') seen.said.push({ at: performance.now(), how: politeness(region), text });
  };
  const onChange = (changes) => {
    const regions = new Set();
    for (const change of changes) {
      if (change.type === 'attributes') {
        seen.bars.push({ at: performance.now(), now: Number(change.target.getAttribute('aria-valuenow')), name: change.target.getAttribute('aria-label') });
        continue;
      }
      const region = regionOf(change.target);
      if (region !== null) regions.add(region);
      for (const node of change.addedNodes) {
        if (!(node instanceof Element)) continue;
        for (const inside of [node, ...node.querySelectorAll('[role=alert],[role=status],[aria-live]')]) {
          if (politeness(inside) !== null && politeness(inside) !== 'off') regions.add(inside);
        }
      }
    }
    regions.forEach(note);
  };
  const observe = (root) => new MutationObserver(onChange).observe(root,
    { childList: true, characterData: true, subtree: true, attributes: true, attributeFilter: ['aria-valuenow'] });

  observe(document);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function attachShadow(init) {
    const root = attach.call(this, init);
    observe(root);
    return root;
  };
}
