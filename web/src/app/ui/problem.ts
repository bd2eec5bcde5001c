// SPDX-License-Identifier: MIT
// How an error is shown beside what caused it: the sentence, and what to do next. Read out at once.
import { css, html, nothing } from 'lit';
import type { ApiError } from '../../lib/api/client.js';

/** "in 40 seconds", "in 3 minutes". */
export function inTime(seconds: number): string {
  if (seconds < 90) {
    const whole = Math.max(1, Math.ceil(seconds));
    return `in ${whole} ${whole === 1 ? 'second' : 'seconds'}`;
  }
  return `in ${Math.ceil(seconds / 60)} minutes`;
}

/** What to do next, with the gateway's own figure where it gave one. */
export function remedyOf(error: ApiError): string {
  if (error.status === 429) {
    return error.retryAfter === undefined ? 'Try again in a while' : `Try again ${inTime(error.retryAfter)}`;
  }
  return error.code === 'PASSWORD_NEEDED' ? 'Confirm it to go on' : error.remedy;
}

export function problem(error: ApiError | undefined) {
  // The region is always there: a screen reader hears only changes of what it knows.
  return html`<div role="alert" class=${error ? 'problem' : 'no-problem'}>
    ${error ? html`<strong>${error.message}${error.message.endsWith('.') ? '' : '.'}</strong> ${remedyOf(error)}${remedyOf(error) === '' ? nothing : '.'}` : nothing}
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
