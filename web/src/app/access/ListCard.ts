// SPDX-License-Identifier: MIT
// What the cards of the Access section share: a list fetched when it is looked at, a dialog at a
// time, and one change at a time after which the list is fetched again.
import { property, state } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import { asApiError, type ApiClient, type ApiError } from '../../lib/api/client.js';
import { FormElement } from '../ui/FormElement.js';
import { Retry } from '../ui/Retry.js';
import type { Announcer } from '../ui/announcer.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { problem, problems } from '../ui/problem.js';
import { base, buttons, cards, fields, tables } from '../ui/styles.js';

export abstract class ListCard<Item> extends FormElement {
  @property({ attribute: false }) api!: ApiClient;
  @property({ attribute: false }) announcer!: Announcer;
  @property({ type: Boolean }) active = false;
  /** Undefined until it was fetched once. */
  @state() protected items: readonly Item[] | undefined;
  @state() private loadProblem: ApiError | undefined;
  private readonly retry = new Retry(this);
  private asked = 0;

  static override styles = [base, buttons, fields, cards, tables, problems, dialogs];

  protected abstract fetchItems(): Promise<readonly Item[]>;

  override updated(changed: PropertyValues) {
    if (changed.has('active') && this.active) {
      void this.load();
    }
  }

  /** Of several answers only that of the last question counts. */
  async load() {
    const asked = ++this.asked;
    try {
      const items = await this.fetchItems();
      if (asked !== this.asked) return;
      this.items = items;
      this.loadProblem = undefined;
      this.retry.answered();
    } catch (thrown) {
      if (asked !== this.asked) return;
      this.loadProblem = asApiError(thrown);
      this.retry.failed(this.loadProblem, () => this.active && this.load());
    }
  }

  /** Closes the dialog that is open, if this card has any. */
  protected hide() {}

  /** Changes something, tells so, and shows the list as it is then. True if it was done. */
  protected async carryOut(work: () => Promise<unknown>, done: string): Promise<boolean> {
    const succeeded = await this.attempt(async () => {
      await work();
    });
    if (succeeded) {
      this.hide(); // first: what lies below a modal dialog is not heard
      await this.updateComplete;
      this.announcer.polite(done);
      await this.load();
    }
    return succeeded;
  }

  protected dialog(heading: string, open: boolean, content: () => unknown) {
    return modalDialog({ heading, open, onClose: () => this.hide() }, content);
  }

  protected loadError() {
    return problem(this.loadProblem);
  }
}
