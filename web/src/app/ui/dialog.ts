// SPDX-License-Identifier: MIT
// <pb-dialog heading="…" ?open=${…} @closed=${…}>: a modal dialog. The browser's own <dialog> keeps
// the focus inside and gives it back to where it was; Escape and the close button ask the owner by
// `closed`, and the owner sets `open`. Put what can be done into slot="actions".
import { LitElement, css, html, type PropertyValues } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { base, buttons } from './styles.js';

@customElement('pb-dialog')
export class Dialog extends LitElement {
  @property() heading = '';
  @property({ type: Boolean }) open = false;
  /** Wide enough for tables and details. */
  @property({ type: Boolean }) wide = false;
  @query('dialog') private dialog!: HTMLDialogElement;

  static override styles = [
    base,
    buttons,
    css`
      :host { display: contents; }
      dialog {
        width: min(30rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem); padding: 0;
        border: 1px solid var(--pb-line); border-radius: var(--pb-radius); overflow: auto;
        background: var(--pb-surface); color: var(--pb-text); box-shadow: var(--pb-shadow-high);
        font: 0.9375rem/1.5 var(--pb-font);
      }
      dialog.wide { width: min(48rem, calc(100vw - 2rem)); }
      dialog::backdrop { background: var(--pb-backdrop); }
      header { display: flex; gap: 1rem; align-items: flex-start; justify-content: space-between; padding: 1.1rem 1.25rem 0; }
      header h2 { overflow-wrap: anywhere; padding-top: 0.15rem; }
      .close { min-height: 2rem; width: 2rem; padding: 0; margin: -0.15rem -0.5rem 0 0; color: var(--pb-muted); }
      .body { padding: 0.75rem 1.25rem 1.25rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
      ::slotted([slot='actions']) { display: flex; flex-wrap: wrap; gap: 0.6rem; justify-content: flex-end; }
    `,
  ];

  override render() {
    return html`
      <dialog class=${this.wide ? 'wide' : ''} aria-labelledby="heading" @cancel=${this.onCancel} @close=${this.onClose}>
        <header>
          <h2 id="heading">${this.heading}</h2>
          <button class="quiet close" type="button" aria-label="Close" @click=${this.askToClose}>
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
              <path d="M2 2l10 10M12 2L2 12" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
            </svg>
          </button>
        </header>
        <div class="body"><slot></slot><slot name="actions"></slot></div>
      </dialog>
    `;
  }

  override updated(changed: PropertyValues<this>) {
    if (!changed.has('open') || this.dialog.open === this.open) {
      return;
    }
    if (this.open) {
      this.dialog.showModal();
      (this.querySelector<HTMLElement>('[autofocus]') ?? this.dialog).focus();
    } else {
      this.dialog.close();
    }
  }

  private askToClose() {
    this.dispatchEvent(new CustomEvent('closed'));
  }

  /* Escape: the owner decides; it may refuse while something is under way. */
  private onCancel(event: Event) {
    event.preventDefault();
    this.askToClose();
  }

  /* A browser may close against our will (a second Escape): the owner must know. */
  private onClose() {
    if (this.open) {
      this.askToClose();
    }
  }
}
