// SPDX-License-Identifier: MIT
// upload.ts - sends a file with its progress shown, which fetch cannot do: hence XMLHttpRequest.
// Nothing is read into memory, and a cancelled upload leaves nothing on the server. It may take as
// long as it moves: when nothing was heard of it for a minute it is given up.
import { ApiError, abortedError, errorOf, networkError, type ApiClient, type Query } from './client.js';
import type { UploadStored } from '../types/sync.js';

export interface UploadOptions {
  /** Bytes sent so far, of how many. */
  onProgress?: (sent: number, total: number) => void;
  signal?: AbortSignal;
}

const NAME_MAX = 100; // bytes
const SILENCE_MS = 60_000;

function stalledError(): ApiError {
  return new ApiError({
    kind: 'timeout',
    code: 'TIMEOUT',
    message: 'The upload came to a halt',
    remedy: 'Check the connection, then upload the file again',
  });
}

/* The end of a text, in so many bytes at most: it has what the file is. */
function lastBytes(text: string, most: number): string {
  const letters = [...text];
  while (new TextEncoder().encode(letters.join('')).length > most) letters.shift();
  return letters.join('');
}

/** The file's name as the gateway takes it: of any alphabet, without what leaves a folder, hides or turns text. */
export function plainName(name: string): string {
  const plain = lastBytes(name.replace(/[\p{Cc}\p{Cf}\p{Cs}/]/gu, '_').replace(/\.part$/, '.part_'), NAME_MAX).replace(/^\.+/, '_');
  return /^[_ ]*$/.test(plain) ? 'database.db' : plain;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function sendFile(
  client: ApiClient,
  path: string,
  query: Query,
  file: Blob,
  options: UploadOptions,
): Promise<UploadStored> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const fail = (error: ApiError): void => reject(client.heard(error));
    const cancel = (): void => call.abort();
    let stalled = false;
    let silence: ReturnType<typeof setTimeout> | undefined;
    const moved = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        stalled = true;
        call.abort();
      }, SILENCE_MS);
    };
    call.open('POST', client.url(path, query));
    call.setRequestHeader('Content-Type', 'application/octet-stream');
    for (const [name, value] of Object.entries(client.headers())) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => {
      moved();
      options.onProgress?.(event.loaded, file.size);
    };
    call.onerror = () => fail(networkError());
    call.onabort = () => fail(stalled ? stalledError() : abortedError());
    call.onload = () => {
      const body = parsed(call.responseText);
      if (call.status === 201 && body !== undefined) resolve(body as UploadStored);
      else fail(errorOf(call.status, body, call.getResponseHeader('Retry-After')));
    };
    call.onloadend = () => {
      clearTimeout(silence);
      options.signal?.removeEventListener('abort', cancel);
    };
    options.signal?.addEventListener('abort', cancel, { once: true });
    if (options.signal?.aborted === true) {
      reject(abortedError());
      return;
    }
    moved();
    call.send(file);
  });
}
