// SPDX-License-Identifier: MIT
// <setup-form>: the first administrator of a fresh Playbus, made with the one-time set-up code.
import { css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Session } from '../Session.js';
import { FormElement } from '../ui/FormElement.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { newPasswordFields, passwordsDiffer } from './newPassword.js';

@customElement('setup-form')
export class SetupForm extends FormElement {
  @property({ attribute: false }) session!: Session;
  /** From the address, where it was given. */
  @property() code = '';

  static override styles = [base, buttons, fields, problems, css`h1 { margin-bottom: 0.35rem; } form { margin-top: 1.25rem; }`];

  override render() {
    return html`
      <h1>Set up Playbus</h1>
      <p class="soft">Create the first administrator. Playbus printed a set-up code when it started; it is also in the
        file <code>run/setup.code</code> of its data folder.</p>
      <form aria-label="Set up Playbus" @submit=${this.onSubmit}>
        <label class="field"><span>Set-up code</span>
          <input name="code" required autocomplete="off" autocapitalize="none" spellcheck="false" .value=${this.code}
            aria-invalid=${this.isWrong('code')}>
        </label>
        <label class="field"><span>Name</span>
          <input name="name" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false"
            aria-invalid=${this.isWrong('name')}>
        </label>
        ${newPasswordFields('password', 'Password', (field) => this.isWrong(field))}
        ${problem(this.problem)}
        <div class="actions">
          <button class="primary" aria-disabled=${this.busy}>${this.busy ? 'Creating…' : 'Create administrator'}</button>
        </div>
      </form>
    `;
  }

  /* To what is not filled in yet. */
  override async focus() {
    await this.updateComplete;
    const empty = this.code === '' ? 'code' : 'name';
    this.renderRoot.querySelector<HTMLInputElement>(`[name='${empty}']`)?.focus();
  }

  private onSubmit(event: SubmitEvent) {
    const text = this.textsOf(event);
    void this.attempt(async () => {
      passwordsDiffer(text('password'), text('again'));
      await this.session.setUp(text('code').trim(), text('name').trim(), text('password'));
    });
  }
}
