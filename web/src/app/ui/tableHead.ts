// SPDX-License-Identifier: MIT
// The head of a table; `last` names the column of buttons, which is heard and not seen.
import { html } from 'lit';

export function tableHead(columns: readonly string[], last: string) {
  return html`<thead><tr>
    ${columns.map((column) => html`<th>${column}</th>`)}
    <th><span class="only-heard">${last}</span></th>
  </tr></thead>`;
}
