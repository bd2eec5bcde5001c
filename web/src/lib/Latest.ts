// SPDX-License-Identifier: MIT
// Latest.ts - of several questions only the last one counts: a new one cancels the one before.

export class Latest {
  private asked: AbortController | undefined;

  /** For the new question: aborted as soon as there is a newer one. */
  begin(): AbortSignal {
    this.cancel();
    this.asked = new AbortController();
    return this.asked.signal;
  }

  cancel(): void {
    this.asked?.abort();
  }
}
