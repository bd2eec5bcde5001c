// SPDX-License-Identifier: MIT
// eye.mjs - how a state of the panel is looked at: in every shape, by axe, for what scrolls sideways,
// and for its one primary button.
import assert from 'node:assert/strict';
import { found } from './axe.mjs';
import { picture, shapes } from './browser.mjs';

/** A test's eye: look(panel, state) in every shape, or in those that are named. What it finds fails the test at its end, all of it. */
export function eye(t, ...only) {
  const wrong = [];
  t.after(() => assert.deepEqual(wrong, []));
  return async (panel, state, primary) => {
    const { page } = panel;
    if (primary !== undefined) {
      const all = await panel.primaries();
      if (all.length !== 1 || all[0] !== primary) wrong.push(`${state}: its primary buttons are ${JSON.stringify(all)}, not ${primary}`);
    }
    for (const { shape, viewport, colorScheme } of [...shapes].reverse()) {
      if (only.length > 0 && !only.includes(shape)) continue;
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      // Two frames; a browser that draws none while it is busy is not waited for.
      await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); setTimeout(resolve, 2000); }));
      await picture(page, `${state}-${shape}`);
      wrong.push(...(await found(page)).map((line) => `${state}, ${shape}: ${line}`));
      wrong.push(...(await panel.sideways()).map((line) => `${state}, ${shape}: sideways ${line}`));
    }
  };
}
