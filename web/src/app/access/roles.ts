// SPDX-License-Identifier: MIT
// What the two roles are called, and what each may do: the same words wherever one is chosen.
import { html } from 'lit';
import type { UserView } from '../../lib/types/schema.js';

export function roleName(role: string | undefined): string {
  return role === 'admin' ? 'Administrator' : 'Viewer';
}

/** A field named `role`. */
export function roleField(chosen: UserView['role']) {
  return html`<label class="field"><span>Role</span><select name="role">
    <option value="viewer" ?selected=${chosen === 'viewer'}>Viewer: sees the history and how imports went</option>
    <option value="admin" ?selected=${chosen === 'admin'}>Administrator: may do everything</option>
  </select></label>`;
}
