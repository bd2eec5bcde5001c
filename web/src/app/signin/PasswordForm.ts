// SPDX-License-Identifier: MIT
// <password-form>: one's own password, changed; also where a password that somebody else set must be
// changed first. Sends `done`, and where the
// change is voluntary `cancelled`.
import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Session } from '../Session.js';
import { FormElement } from '../ui/FormElement.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { newPasswordFields, passwordsDiffer } from './newPassword.js';

@customElement('password-form')
export class PasswordForm extends FormElement {
  @property({ attribute: false }) session!: Session;
  /** Nobody has to change it. */
  @property({ type: Boolean }) voluntary = false;

  static override styles = [base, buttons, fields, problems];

  override render() {
    return html`
      <form aria-label="Choose a new password" @submit=${this.onSubmit}>
        <input hidden name="name" autocomplete="username" .value=${this.session.state.auth?.user ?? ''}>
        <label class="field"><span>Current password</span>
          <input type="password" name="current_password" required maxlength="1024" autocomplete="current-password"
            aria-invalid=${this.isWrong('current_password')}>
        </label>
        ${newPasswordFields('new_password', 'New password', (field) => this.isWrong(field))}
        ${problem(this.problem)}
        <div class="actions">
          <button class="primary" aria-disabled=${this.busy}>${this.busy ? 'Changing…' : 'Change password'}</button>
          ${this.voluntary ? html`<button type="button" @click=${() => this.dispatchEvent(new CustomEvent('cancelled'))}>Cancel</button>` : nothing}
        </div>
      </form>
    `;
  }

  override async focus() {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>("[name='current_password']")?.focus();
  }

  private onSubmit(event: SubmitEvent) {
    const text = this.textsOf(event);
    const form = event.target as HTMLFormElement;
    void this.attempt(async () => {
      passwordsDiffer(text('new_password'), text('again'));
      await this.session.changePassword(text('current_password'), text('new_password'));
    }).then((changed) => {
      if (changed) {
        form.reset();
        this.dispatchEvent(new CustomEvent('done'));
      }
    });
  }
}
