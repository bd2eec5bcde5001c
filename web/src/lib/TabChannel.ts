// SPDX-License-Identifier: MIT
// TabChannel.ts - three words between the tabs of one browser. No state travels here: each tab
// follows the server, so tabs cannot disagree with it or with each other for long.

export type TabWord = 'signed-in' | 'signed-out' | 'refetch';

const NAME = 'playbus';
const WORDS: readonly unknown[] = ['signed-in', 'signed-out', 'refetch'];

export interface Tabs {
  send(word: TabWord): void;
  listen(hear: (word: TabWord) => void): () => void;
}

export class TabChannel implements Tabs {
  private readonly channel: BroadcastChannel | undefined;

  constructor(make: () => BroadcastChannel = () => new BroadcastChannel(NAME)) {
    try {
      this.channel = make();
    } catch {
      this.channel = undefined; // not in this browser: each tab learns from the server alone
    }
  }

  send(word: TabWord): void {
    this.channel?.postMessage(word);
  }

  listen(hear: (word: TabWord) => void): () => void {
    const channel = this.channel;
    const on = (event: MessageEvent): void => {
      if (WORDS.includes(event.data)) hear(event.data as TabWord);
    };
    channel?.addEventListener('message', on);
    return () => channel?.removeEventListener('message', on);
  }
}
