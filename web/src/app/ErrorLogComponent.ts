// SPDX-License-Identifier: MIT
// ErrorLogComponent.ts - <error-log .errors=${newest} .total=${all}>: the newest rejected rows of a job
// behind a button.
import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { count } from '../lib/format.js';
import type { SyncError } from '../lib/types/sync.js';
import { base, buttons } from './ui/styles.js';

@customElement('error-log')
export class ErrorLogComponent extends LitElement {
  @property({ attribute: false }) errors: readonly SyncError[] | undefined;
  @property({ type: Number }) total = 0;
  @state() private open = false;

  static override styles = [
    base,
    buttons,
    css`
      .toggle { padding-inline: 0.4rem; margin-left: -0.4rem; }
      .toggle svg { transition: transform 0.15s; }
      .toggle[aria-expanded='true'] svg { transform: rotate(90deg); }
      ul {
        max-height: 18rem; overflow: auto; list-style: none; padding: 0; margin-top: 0.4rem;
        border-left: 2px solid var(--pb-line);
      }
      li { padding: 0.2rem 0 0.2rem 0.9rem; overflow-wrap: anywhere; font-size: 0.875rem; }
      .record { font-weight: 560; font-variant-numeric: tabular-nums; }
    `,
  ];

  /* Folded, only the number is seen. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    return this.open || !this.hasUpdated || changed.size > 1 || !changed.has('errors');
  }

  override render() {
    return html`
      <button class="quiet small toggle" type="button" aria-expanded=${String(this.open)} @click=${() => (this.open = !this.open)}>
        <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true">
          <path d="M3 1l4 4-4 4" fill="none" stroke="currentColor" stroke-width="1.6" />
        </svg>
        Rejected rows (${count(this.total)})
      </button>
      ${this.open ? this.list() : nothing}
    `;
  }

  private list() {
    const errors = this.errors ?? [];
    const more = this.total - errors.length;
    return html`<ul aria-label="Newest rejected rows" tabindex="0">
      ${errors.map(
        (error) => html`<li>
          ${error.record_id === undefined ? nothing : html`<span class="record">Record ${error.record_id}:</span>`}
          ${error.message}
        </li>`,
      )}
      ${more > 0 ? html`<li class="soft">… ${count(more)} more</li>` : nothing}
    </ul>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'error-log': ErrorLogComponent;
  }
}
