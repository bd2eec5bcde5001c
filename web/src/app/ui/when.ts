// SPDX-License-Identifier: MIT
// Times and sizes as people read them, in the language and the zone of the browser. The exact time
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

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count: number): string {
  let unit = 0;
  let rest = count;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest.toLocaleString(undefined, { maximumFractionDigits: rest < 10 && unit > 0 ? 1 : 0 })} ${UNITS[unit]}`;
}
