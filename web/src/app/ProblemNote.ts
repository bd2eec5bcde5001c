// SPDX-License-Identifier: MIT
// ProblemNote.ts - <problem-note .error=${…} ?mild>: what went wrong, what to do, and in the slot the
// buttons that do it. It is no live region: who shows it announces it.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ApiError } from '../lib/api/client.js';
import { permissionWords, remedyOf, sentence } from './problems.js';
import { withCommand } from './ui/command.js';
import { base } from './ui/styles.js';

@customElement('problem-note')
export class ProblemNote extends LitElement {
  @property({ attribute: false }) error!: ApiError;
  /** What it is about, where that is not plain: the name of a file. */
  @property() subject = '';
  /** It passes by itself, or is no more than a part. */
  @property({ type: Boolean, reflect: true }) mild = false;

  static override styles = [
    base,
    css`
      .note {
        padding: 0.8rem 1rem; border-radius: var(--pb-radius-small); background: var(--pb-error-soft);
        border-left: 3px solid var(--pb-error); display: grid; gap: 0.3rem;
      }
      .what { font-weight: 620; color: var(--pb-error); }
      :host([mild]) .note { background: var(--pb-warn-soft); border-color: var(--pb-warn); }
      :host([mild]) .what { color: var(--pb-warn); }
      p, li { overflow-wrap: anywhere; }
      ul { padding-left: 1.2rem; font-size: 0.875rem; }
    `,
  ];

  override render() {
    const { error } = this;
    const permissions = permissionWords(error);
    const remedy = remedyOf(error);
    return html`<div class="note">
      <p class="what">${this.subject === '' ? '' : `${this.subject}: `}${error.message}</p>
      ${remedy === '' ? nothing : html`<p>${withCommand(sentence(remedy))}</p>`}
      ${permissions.length === 0 ? nothing : html`<ul>${permissions.map((words) => html`<li>${words}</li>`)}</ul>`}
      <slot></slot>
    </div>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'problem-note': ProblemNote;
  }
}
