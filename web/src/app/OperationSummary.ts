// SPDX-License-Identifier: MIT
// OperationSummary.ts - <operation-summary .operation ?exact>: where an operation stands, in one line;
// `exact`: also how far it is. Nothing is said before the server was heard, nor of what the history does
// itself unless it is at it.
import { LitElement, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { since } from '../lib/format.js';
import { OPERATIONS } from '../lib/types/operations.js';
import type { OperationController } from './OperationController.js';
import { isRunning } from './ProgressRecords.js';
import { StoreWatch } from './ui/StoreWatch.js';
import { base } from './ui/styles.js';
import { summaryWords } from './words.js';

@customElement('operation-summary')
export class OperationSummary extends LitElement {
  @property({ attribute: false }) operation!: OperationController;
  @property({ type: Boolean }) exact = false;
  private readonly words = new StoreWatch(this, () => this.operation, ({ standing, progress }) =>
    isRunning(progress) || (standing && !OPERATIONS[progress.operation].byHistory) ? summaryWords(progress, (iso) => since(iso, Date.now()), this.exact) : '',
  );

  static override styles = base;

  override render() {
    if (this.words.value === '' && OPERATIONS[this.operation.description.operation].byHistory) return nothing;
    return html`<p>${this.operation.description.label}: ${this.words.value}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'operation-summary': OperationSummary;
  }
}
