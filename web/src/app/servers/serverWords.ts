// SPDX-License-Identifier: MIT
// serverWords.ts - media servers and how they stand, in words.
import { html } from 'lit';
import { ApiError } from '../../lib/api/client.js';
import type { ServerKind, ServerTestResult, ServerView } from '../../lib/types/schema.js';

export const KINDS: Record<ServerKind, string> = { plex: 'Plex', jellyfin: 'Jellyfin', emby: 'Emby', tautulli: 'Tautulli' };

/** What is wrong with a server, as its newest test found; undefined: nothing is known to be. */
export function wrongOf(test: ServerTestResult | undefined): ApiError | undefined {
  if (!test || test.works) return undefined;
  const { code = 'SERVER_FAILED', error = 'The server cannot be used', remedy = '', certificate_sha256: shown } = test;
  const details = shown === undefined ? {} : { details: { code, certificate_sha256: shown } };
  return new ApiError({ kind: 'refused', code, message: error, remedy, ...details });
}

/** The certificate that can be confirmed. */
export function shownCertificate(error: ApiError | undefined): string | undefined {
  return error?.details?.certificate_sha256;
}

/** "AB:CD:…", as servers and browsers show it; a line ends after a colon. */
export function fingerprint(hex: string) {
  return (hex.toUpperCase().match(/../g) ?? []).map((pair, i) => (i === 0 ? pair : html`:<wbr>${pair}`));
}

/** How a server stands: a badge's kind and its words. */
export function standingOf({ enabled, test }: ServerView): [kind: string, words: string] {
  if (!enabled) return ['', 'Switched off'];
  if (!test) return ['', 'Not tested'];
  if (test.works) return ['good', 'Works'];
  if (test.code === 'SERVER_MAINTENANCE') return ['warn', 'In maintenance'];
  return ['bad', 'Does not work'];
}

/** Its token, of which nobody is told more than its end. */
export function tokenWords({ has_token: has, token_hint: hint, username }: ServerView): string {
  if (!has) return 'None';
  if (username !== null) return `Signed in as ${username}`;
  return `••••••••${hint ?? ''}`;
}

/** What it says of itself; undefined before a test was answered. */
export function selfWords({ server_name: name, version, owner }: ServerView): string | undefined {
  const parts = [name, version, owner === null ? null : `of ${owner}`].filter((part) => part !== null);
  return parts.length === 0 ? undefined : parts.join(', ');
}

export function pathOf({ id }: Pick<ServerView, 'id'>): string {
  return `/servers/${encodeURIComponent(id)}`;
}
