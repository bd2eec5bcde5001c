// SPDX-License-Identifier: MIT
// command.ts - what to do, with the command that does it set off from the sentence: it is to be copied.
import { html, type TemplateResult } from 'lit';

export function withCommand(words: string): TemplateResult | string {
  const [, sentence, command] = /^(.*: )(sqlite3 .+)$/.exec(words) ?? [];
  return command === undefined ? words : html`${sentence}<code>${command}</code>`;
}
