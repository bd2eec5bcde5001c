// SPDX-License-Identifier: MIT
// The icons of the kinds of media; each stands beside the word, or in place of it with the word for
// who cannot see it.
import { svg, type TemplateResult } from 'lit';
import { icon } from '../icons.js';

const film = icon(svg`<rect x="2" y="3" width="14" height="12" rx="2" /><path d="M5.5 3v12M12.5 3v12M2 7h3.500M2 11h3.500M12.5 7H16M12.5 11H16" />`);
const screen = icon(svg`<rect x="2" y="4.5" width="14" height="9" rx="1.8" /><path d="M6 16h6M6.5 1.8 9 4.500l2.5-2.7" />`);
const note = icon(svg`<path d="M6.5 13.500V4l8-1.800v9.3" /><circle cx="4.6" cy="13.5" r="2" /><circle cx="12.6" cy="11.5" r="2" />`);
const photo = icon(svg`<rect x="2" y="3" width="14" height="12" rx="2" /><circle cx="6.5" cy="7" r="1.3" /><path d="m2.5 13 4-3.5 3 2.5 2.5-2 4 3.5" />`);
const live = icon(svg`<circle cx="9" cy="9" r="1.6" /><path d="M5.5 12.500a5 5 0 0 1 0-7M12.5 5.500a5 5 0 0 1 0 7M3.3 14.700a8 8 0 0 1 0-11.400M14.7 3.300a8 8 0 0 1 0 11.4" />`);
const clip = icon(svg`<rect x="2" y="3" width="14" height="12" rx="2" /><path d="M7.5 6.500v5l4-2.500z" />`);

const BY_TYPE: Record<string, TemplateResult> = { movie: film, episode: screen, track: note, photo };

export function typeIcon({ media_type: type, live: isLive }: { media_type: string; live: boolean }): TemplateResult {
  return isLive ? live : (BY_TYPE[type] ?? clip);
}
