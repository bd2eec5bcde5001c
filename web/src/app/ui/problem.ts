// SPDX-License-Identifier: MIT
// How an error is shown beside what caused it: the sentence, and what to do next. Read out at once.
import { css, html, nothing } from 'lit';
import type { ApiError } from '../../lib/api/client.js';
import { remedyOf, sentence } from '../problems.js';

export function problem(error: ApiError | undefined) {
  // The region is always there: a screen reader hears only changes of what it knows.
  return html`<div role="alert" class=${error ? 'problem' : 'no-problem'}>
    ${error ? html`<strong>${sentence(error.message)}</strong> ${sentence(remedyOf(error))}` : nothing}
  </div>`;
}

export const problems = css`
  .problem {
    padding: 0.65rem 0.85rem; border-radius: var(--pb-radius-small); overflow-wrap: anywhere;
    background: var(--pb-error-soft); color: var(--pb-text); border-left: 3px solid var(--pb-error);
  }
  .no-problem { position: absolute; }
  .problem strong { font-weight: 600; }
`;
