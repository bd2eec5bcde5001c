// SPDX-License-Identifier: MIT
// ServerFields.ts - the fields of a server's form by its kind and by what opens it, and what stands below them when its
// certificate, or a password without encryption, has to be confirmed: a box that nobody ticks for the person.
import { css, html, nothing } from 'lit';
import type { ServerKind, ServerView } from '../../lib/types/schema.js';
import { KINDS, fingerprint } from './serverWords.js';

/** What opens a server: a token or API key, a name and a password, or a code that is typed there. */
export type Way = 'token' | 'password' | 'quick-connect';

const WAYS: Record<Way, string> = { token: 'API key', password: 'Name and password', 'quick-connect': 'Quick Connect' };

const PORTS: Record<ServerKind, string> = { plex: '32400', jellyfin: '8096', emby: '8096', tautulli: '8181' };

const made = 'Made in the dashboard of the server, on its page API Keys.';
const KEY_IS: Record<ServerKind, string> = {
  plex: 'The token of the account that owns the server.', jellyfin: made, emby: made, tautulli: 'Shown in Tautulli: Settings, Web Interface, API key.',
};

export function waysOf(kind: ServerKind, isNew: boolean): readonly Way[] {
  if (kind === 'plex' || kind === 'tautulli') return ['token'];
  return kind === 'jellyfin' && isNew ? ['token', 'password', 'quick-connect'] : ['token', 'password'];
}

export interface FieldsParts {
  /** What it is changed from; absent: it is a new one. */
  server?: ServerView;
  kind: ServerKind;
  way: Way;
  wrong: (field: string) => 'true' | 'false';
}

export function serverFields(parts: FieldsParts) {
  const { server, kind, way, wrong } = parts;
  const ways = waysOf(kind, server === undefined);
  return html`
    ${server ? nothing : choice('What it is', 'kind', Object.entries(KINDS), kind)}
    <label class="field"><span>Name</span>
      <input name="name" required maxlength="128" autocomplete="off" autofocus placeholder="What it is called here"
        .value=${server?.name ?? ''} aria-invalid=${wrong('name')}></label>
    <div class="field"><label class="name" for="address">Address</label>
      <input id="address" name="address" required maxlength="2048" inputmode="url" autocomplete="off" autocapitalize="none" spellcheck="false"
        placeholder="http://192.168.1.10:${PORTS[kind]}" .value=${server?.address ?? ''} aria-invalid=${wrong('address')} aria-describedby="address-hint">
      <small class="hint" id="address-hint">With http:// or https://, and with the path if a proxy has one for it.</small></div>
    ${ways.length > 1 ? choice('What opens it', 'way', ways.map((one) => [one, WAYS[one]] as const), way) : nothing}
    ${way === 'token' ? tokenField(parts) : way === 'password' ? passwordFields(parts) : html`<p class="small soft">Next you get a code,
      which an administrator of the server types in Jellyfin.</p>`}`;
}

function choice(legend: string, name: string, options: Iterable<readonly [string, string]>, chosen: string) {
  return html`<fieldset class="choice"><legend>${legend}</legend>
    ${[...options].map(([value, words]) => html`<label class="check"><input type="radio" name=${name} value=${value} .checked=${value === chosen}><span>${words}</span></label>`)}
  </fieldset>`;
}

function tokenField({ server, kind, wrong }: FieldsParts) {
  const keep = 'Leave it empty to keep what it has. With another host or port it has to be given again.';
  const fresh = KEY_IS[kind];
  return html`<div class="field"><label class="name" for="token">${kind === 'plex' ? 'Token' : 'API key'}</label>
    <input type="password" id="token" name="token" maxlength="1024" autocomplete="off" aria-invalid=${wrong('token')} aria-describedby="token-hint">
    <small class="hint" id="token-hint">${server?.has_token ? keep : `${fresh} It is kept sealed and never shown again.`}</small></div>`;
}

function passwordFields({ server, wrong }: FieldsParts) {
  return html`<label class="field"><span>User name</span>
      <input name="username" required maxlength="256" autocomplete="off" autocapitalize="none" spellcheck="false" .value=${server?.username ?? ''} aria-invalid=${wrong('username')}></label>
    <div class="field"><label class="name" for="password">Password</label>
      <input type="password" id="password" name="password" maxlength="1000" autocomplete="off" aria-invalid=${wrong('password')} aria-describedby="password-hint">
      <small class="hint" id="password-hint">Of an administrator of the server. It is exchanged for a token at once, and not kept.</small></div>`;
}

/** The network is the person's to judge. */
export function insecureField(asked: boolean) {
  if (!asked) return nothing;
  return html`<div class="certificate"><label class="check"><input type="checkbox" name="insecure_password" value="yes">
    <span>This network is mine alone: send the password unencrypted</span></label></div>`;
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
  .choice { display: flex; flex-wrap: wrap; gap: 0.35rem 1.25rem; border: 0; padding: 0; margin: 0; min-width: 0; }
  .choice legend { padding: 0; margin-bottom: 0.35rem; font-weight: 600; font-size: 0.875rem; }
  .certificate { display: grid; gap: 0.5rem; padding: 0.75rem 0.85rem; border: 1px solid var(--pb-line-strong); border-radius: var(--pb-radius-small); }
  .fingerprint { overflow-wrap: anywhere; font-size: 0.8438rem; }
`;
