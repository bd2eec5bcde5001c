// SPDX-License-Identifier: MIT
// faults.mjs - what can be made to go wrong while a server runs. Each is a row of the table below: it makes
// the answer, changes the answer that was made, or sends it in a way of its own; the names that only stand
// in `reads` are looked at by the routes. Every one takes also
//   path   only requests whose path begins so      after  so many such requests are answered well first
//   host   'plex' (default), 'plexTv' or 'both'    times  only so many answers, then all is well again
import { html, plain, text } from './answers.mjs';

const table = {
  /** A server that starts or migrates, on every path, /identity too [live]. */
  maintenance: {
    answer: ({ status = 'Plex Media Server is currently running database migrations.' }) =>
      plain(503, 'Response', { code: 503, title: 'Maintenance', status }),
  },
  /** A token refused: HTML although JSON was asked [live]. */
  unauthorized: { answer: () => html(401, 'Unauthorized') },
  /** A token without the right; the form is assumed to be that of 401 [?]. */
  forbidden: { answer: () => html(403, 'Forbidden') },
  /** A path that this server has not [client: endpoints of Plex Pass]. */
  missing: { answer: () => html(404, 'Not Found') },
  /** Any status, with any body: a proxy's 503, sqlite trouble, a 400. */
  status: {
    answer: ({ code = 500, type = 'text/html', body = `<html><body>${code}</body></html>`, headers = {} }) =>
      text(code, type, body, headers),
  },
};

/** Names that routes look at themselves. */
const reads = new Set(['wrongIdentity']);

export const faultNames = [...Object.keys(table), ...reads];

export class Faults {
  #active = new Map();

  set(name, options = {}) {
    if (!faultNames.includes(name)) throw new Error(`no fault is called ${name}; there are ${faultNames.join(', ')}`);
    this.#active.set(name, { ...options, passed: 0, left: options.times ?? Infinity });
  }

  clear(name) {
    if (name === undefined) this.#active.clear();
    else this.#active.delete(name);
  }

  names() {
    return [...this.#active.keys()];
  }

  /** The faults of one request, by name; those that are counted count it. */
  of(ask) {
    const mine = new Map();
    for (const [name, fault] of this.#active) {
      if (!concerns(fault, ask)) continue;
      fault.passed += 1;
      if (fault.passed <= (fault.after ?? 0) || fault.left <= 0) continue;
      fault.left -= 1;
      mine.set(name, fault);
    }
    return mine;
  }
}

function concerns({ host = 'plex', path = '' }, ask) {
  return (host === 'both' || host === ask.host) && ask.path.startsWith(path);
}

/** The answer that a fault puts in place of the real one, or undefined. */
export function answerOf(faults, ask) {
  for (const [name, options] of faults) {
    if (table[name]?.answer) return table[name].answer(options, ask);
  }
  return undefined;
}

/** The answer after every fault that changes one. */
export function changed(answer, faults, ask) {
  let now = answer;
  for (const [name, options] of faults) {
    if (table[name]?.change) now = table[name].change(now, options, ask);
  }
  return now;
}

/** The way a fault sends what was rendered, or undefined. */
export function senderOf(faults) {
  for (const [name, options] of faults) {
    if (table[name]?.send) return (response, rendered, ask) => table[name].send(response, rendered, options, ask);
  }
  return undefined;
}
