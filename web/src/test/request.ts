// SPDX-License-Identifier: MIT
// request.ts - an XMLHttpRequest for tests of uploads.

/** A request whose course is told by hand. */
export class FakeRequest {
  static readonly sent: FakeRequest[] = [];
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  readonly headers: Record<string, string> = {};
  onload = (): void => undefined;
  onabort = (): void => undefined;
  onloadend = (): void => undefined;
  aborted = false;
  status = 0;
  responseText = '';

  open(): void {}

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  getResponseHeader(): null {
    return null;
  }

  send(): void {
    FakeRequest.sent.push(this);
  }

  abort(): void {
    this.aborted = true;
    this.onabort();
    this.onloadend();
  }

  answers(status: number, body: object): void {
    Object.assign(this, { status, responseText: JSON.stringify(body) });
    this.onload();
    this.onloadend();
  }
}
