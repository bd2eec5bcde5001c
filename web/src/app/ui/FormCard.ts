// SPDX-License-Identifier: MIT
// FormCard.ts - what cards that change something do alike: a dialog at a time, and one change at a time, which
// is told when it was done.
import { property } from 'lit/decorators.js';
import { html } from 'lit';
import { FormElement } from './FormElement.js';
import type { Announcer } from './announcer.js';
import { dialogs, modalDialog } from './dialog.js';
import { problems } from './problem.js';
import { base, buttons, cards, fields, tables } from './styles.js';

export abstract class FormCard extends FormElement {
  @property({ attribute: false }) announcer!: Announcer;

  static override styles = [base, buttons, fields, cards, tables, problems, dialogs];

  /** Closes the dialog that is open, if this card has any. */
  protected hide() {}

  /** Something was changed and told. */
  protected changed(): unknown {
    return undefined;
  }

  /** Changes something, and tells so. True if it was done. */
  protected async carryOut(work: () => Promise<unknown>, done: string): Promise<boolean> {
    const succeeded = await this.attempt(async () => {
      await work();
    });
    if (succeeded) {
      this.hide(); // first: what lies below a modal dialog is not heard
      await this.updateComplete;
      this.announcer.polite(done);
      await this.changed();
    }
    return succeeded;
  }

  protected dialog(heading: string, open: boolean, content: () => unknown) {
    return modalDialog({ heading, open, onClose: () => this.hide() }, content);
  }

  /** Those of a form in a dialog. */
  protected buttons(does: string) {
    return html`<div class="actions"><button class="primary" aria-disabled=${this.busy}>${does}</button>
      <button type="button" @click=${() => this.hide()}>Cancel</button></div>`;
  }
}
