// SPDX-License-Identifier: MIT
// The head of a table; `last` names the column of buttons, which is heard and not seen.
import { html } from 'lit';

export function tableHead(columns: readonly (string | { number: string })[], last: string) {
  return html`<thead><tr>
    ${columns.map((column) => (typeof column === 'string' ? html`<th>${column}</th>` : html`<th class="number">${column.number}</th>`))}
    <th><span class="only-heard">${last}</span></th>
  </tr></thead>`;
}
