// SPDX-License-Identifier: MIT
// <confirm-dialog>: the password once more, before users, tokens, sessions or the audit log are
// changed. The call that asked for it goes on when it was given, and fails as refused when it was not.
import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Session } from '../Session.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { FormElement } from '../ui/FormElement.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';

@customElement('confirm-dialog')
export class ConfirmDialog extends FormElement {
  @property({ attribute: false }) session!: Session;
  @property({ type: Boolean }) open = false;

  static override styles = [base, buttons, fields, problems, dialogs];

  override willUpdate() {
    if (!this.open) {
      this.problem = undefined;
    }
  }

  override render() {
    const parts = { heading: 'Confirm your password', open: this.open, onClose: () => this.onCancel() };
    return modalDialog(parts, () => this.form());
  }

  private form() {
    return html`
      <p class="soft">To go on, give the password of <strong>${this.session.state.auth?.user}</strong> once more: users, tokens,
        sessions and the audit log are changed only by someone who knows it.</p>
      <form aria-label="Confirm your password" @submit=${this.onSubmit}>
        <input hidden name="name" autocomplete="username" .value=${this.session.state.auth?.user ?? ''}>
        <label class="field"><span>Password</span>
          <input type="password" name="password" required maxlength="1024" autocomplete="current-password" autofocus
            aria-invalid=${this.problem ? 'true' : 'false'}>
        </label>
        ${problem(this.problem)}
        <div class="actions">
          <button class="primary" aria-disabled=${this.busy}>${this.busy ? 'Checking…' : 'Confirm'}</button>
          <button type="button" @click=${this.onCancel}>Cancel</button>
        </div>
      </form>
    `;
  }

  private onCancel() {
    this.session.cancelConfirmation();
  }

  private onSubmit(event: SubmitEvent) {
    const text = this.textsOf(event);
    void this.attempt(() => this.session.confirm(text('password')));
  }
}
