// SPDX-License-Identifier: MIT
// ServerRemoveDialog.ts - <server-remove-dialog .api .server>: says what goes with a server and what stays. Events `removed`, `closed`.
import { html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { asApiError, type ApiClient } from '../../lib/api/client.js';
import type { ServerView } from '../../lib/types/schema.js';
import { FormElement } from '../ui/FormElement.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, fields } from '../ui/styles.js';
import { pathOf } from './serverWords.js';

@customElement('server-remove-dialog')
export class ServerRemoveDialog extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) server!: ServerView;

  static override styles = [base, buttons, fields, problems, dialogs];

  override render() {
    const { name } = this.server;
    return modalDialog({ heading: `Remove ${name}?`, open: true, onClose: () => this.tell('closed') }, () => html`
      <form aria-label="Remove ${name}" @submit=${this.onSubmit}>
        <p>The server is forgotten here, with its token. Plays that are stored stay; nothing changes on the server itself.</p>
        ${problem(this.problem)}
        <div class="actions"><button class="danger primary" aria-disabled=${String(this.busy)}>Remove ${name}</button>
          <button type="button" autofocus @click=${() => this.tell('closed')}>Cancel</button></div>
      </form>`);
  }

  private async onSubmit(event: SubmitEvent) {
    event.preventDefault();
    if (await this.attempt(() => this.removeServer())) this.tell('removed');
  }

  /* One that is gone already is what was wanted. */
  private async removeServer() {
    await this.api.delete(pathOf(this.server)).catch((thrown: unknown) => {
      if (asApiError(thrown).code !== 'SERVER_NOT_FOUND') throw thrown;
    });
  }

  private tell(what: 'removed' | 'closed') {
    this.dispatchEvent(new CustomEvent(what));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'server-remove-dialog': ServerRemoveDialog;
  }
}
