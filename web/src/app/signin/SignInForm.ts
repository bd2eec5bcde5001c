// SPDX-License-Identifier: MIT
// <sign-in-form>: name and password; on the sign-in page, and in the dialog over a page whose session
// ended, where the name is known already.
import { css, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Session } from '../Session.js';
import { FormElement } from '../ui/FormElement.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';

@customElement('sign-in-form')
export class SignInForm extends FormElement {
  @property({ attribute: false }) session!: Session;
  @property() name = '';

  static override styles = [base, buttons, fields, problems, css`button { width: 100%; }`];

  override render() {
    return html`
      <form aria-label="Sign in" @submit=${this.onSubmit}>
        <label class="field"><span>Name</span>
          <input name="name" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false" .value=${this.name}>
        </label>
        <label class="field"><span>Password</span>
          <input type="password" name="password" required maxlength="1024" autocomplete="current-password">
        </label>
        ${problem(this.problem)}
        <div class="actions">
          <button class="primary" aria-disabled=${this.busy}>${this.busy ? 'Signing in…' : 'Sign in'}</button>
        </div>
      </form>
    `;
  }

  override async focus() {
    await this.updateComplete;
    const empty = this.name === '' ? 'name' : 'password';
    this.renderRoot.querySelector<HTMLInputElement>(`[name='${empty}']`)?.focus();
  }

  private onSubmit(event: SubmitEvent) {
    const text = this.textsOf(event);
    const form = event.target as HTMLFormElement;
    void this.attempt(() => this.session.signIn(text('name').trim(), text('password'))).then((signedIn) => {
      if (signedIn) {
        form.reset();
      } else {
        const password = form.elements.namedItem('password') as HTMLInputElement;
        password.select();
        password.focus();
      }
    });
  }
}
