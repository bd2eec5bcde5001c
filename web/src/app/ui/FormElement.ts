// SPDX-License-Identifier: MIT
// What every form does alike: one attempt at a time (a second click is not a second request), the
// problem beside the fields, and the focus in the field that was wrong.
import { LitElement } from 'lit';
import { state } from 'lit/decorators.js';
import { ApiError, asApiError, notRepeated } from '../../lib/api/client.js';

export abstract class FormElement extends LitElement {
  @state() protected busy = false;
  @state() protected problem: ApiError | undefined;

  /** The texts of a submitted form, by their fields' names. */
  protected textsOf(event: SubmitEvent): (name: string) => string {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    return (name) => String(data.get(name) ?? '');
  }

  /** Runs `work` unless one runs; true if it succeeded. */
  protected async attempt(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) {
      return false;
    }
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
      return true;
    } catch (thrown) {
      const error = asApiError(thrown);
      this.problem = error.kind === 'aborted' ? undefined : notRepeated(error);
      return false;
    } finally {
      this.busy = false;
      await this.focusOnWrong();
    }
  }

  /** A mistake that needs no gateway to see. */
  protected wrong(field: string, message: string, remedy: string): ApiError {
    return new ApiError({ kind: 'refused', code: 'BAD_FIELD', field, message, remedy });
  }

  protected isWrong(field: string): 'true' | 'false' {
    return this.problem?.field === field ? 'true' : 'false';
  }

  private async focusOnWrong() {
    await this.updateComplete;
    const wrong = this.problem?.field;
    if (wrong !== undefined) {
      [...this.renderRoot.querySelectorAll('input')].find((input) => input.name === wrong)?.focus();
    }
  }
}
