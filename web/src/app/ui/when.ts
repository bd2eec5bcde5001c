// SPDX-License-Identifier: MIT
// Times as people read them. The exact time is in the markup: a title for the mouse, datetime for
// programs.
import { html, type TemplateResult } from 'lit';
import { dateTime, dateTimeSecond, exactTime } from '../../lib/format.js';

export function when(iso: string | undefined, absent = '–', seconds = false): TemplateResult | string {
  if (iso === undefined || Number.isNaN(Date.parse(iso))) {
    return absent;
  }
  return html`<time datetime=${iso} title=${exactTime(iso)}>${seconds ? dateTimeSecond(iso) : dateTime(iso)}</time>`;
}
