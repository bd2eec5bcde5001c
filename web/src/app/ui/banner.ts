// SPDX-License-Identifier: MIT
// <pb-banner kind="info|warn|bad">: a line across the page about its own state; actions in the slot.
import { LitElement, css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base } from './styles.js';

@customElement('pb-banner')
export class Banner extends LitElement {
  @property({ reflect: true }) kind: 'info' | 'warn' | 'bad' = 'info';

  static override styles = [
    base,
    css`
      :host { background: var(--pb-accent-soft); color: var(--pb-text); border-bottom: 1px solid var(--pb-line); }
      :host([kind='warn']) { background: var(--pb-warn-soft); }
      :host([kind='bad']) { background: var(--pb-error-soft); }
      div {
        display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; justify-content: center;
        padding: 0.5rem 1.25rem; font-size: 0.875rem;
      }
    `,
  ];

  override render() {
    return html`<div role="note"><slot></slot></div>`;
  }
}
