// SPDX-License-Identifier: MIT
// The few icons of the panel, drawn with the colour of the text around them; each stands
// beside a word or in a button that has a name, so screen readers skip them.
import { svg, html, type TemplateResult } from 'lit';

export function icon(drawing: TemplateResult): TemplateResult {
  return html`<svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.6"
    stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${drawing}</svg>`;
}

export const syncIcon = icon(svg`<path d="M15 8A6.2 6.2 0 0 0 4 5M3 10a6.2 6.2 0 0 0 11 3M4 2v3h3M14 16v-3h-3" />`);
export const serversIcon = icon(svg`<rect x="2.5" y="3" width="13" height="5" rx="1.2" /><rect x="2.5" y="10" width="13" height="5" rx="1.2" /><path d="M5.3 5.5v.1M5.3 12.5v.1" />`);
export const historyIcon = icon(svg`<circle cx="9" cy="9" r="7" /><path d="M9 5v4.2l2.8 1.7" />`);
export const peopleIcon = icon(svg`<circle cx="9" cy="6" r="3" /><path d="M3 16a6 6 0 0 1 12 0" />`);
export const accessIcon = icon(svg`
  <circle cx="7" cy="6" r="3" />
  <path d="M1.8 15.5a5.2 5.2 0 0 1 10.4 0M12.5 3.4a3 3 0 0 1 0 5.2M14 11.3a5 5 0 0 1 2.4 4.2" />`);
export const workersIcon = icon(svg`<circle cx="9" cy="4" r="2" /><circle cx="4" cy="14" r="2" /><circle cx="14" cy="14" r="2" /><path d="M8 6l-3 6M10 6l3 6" />`);
export const auditIcon = icon(svg`<path d="M4 2h7l3.5 3.5V16H4zM11 2v4h3.5M6.8 9.5h4.7M6.8 12.5h4.7" />`);
export const aboutIcon = icon(svg`<circle cx="9" cy="9" r="7" /><path d="M9 8.2V13M9 5.4v.1" />`);
export const arrow = icon(svg`<path d="M4.5 7 9 11.5 13.5 7" />`);
/** The same drawing as icon.svg. */
export const brand = html`<svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="8" fill="#3557c9" />
  <path d="M8 9v14M8 16h6" stroke="#fff" stroke-width="2.6" stroke-linecap="round" fill="none" />
  <path d="M14.5 10.6v10.8a1 1 0 0 0 1.5.9l9-5.4a1 1 0 0 0 0-1.8l-9-5.4a1 1 0 0 0-1.5.9z" fill="#fff" />
</svg>`;
