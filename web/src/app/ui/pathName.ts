// SPDX-License-Identifier: MIT
// pathName.ts - what a run is of, in a line of text: an upload by its name, a path cut in its middle with
// the whole of it in the title, a server as it is called.
import { html } from 'lit';
import { shortPath, uploadName } from '../../lib/paths.js';

export function pathName(path: string, most?: number) {
  if (!isPath(path)) return html`<span>${path}</span>`;
  const given = uploadName(path);
  if (given !== undefined) return html`<span class="mono">${given}</span> <span class="soft">(uploaded)</span>`;
  return html`<span class="mono" title=${path}>${breakable(shortPath(path, most))}</span>`;
}

export const isPath = (text: string): boolean => text.startsWith('/');

/** Broken after a slash sooner than inside a name. */
export function breakable(path: string) {
  return path.split('/').map((part, i) => (i === 0 ? part : html`/<wbr>${part}`));
}
