// SPDX-License-Identifier: MIT
import { LitElement, html } from 'lit';
import { customElement } from 'lit/decorators.js';
import { expect, it } from 'vitest';
import { Store } from '../../lib/Store.js';
import { StoreWatch } from './StoreWatch.js';

interface Figures {
  status: string;
  rows: number;
}

/* A store that counts who follows it. */
class Counted extends Store<Figures> {
  followers = 0;

  set(part: Partial<Figures>): void {
    this.change(part);
  }

  override subscribe(listener: (state: Figures) => void): () => void {
    this.followers += 1;
    const undo = super.subscribe(listener);
    return () => {
      this.followers -= 1;
      undo();
    };
  }
}

@customElement('watch-test')
class WatchTest extends LitElement {
  store = new Counted({ status: 'idle', rows: 0 });
  renders = 0;
  readonly seen = new StoreWatch(this, () => this.store, (state) => state.status);

  override render() {
    this.renders += 1;
    return html`${this.seen.value}`;
  }
}

function shown() {
  const element = new WatchTest();
  document.body.append(element);
  return element;
}

it('a component renders again only when what it watches has changed', async () => {
  const element = shown();
  await element.updateComplete;
  element.store.set({ status: 'running' });
  await element.updateComplete;
  const before = element.renders;
  element.store.set({ rows: 1 });
  await element.updateComplete;
  expect(element.renders).toBe(before);
  element.store.set({ status: 'completed' });
  await element.updateComplete;
  expect(element.shadowRoot?.textContent).toBe('completed');
});

it('a component that was taken out follows nothing, even if an answer of its own renders it once more', async () => {
  const element = shown();
  await element.updateComplete;
  expect(element.store.followers).toBe(1);
  element.remove();
  element.requestUpdate();
  await element.updateComplete;
  expect(element.store.followers).toBe(0);
  document.body.append(element);
  await element.updateComplete;
  expect(element.store.followers).toBe(1);
});
