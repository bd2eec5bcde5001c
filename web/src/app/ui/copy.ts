// SPDX-License-Identifier: MIT
// Copies a field's text. Without a secure context (http://nas) there is no clipboard API, so the old
// command is tried; where neither works the text stays selected for Ctrl+C.

export async function copyText(field: HTMLInputElement): Promise<boolean> {
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return field.ownerDocument.execCommand('copy');
  }
}
