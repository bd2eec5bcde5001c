// SPDX-License-Identifier: MIT
// <audit-entry-dialog>: one entry of the audit log with all it holds, as text and nothing else.
import { LitElement, css, html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { AuditEvent } from '../../lib/types/schema.js';
import { dialogs, modalDialog } from '../ui/dialog.js';
import { base, buttons, cards } from '../ui/styles.js';
import { when } from '../ui/when.js';
import { outcomeBadge, phaseName } from './words.js';

@customElement('audit-entry-dialog')
export class AuditEntryDialog extends LitElement {
  @property({ attribute: false }) entry: AuditEvent | undefined;

  static override styles = [base, buttons, cards, dialogs, css`
    pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 0.875rem/1.5 var(--pb-mono); }
  `];

  override render() {
    const entry = this.entry;
    const parts = { heading: `Entry ${entry?.n}`, open: entry !== undefined, onClose: () => this.close(), wide: true };
    return modalDialog(parts, () => entry && this.facts(entry));
  }

  private facts(entry: AuditEvent) {
    const rows: [string, unknown][] = [
      ['Time', when(entry.at, '–', true)],
      ['Phase', phaseName(entry.phase)],
      ['Action', entry.action],
      ['Who', entry.actor],
      ['Role', entry.role],
      ['Address', entry.address],
      ['About', entry.target],
      ['Outcome', entry.outcome === undefined ? undefined : outcomeBadge(entry)],
      ['Parameters', entry.params === undefined ? undefined : html`<pre>${pretty(entry.params)}</pre>`],
      ['Job', code(entry.job_id)],
      ['Request', code(entry.request_id)],
      ['Entry id', code(entry.entry_id)],
      ['Hash', code(entry.hash)],
      ['Key', code(entry.key_id)],
    ];
    return html`<dl class="facts">${rows.map(([name, value]) =>
      value === undefined || value === '' ? nothing : html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
  }

  private close() {
    this.dispatchEvent(new CustomEvent('closed'));
  }
}

function code(text: string | undefined) {
  return text === undefined ? undefined : html`<code>${text}</code>`;
}

/* What is no JSON is shown as it is. */
function pretty(params: string): string {
  try {
    return JSON.stringify(JSON.parse(params), null, 2);
  } catch {
    return params;
  }
}
