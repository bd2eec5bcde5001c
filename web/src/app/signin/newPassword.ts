// SPDX-License-Identifier: MIT
// The two fields a new password is typed into, and the one rule that needs no gateway: both alike.
import { html } from 'lit';
import { ApiError } from '../../lib/api/client.js';

export function newPasswordFields(name: string, label: string, isWrong: (field: string) => 'true' | 'false') {
  return html`
    <div class="field">
      <label class="name" for=${name}>${label}</label>
      <input type="password" id=${name} name=${name} required minlength="12" maxlength="128" autocomplete="new-password"
        aria-describedby="${name}-hint" aria-invalid=${isWrong(name)}>
      <small class="hint" id="${name}-hint">12 to 128 characters. A few words in a row are fine.</small>
    </div>
    <label class="field"><span>${label} again</span>
      <input type="password" name="again" required maxlength="128" autocomplete="new-password" aria-invalid=${isWrong('again')}>
    </label>
  `;
}

export function passwordsDiffer(one: string, again: string) {
  if (one !== again) {
    throw new ApiError({
      kind: 'refused', code: 'BAD_FIELD', field: 'again',
      message: 'The two passwords differ', remedy: 'Type the same password twice',
    });
  }
}
