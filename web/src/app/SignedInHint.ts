// SPDX-License-Identifier: MIT
// Whether this browser was signed in when it last looked: then everything can be asked for at once,
// without first asking who it is. It grants nothing; the gateway decides at each call.

const KEY = 'playbus.signed-in';

export class SignedInHint {
  /** `storage` is asked for at each use: merely touching window.localStorage may throw. */
  constructor(private readonly storage: () => Storage) {}

  get isSet(): boolean {
    try {
      return Date.parse(this.storage().getItem(KEY) ?? '') > Date.now();
    } catch {
      return false;
    }
  }

  /** `until` when the session is good; undefined: nobody is signed in who may ask for anything. */
  set(until: string | undefined) {
    try {
      if (until !== undefined) {
        this.storage().setItem(KEY, until);
      } else {
        this.storage().removeItem(KEY);
      }
    } catch {
      // One round of questions more at the next load.
    }
  }
}
