// SPDX-License-Identifier: MIT
// pathName.ts - a database in a line of text: an upload by its name, a path cut in its middle with
// the whole of it in the title.
import { html } from 'lit';
import { shortPath, uploadName } from '../../lib/paths.js';

export function pathName(path: string, most?: number) {
  const given = uploadName(path);
  if (given !== undefined) return html`<span class="mono">${given}</span> <span class="soft">(uploaded)</span>`;
  return html`<span class="mono" title=${path}>${breakable(shortPath(path, most))}</span>`;
}

/** Broken after a slash sooner than inside a name. */
export function breakable(path: string) {
  return path.split('/').map((part, i) => (i === 0 ? part : html`/<wbr>${part}`));
}
