// SPDX-License-Identifier: MIT
// <audit-keeping>: a new key for the log, and a file for its old entries. Each is asked for in a
// dialog that says what it does; both need a fresh password. Sends `kept` when the log has changed.
import { css, html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ApiClient } from '../../lib/api/client.js';
import { count } from '../../lib/format.js';
import type { AuditRotated, AuditSealBefore, AuditSealed } from '../../lib/types/schema.js';
import { FormElement } from '../ui/FormElement.js';
import type { Announcer } from '../ui/announcer.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards, fields } from '../ui/styles.js';

@customElement('audit-keeping')
export class AuditKeeping extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) announcer!: Announcer;
  @state() private open: 'rotate' | 'seal' | undefined;
  @state() private done = '';

  static override styles = [base, buttons, fields, cards, problems, dialogs, css`
    .done { margin-top: 0.75rem; overflow-wrap: anywhere; }
  `];

  override render() {
    return html`
      <section class="card" aria-labelledby="keeping">
        <header>
          <h2 id="keeping">Keys and old entries</h2>
          <div class="actions">
            <button class="small" @click=${() => this.show('rotate')}>Change key</button>
            <button class="small" @click=${() => this.show('seal')}>Seal old entries</button>
          </div>
        </header>
        <p class="soft">A new key signs what is recorded from now on. Sealed entries leave this page for a signed file that can
          be kept elsewhere and checked on its own.</p>
        ${this.done === '' ? nothing : html`<p class="done">${this.done}</p>`}
      </section>
      ${this.rotateDialog()}${this.sealDialog()}
    `;
  }

  private rotateDialog() {
    return this.dialog('Change the signing key?', 'rotate', () => html`
      <form aria-label="Change the signing key" @submit=${this.onRotate}>
        <p>Worth it when somebody may have read the old key. The old key signs the change; earlier entries stay valid, and are
          checked with the public halves that <code>keys/audit.pub</code> keeps.</p>
        ${problem(this.problem)}
        ${this.buttons('Change key')}
      </form>`);
  }

  private sealDialog() {
    return this.dialog('Seal old entries', 'seal', () => html`
      <form aria-label="Seal old entries" @submit=${this.onSeal}>
        <p>All entries before this day move into a file below <code>audit/</code> in the data folder. They are listed and searched
          here no more. The log records that they were sealed.</p>
        <label class="field"><span>Before</span><input type="date" name="before" required autofocus aria-invalid=${this.isWrong('before')}></label>
        ${problem(this.problem)}
        ${this.buttons('Seal entries')}
      </form>`);
  }

  private dialog(heading: string, which: 'rotate' | 'seal', content: () => unknown) {
    return modalDialog({ heading, open: this.open === which, onClose: () => this.hide() }, content);
  }

  private buttons(does: string) {
    return html`<div class="actions"><button class="primary" aria-disabled=${this.busy}>${does}</button>
      <button type="button" @click=${this.hide}>Cancel</button></div>`;
  }

  private show(which: 'rotate' | 'seal') {
    this.problem = undefined;
    this.open = which;
  }

  private hide() {
    this.open = undefined;
  }

  private async onRotate(event: SubmitEvent) {
    event.preventDefault();
    await this.carryOut(async () => {
      const { key_id: key } = await this.api.post<AuditRotated>('/audit/rotate');
      return `Key ${key} signs from now on.`;
    });
  }

  /* A day begins at midnight where the person is. */
  private async onSeal(event: SubmitEvent) {
    const day = this.textsOf(event)('before');
    await this.carryOut(async () => {
      const asked: AuditSealBefore = { before: new Date(`${day}T00:00`).toISOString() };
      return sealedWords(await this.api.post<AuditSealed>('/audit/seal', asked));
    });
  }

  private async carryOut(work: () => Promise<string>) {
    const succeeded = await this.attempt(async () => {
      this.done = await work();
    });
    if (succeeded) {
      this.hide(); // first: what lies below a modal dialog is not heard
      await this.updateComplete;
      this.announcer.polite(this.done);
      this.dispatchEvent(new CustomEvent('kept'));
    }
  }
}

function sealedWords({ first, last, file }: AuditSealed): string {
  return first === undefined || last === undefined
    ? 'No entry is that old: nothing was sealed.'
    : `Entries ${count(first)} to ${count(last)} are sealed in ${file ?? 'the data folder'}.`;
}
