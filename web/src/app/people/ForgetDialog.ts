// SPDX-License-Identifier: MIT
// ForgetDialog.ts - <forget-dialog .api .operation .person>: what erasing a person would take, in figures, then the
// name typed once more. Event `closed`, also when it has begun.
import { css, html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { asApiError, notRepeated, type ApiClient } from '../../lib/api/client.js';
import { Latest } from '../../lib/Latest.js';
import { counted } from '../../lib/format.js';
import type { PersonFigured, PersonView } from '../../lib/types/schema.js';
import type { OperationController } from '../OperationController.js';
import { FormElement } from '../ui/FormElement.js';
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
  @state() private figures: PersonFigured | undefined;
  private readonly latest = new Latest();

  static override styles = [base, buttons, fields, problems, dialogs, css`ul { padding-left: 1.2rem; display: grid; gap: 0.3rem; } p { overflow-wrap: anywhere; }`];

  override willUpdate(changed: PropertyValues<this>) {
    if (changed.has('person')) void this.askFigures();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    this.latest.cancel();
  }

  override render() {
    const name = nameOf(this.person);
    return modalDialog({ heading: `Forget ${name}?`, open: true, onClose: () => this.close() }, () => html`
      <form aria-label="Forget ${name}" autocomplete="off" @submit=${this.onSubmit}>
        ${this.figures ? this.told(this.figures, name) : this.problem ? nothing : html`<p class="soft" role="status">Counting what there is of this person…</p>`}
        ${problem(this.problem)}
        <div class="actions">
          ${this.figures ? html`<button class="danger primary" aria-disabled=${String(this.busy)}>Forget ${name}</button>` : nothing}
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

  private async askFigures() {
    const signal = this.latest.begin();
    try {
      const figures = await this.api.get<PersonFigured>(this.path, undefined, { signal, timeoutMs: 60_000 });
      if (!signal.aborted) this.figures = figures;
    } catch (thrown) {
      if (!signal.aborted) this.problem = notRepeated(asApiError(thrown));
    }
  }

  private get path(): string {
    return `/people/${encodeURIComponent(this.person.id)}/forget`;
  }

  private async onSubmit(event: SubmitEvent) {
    const typed = this.textsOf(event)('name').trim();
    const begun = await this.attempt(async () => {
      if (typed !== nameOf(this.person).trim()) throw this.wrong('name', 'This is another name', 'Type it as it stands above');
      if (!(await this.operation.begin(this.path, {}, undefined))) throw this.operation.state.problem;
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
