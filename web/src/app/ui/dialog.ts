// SPDX-License-Identifier: MIT
// modalDialog(): a modal dialog as a piece of a component's template; the component's styles take
// `dialogs`. The browser's own <dialog> keeps the focus inside and gives it back to where it was.
// Escape and the close button only ask (`onClose`): the owner decides by `open`.
import { css, html, nothing, type ElementPart } from 'lit';
import { Directive, PartType, directive, type PartInfo } from 'lit/directive.js';

export interface DialogParts {
  heading: string;
  open: boolean;
  onClose: () => void;
  /** Room for tables and details. */
  wide?: boolean;
}

/** `content` is asked for while the dialog is open; what has `autofocus` there gets the focus. */
export function modalDialog({ heading, open, onClose, wide }: DialogParts, content: () => unknown) {
  const cancel = (event: Event) => {
    event.preventDefault(); // Escape: the owner decides
    onClose();
  };
  const closed = () => {
    if (open) {
      onClose(); // a browser may close against our will, on a second Escape: the owner must know
    }
  };
  return html`<dialog class=${wide ? 'wide' : ''} aria-label=${heading} ${shown(open)} @cancel=${cancel} @close=${closed}>
    ${open
      ? html`
          <div class="head">
            <h2>${heading}</h2>
            <button class="quiet close" type="button" aria-label="Close" @click=${onClose}>
              <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                <path d="M2 2l10 10M12 2L2 12" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
              </svg>
            </button>
          </div>
          <div class="body">${content()}</div>`
      : nothing}
  </dialog>`;
}

class Shown extends Directive {
  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.ELEMENT) {
      throw new Error('shown() stands in an element');
    }
  }

  override render(_open: boolean) {
    return nothing;
  }

  /* The content is rendered after this: the dialog is shown when it is there. */
  override update(part: ElementPart, [open]: [boolean]) {
    const dialog = part.element as HTMLDialogElement;
    queueMicrotask(() => {
      if (!dialog.isConnected || dialog.open === open) {
        return;
      }
      if (open) {
        dialog.showModal();
        dialog.querySelector<HTMLElement>('[autofocus]')?.focus();
      } else {
        dialog.close();
      }
    });
    return nothing;
  }
}

const shown = directive(Shown);

export const dialogs = css`
  dialog {
    width: min(30rem, calc(100vw - 2rem)); max-width: none; max-height: calc(100vh - 2rem); max-height: calc(100dvh - 2rem); padding: 0;
    border: 1px solid var(--pb-line); border-radius: var(--pb-radius); overflow: auto;
    background: var(--pb-surface); color: var(--pb-text); box-shadow: var(--pb-shadow-high);
  }
  dialog.wide { width: min(48rem, calc(100vw - 2rem)); }
  dialog::backdrop { background: var(--pb-backdrop, #1a202999); } /* older browsers: a backdrop inherits nothing */
  dialog > .head { display: flex; gap: 1rem; align-items: flex-start; justify-content: space-between; padding: 1.1rem 1.25rem 0; }
  dialog > .head h2 { overflow-wrap: anywhere; padding-top: 0.15rem; }
  dialog .close { min-height: 2rem; width: 2rem; padding: 0; margin: -0.15rem -0.5rem 0 0; color: var(--pb-muted); }
  dialog > .body { padding: 0.75rem 1.25rem 1.25rem; display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
`;
