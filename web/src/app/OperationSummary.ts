// SPDX-License-Identifier: MIT
// OperationSummary.ts - <operation-summary .operation ?exact>: where an operation stands, in one line;
// `exact`: also how far it is. Nothing is said before the server was heard.
import { LitElement, html } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { since } from '../lib/format.js';
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
    standing || isRunning(progress) ? summaryWords(progress, (iso) => since(iso, Date.now()), this.exact) : '',
  );

  static override styles = base;

  override render() {
    return html`<p>${this.operation.description.label}: ${this.words.value}</p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'operation-summary': OperationSummary;
  }
}
