// SPDX-License-Identifier: MIT
// axe.mjs - what axe-core finds in a page as it is now, shadow roots included.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'];

/** Everything axe finds: rule, element and reason, one line each. */
export async function found(page) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(source);
  return page.evaluate(async (tags) => {
    const { violations } = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary, html }) =>
      `${id}: ${help}: ${target.flat().join(' ')}: ${html.slice(0, 160)}: ${failureSummary.replace(/\s+/g, ' ')}`));
  }, rules);
}

export async function accessible(page, state) {
  assert.deepEqual(await found(page), [], `what axe finds in: ${state}`);
}
