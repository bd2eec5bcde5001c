// SPDX-License-Identifier: MIT
// jsdom knows no modal dialogs: enough of them for tests that look at what stands in one. The real
// thing (focus, Escape, what lies below) is tested in the browser.

export function withDialogs() {
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
    this.open = false;
    this.dispatchEvent(new Event('close'));
  };
}
