// SPDX-License-Identifier: MIT
// ValidationReport.ts - <validation-report .report=${…} path="…">: what is inside a database, before
// anything is imported from it. Damage comes first, with what can be done about it.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { bytes, count, counted, date, since } from '../../lib/format.js';
import { isAddress } from '../../lib/paths.js';
import type { Validation } from '../../lib/types/sync.js';
import { withCommand } from '../ui/command.js';
import { breakable } from '../ui/pathName.js';
import { base, cards, warnings } from '../ui/styles.js';

const TYPES_SHOWN = 8;

/** It could be read to its end, and has not one row. */
export function holdsNoPlays({ complete, damaged, total_records: rows }: Validation): boolean {
  return complete && damaged !== true && rows === 0;
}

@customElement('validation-report')
export class ValidationReport extends LitElement {
  @property({ attribute: false }) report!: Validation;
  @property() path = '';

  static override styles = [
    base,
    cards,
    warnings,
    css`
      section {
        display: grid; gap: 1rem; padding: 1rem; border: 1px solid var(--pb-line);
        border-radius: var(--pb-radius-small); background: var(--pb-surface-2);
      }
      .facts dd { font-variant-numeric: tabular-nums; }
      .types { display: grid; gap: 0.35rem; list-style: none; padding: 0; }
      .types li {
        display: grid; grid-template-columns: minmax(0, 9rem) minmax(0, 1fr) max-content; gap: 0.75rem;
        align-items: center;
      }
      .types .name { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
      .bar {
        height: 0.5rem; border-radius: 99px; background: var(--pb-accent);
        width: calc(var(--share, 0) * 100%); min-width: 2px;
      }
      .damage {
        display: grid; gap: 0.4rem; padding: 0.8rem 1rem; border-left: 3px solid var(--pb-error);
        border-radius: var(--pb-radius-small); background: var(--pb-error-soft); overflow-wrap: anywhere;
      }
      .damage strong { color: var(--pb-error); }
      .empty { padding: 0.8rem 1rem; border-radius: var(--pb-radius-small); background: var(--pb-warn-soft); text-align: left; color: var(--pb-text); }
      .empty strong { font-weight: 620; }
      h3 + .warnings { margin-top: 0.4rem; }
    `,
  ];

  private get types(): [string, number][] {
    return Object.entries(this.report.media_types).sort(([, a], [, b]) => b - a);
  }

  override render() {
    const r = this.report;
    const byAddress = isAddress(this.path); // it was asked, and not read
    return html`
      <section aria-labelledby="title">
        <div>
          <h3 id="title" tabindex="-1">Database check</h3>
          ${this.path === '' ? nothing : html`<p class="soft small mono">${breakable(this.path)}</p>`}
        </div>
        ${r.damaged === true ? this.damage() : nothing}
        ${holdsNoPlays(r) ? html`<p class="empty"><strong>This database holds no plays: there is nothing to import.</strong>
          A Tautulli that has just been set up has such a one; a fresh file in the wrong place, too.</p>` : nothing}
        ${r.complete || byAddress
          ? nothing
          : html`<p class="small">Not everything could be read; the figures are what is known so far.</p>${this.warnings()}`}
        <dl class="facts">
          ${this.fact('Plays', r.complete || byAddress ? count(r.total_records) : `at least ${count(r.total_records)}`)}
          ${this.fact('Period', r.date_range ? `${date(r.date_range.earliest)} – ${date(r.date_range.latest)}` : 'no plays')}
          ${this.fact('Users', count(r.unique_users))}
          ${byAddress ? nothing : this.fact('Already imported', r.damaged === true ? 'not known of a damaged database' : count(r.already_imported))}
          ${byAddress ? nothing : this.fact('Size', bytes(r.file_bytes))}
          ${r.date_range ? this.fact('Newest play', since(r.date_range.latest, Date.now())) : nothing}
          ${r.tautulli_version === undefined ? nothing : this.fact('Tautulli', r.tautulli_version)}
          ${r.server_id === undefined ? nothing : this.fact('Media server', r.server_id)}
        </dl>
        ${this.types.length === 0 ? nothing : this.typeBars()}
        ${r.complete || byAddress ? this.warnings() : nothing}
      </section>
    `;
  }

  private damage() {
    const told = this.report.damage ?? 'This database is damaged.';
    const first = told.indexOf('. ') + 1 || told.length;
    return html`<div class="damage">
      <p><strong>${told.slice(0, first)}</strong></p>
      <p>${withCommand(told.slice(first).trim())}</p>
      <p>An import of it stores the plays up to the first damaged place and ends there: what comes behind it stays out.</p>
    </div>`;
  }

  private warnings() {
    const { damaged, damage } = this.report;
    const warnings = this.report.warnings.filter((words) => words !== damage);
    if (warnings.length === 0 && (damaged === true || holdsNoPlays(this.report))) return nothing;
    return warnings.length === 0
      ? html`<p class="small">Nothing to warn of.</p>`
      : html`<div><h3>Warnings</h3>
          <ul class="warnings">${warnings.map((words) => html`<li>${words}</li>`)}</ul></div>`;
  }

  override updated(changed: PropertyValues<this>) {
    if (!changed.has('report')) return;
    const most = this.types[0]?.[1] ?? 1;
    for (const bar of this.renderRoot.querySelectorAll<HTMLElement>('.bar')) {
      bar.style.setProperty('--share', String(Number(bar.dataset.n) / Math.max(1, most)));
    }
  }

  private typeBars() {
    const rest = this.types.slice(TYPES_SHOWN);
    const restRows = rest.reduce((sum, [, n]) => sum + n, 0);
    return html`<ul class="types" aria-label="Plays by media type">
      ${this.types.slice(0, TYPES_SHOWN).map(([type, n]) => this.typeBar(type, n))}
      ${rest.length === 0 ? nothing : this.typeBar(counted(rest.length, 'more type'), restRows)}
    </ul>`;
  }

  private typeBar(type: string, n: number) {
    return html`<li>
      <span class="name" title=${type}>${type}</span><span class="bar" data-n=${n}></span><span class="number">${count(n)}</span>
    </li>`;
  }

  private fact(name: string, value: string) {
    return html`<dt>${name}</dt><dd>${value}</dd>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'validation-report': ValidationReport;
  }
}
