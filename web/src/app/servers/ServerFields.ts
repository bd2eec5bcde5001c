// SPDX-License-Identifier: MIT
// ServerFields.ts - the fields of a server's form, and what stands below them when its certificate has to be
// confirmed: its fingerprint, and a box that nobody ticks for the person.
import { css, html, nothing } from 'lit';
import type { ServerView } from '../../lib/types/schema.js';
import { fingerprint } from './serverWords.js';

export interface FieldsParts {
  /** What it is changed from; absent: it is a new one. */
  server?: ServerView;
  wrong: (field: string) => 'true' | 'false';
}

export function serverFields({ server, wrong }: FieldsParts) {
  const hint = server?.has_token
    ? 'Leave it empty to keep the one it has. With another host or port it has to be given again.'
    : 'The token of the account that owns the server. It is kept sealed and never shown again.';
  return html`
    <label class="field"><span>Name</span>
      <input name="name" required maxlength="128" autocomplete="off" autofocus placeholder="What it is called here"
        .value=${server?.name ?? ''} aria-invalid=${wrong('name')}></label>
    <div class="field"><label class="name" for="address">Address</label>
      <input id="address" name="address" required maxlength="2048" inputmode="url" autocomplete="off" autocapitalize="none" spellcheck="false"
        placeholder="http://192.168.1.10:32400" .value=${server?.address ?? ''} aria-invalid=${wrong('address')} aria-describedby="address-hint">
      <small class="hint" id="address-hint">With http:// or https://, and with the path if a proxy has one for it.</small></div>
    <div class="field"><label class="name" for="token">Token</label>
      <input type="password" id="token" name="token" maxlength="1024" autocomplete="off" aria-invalid=${wrong('token')} aria-describedby="token-hint">
      <small class="hint" id="token-hint">${hint}</small></div>`;
}

/** `sha256` of the certificate that was shown; undefined: there is nothing to confirm. */
export function certificateField(sha256: string | undefined) {
  if (sha256 === undefined) return nothing;
  return html`<div class="certificate">
    <p>Fingerprint (SHA-256) of the certificate that was shown:</p>
    <p class="fingerprint mono">${fingerprint(sha256)}</p>
    <label class="check"><input type="checkbox" name="certificate" value=${sha256}>
      <span>It is the same as the server's own: trust this certificate, and no other</span></label>
  </div>`;
}

export const certificateStyles = css`
  .certificate { display: grid; gap: 0.5rem; padding: 0.75rem 0.85rem; border: 1px solid var(--pb-line-strong); border-radius: var(--pb-radius-small); }
  .fingerprint { overflow-wrap: anywhere; font-size: 0.8438rem; }
`;
