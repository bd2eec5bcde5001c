// SPDX-License-Identifier: MIT
// ForgetDialog.ts - <forget-dialog .api .operation .person>: what erasing a person would take, in figures, then the
// name typed once more. Event `closed`, also when it has begun.
import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ApiClient } from '../../lib/api/client.js';
import { counted } from '../../lib/format.js';
import type { PersonFigured, PersonView } from '../../lib/types/schema.js';
import type { OperationController } from '../OperationController.js';
import { FormElement } from '../ui/FormElement.js';
import { Loaded } from '../ui/Loaded.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { nameOf } from './peopleWords.js';

@customElement('forget-dialog')
export class ForgetDialog extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  /** Of erasures. */
  @property({ attribute: false }) operation!: OperationController;
  @property({ attribute: false }) person!: PersonView;
  private readonly figures = new Loaded<PersonFigured>(this, { ask: (signal) => this.api.get(this.path, undefined, { signal, timeoutMs: 60_000 }) });

  static override styles = [base, buttons, fields, problems, dialogs, css`ul { padding-left: 1.2rem; display: grid; gap: 0.3rem; } p { overflow-wrap: anywhere; }`];

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('person')) void this.figures.load();
  }

  override render() {
    const name = nameOf(this.person);
    const { value: figures, problem: untold } = this.figures;
    return modalDialog({ heading: `Forget ${name}?`, open: true, onClose: () => this.close() }, () => html`
      <form aria-label="Forget ${name}" autocomplete="off" @submit=${this.onSubmit}>
        ${figures ? this.told(figures, name) : untold ? nothing : html`<p class="soft" role="status">Counting what there is of this person…</p>`}
        ${problem(untold ?? this.problem)}
        <div class="actions">
          ${figures ? html`<button class="danger primary" aria-disabled=${String(this.busy)}>Forget ${name}</button>` : nothing}
          <button type="button" autofocus @click=${() => this.close()}>Cancel</button>
        </div>
      </form>`);
  }

  private told({ plays, rows, accounts, rejected }: PersonFigured, name: string) {
    return html`<p>This cannot be taken back. Erased are:</p>
      <ul>
        <li><strong>${counted(plays, 'play')}</strong>, told of in ${counted(rows, 'row')}</li>
        <li>${counted(accounts.length, 'account')}</li>
        ${rejected > 0 ? html`<li>${counted(rejected, 'rejected or repaired row', 'rejected or repaired rows')}</li>` : nothing}
      </ul>
      <p>Later imports and syncs leave rows of this person out, until that is lifted. Backups that were made before still hold them.</p>
      <label class="field"><span>To go on, type the name: ${name}</span>
        <input name="name" required maxlength="400" autocomplete="off" autocapitalize="none" spellcheck="false" aria-invalid=${this.isWrong('name')}></label>`;
  }

  private get path(): string {
    return `/people/${encodeURIComponent(this.person.id)}/forget`;
  }

  private async onSubmit(event: SubmitEvent) {
    const typed = this.textsOf(event)('name').trim();
    const begun = await this.attempt(async () => {
      if (typed !== nameOf(this.person).trim()) throw this.wrong('name', 'This is another name', 'Type it as it stands above');
      await this.operation.begun(this.path, {});
    });
    if (begun) this.close();
  }

  private close() {
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'forget-dialog': ForgetDialog;
  }
}
