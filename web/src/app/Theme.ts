// SPDX-License-Identifier: MIT
// Light, dark or as the system has it. The choice stays in this browser; the style sheet does the
// rest by the attribute data-theme of <html>.

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'playbus.theme';

export interface ChoiceStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export class Theme {
  private current: ThemeChoice;

  /** `store` is undefined where the browser keeps nothing for us. */
  constructor(
    private readonly root: HTMLElement,
    private readonly store: ChoiceStore | undefined,
  ) {
    this.current = this.stored();
    this.apply();
  }

  get choice(): ThemeChoice {
    return this.current;
  }

  choose(choice: ThemeChoice) {
    this.current = choice;
    this.apply();
    try {
      if (choice === 'system') {
        this.store?.removeItem(KEY);
      } else {
        this.store?.setItem(KEY, choice);
      }
    } catch {
      // Storage may be full or forbidden; the choice then lasts as long as the page.
    }
  }

  private stored(): ThemeChoice {
    try {
      const kept = this.store?.getItem(KEY);
      return kept === 'light' || kept === 'dark' ? kept : 'system';
    } catch {
      return 'system';
    }
  }

  private apply() {
    if (this.current === 'system') {
      delete this.root.dataset.theme;
    } else {
      this.root.dataset.theme = this.current;
    }
  }
}
