// SPDX-License-Identifier: MIT
// ListCard.ts - what cards with a list share: it is fetched when it is looked at, and again after each change.
// Until it is there the first time the card says so (`asking`): what is below it will move.
import { property } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import type { ApiClient } from '../../lib/api/client.js';
import { FormCard } from './FormCard.js';
import { Loaded } from './Loaded.js';
import { problem } from './problem.js';

export abstract class ListCard<Item> extends FormCard {
  @property({ attribute: false }) api!: ApiClient;
  @property({ type: Boolean }) active = false;
  private readonly list = new Loaded<readonly Item[]>(this, { ask: (signal) => this.fetchItems(signal), active: () => this.active });

  protected abstract fetchItems(signal: AbortSignal): Promise<readonly Item[]>;

  /** Undefined until it was fetched once. */
  protected get items(): readonly Item[] | undefined {
    return this.list.value;
  }

  override willUpdate(changed: PropertyValues) {
    if (changed.has('active') && this.active) {
      void this.load();
    }
    this.toggleAttribute('asking', this.items === undefined && this.list.problem === undefined);
  }

  load(): Promise<void> {
    return this.list.load();
  }

  protected override changed() {
    return this.load();
  }

  protected loadError() {
    return problem(this.list.problem);
  }
}
