// SPDX-License-Identifier: MIT
// ReceiptLines.ts - <receipt-lines .lines=${receipt.by_user} heading="By user" singular="user" plural="users" ?preview>:
// how many rows of each user, or library, had which outcome. Long lists are shown in part, and searched.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { count, counted } from '../lib/format.js';
import type { ReceiptLine } from '../lib/types/sync.js';
import { base, buttons, fields, tables } from './ui/styles.js';

const SHOWN_AT_FIRST = 8;
const MORE = 50;

function rowsOf({ imported, duplicate, merged, error }: ReceiptLine): number {
  return imported + duplicate + merged + error;
}

@customElement('receipt-lines')
export class ReceiptLines extends LitElement {
  @property({ attribute: false }) lines: readonly ReceiptLine[] = [];
  @property() heading = '';
  /** What one of them is called, and several. */
  @property() singular = '';
  @property() plural = '';
  @property({ type: Boolean }) preview = false;
  @state() private q = '';
  @state() private room = SHOWN_AT_FIRST;

  static override styles = [
    base,
    buttons,
    fields,
    tables,
    css`
      section { display: grid; gap: 0.5rem; grid-template-columns: minmax(0, 1fr); }
      header { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; justify-content: space-between; min-height: 2rem; }
      input { width: 12rem; min-height: 2rem; padding-block: 0.15rem; font-size: 0.875rem; }
      table { table-layout: fixed; }
      th, td { padding-block: 0.4rem; }
      th.number { width: 5.6rem; }
      th.number + th.number { width: 5.2rem; }
      td.name { overflow-wrap: anywhere; }
      td.number { white-space: nowrap; font-variant-numeric: tabular-nums; }
      .bar { display: block; height: 3px; margin-top: 0.25rem; border-radius: 2px; background: var(--pb-line); }
      .bar i { display: block; height: 100%; min-width: 2px; border-radius: inherit; background: var(--pb-accent); width: calc(var(--share, 0) * 100%); }
      .zero { color: var(--pb-muted); }
      .more { justify-self: start; margin-left: -0.6rem; }
      @media (max-width: 30rem) {
        th, td { padding-right: 0.4rem; font-size: 0.875rem; }
        th.number, th.number + th.number { width: 4.5rem; font-size: 0.75rem; }
        header { align-items: stretch; flex-direction: column; }
        input { width: 100%; }
      }
    `,
  ];

  override willUpdate(changed: PropertyValues<this>) {
    if (!changed.has('lines')) return;
    this.q = '';
    this.room = SHOWN_AT_FIRST;
  }

  private get found(): readonly ReceiptLine[] {
    const wanted = this.q.trim().toLocaleLowerCase();
    return wanted === '' ? this.lines : this.lines.filter((line) => this.nameOf(line).toLocaleLowerCase().includes(wanted));
  }

  private nameOf(line: ReceiptLine): string {
    return line.key === null || line.key === '' ? `No ${this.singular}` : line.key;
  }

  override render() {
    const { found } = this;
    const shown = found.slice(0, this.room);
    const left = found.length - shown.length;
    const most = Math.max(1, ...this.lines.map(rowsOf));
    const columns = this.columns;
    return html`<section aria-labelledby="title">
      <header>
        <h3 id="title">${this.heading}</h3>
        ${this.lines.length > SHOWN_AT_FIRST
          ? html`<input type="search" placeholder="Search ${count(this.lines.length)} ${this.plural}" aria-label="Search ${this.plural}" .value=${this.q} @input=${this.onSearch} />`
          : nothing}
      </header>
      ${shown.length === 0
        ? html`<p class="soft">No ${this.singular} matches.</p>`
        : html`<table aria-label="Rows ${this.heading.toLowerCase()}">
          <thead><tr><th scope="col">Name</th>${columns.map(([name]) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
          <tbody>${shown.map((line) => html`<tr>
            <td class="name">${this.nameOf(line)}<span class="bar"><i data-share=${rowsOf(line) / most}></i></span></td>
            ${columns.map(([, value]) => html`<td class="number ${value(line) === 0 ? 'zero' : ''}">${count(value(line))}</td>`)}
          </tr>`)}</tbody>
        </table>`}
      ${left > 0
        ? html`<button type="button" class="quiet small more" @click=${() => (this.room += MORE)}>Show ${counted(Math.min(left, MORE), `more ${this.singular}`, `more ${this.plural}`)}</button>`
        : nothing}
    </section>`;
  }

  /* Only what occurs; what is imported always. */
  private get columns(): [string, (line: ReceiptLine) => number][] {
    const all: [string, (line: ReceiptLine) => number][] = [
      ['Skipped', (line) => line.duplicate + line.merged],
      ['Rejected', (line) => line.error],
    ];
    const imported = this.preview ? 'To import' : 'Imported';
    return [[imported, (line) => line.imported], ...all.filter(([, value]) => this.lines.some((line) => value(line) > 0))];
  }

  override updated() {
    for (const bar of this.renderRoot.querySelectorAll<HTMLElement>('i')) bar.style.setProperty('--share', bar.dataset.share ?? '0');
  }

  private onSearch(event: Event) {
    this.q = (event.target as HTMLInputElement).value;
    this.room = SHOWN_AT_FIRST;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'receipt-lines': ReceiptLines;
  }
}
