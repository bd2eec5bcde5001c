// SPDX-License-Identifier: MIT
// Times as people read them, in the language and the zone of the browser. The exact time
// is in the markup: a title for the mouse, datetime for programs.
import { html, type TemplateResult } from 'lit';

const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function when(iso: string | undefined, absent = '–', seconds = false): TemplateResult | string {
  const at = iso === undefined ? NaN : Date.parse(iso);
  if (Number.isNaN(at)) {
    return absent;
  }
  return html`<time datetime=${iso!} title=${full.format(at)}>${(seconds ? exact : short).format(at)}</time>`;
}
