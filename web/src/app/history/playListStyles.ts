// SPDX-License-Identifier: MIT
// How the list of plays is laid out: one line a play where there is room, two on a phone; each as high
// as --row, each day as --day, whatever they hold.
import { css } from 'lit';

export const playListStyles = css`
  :host { --row: 3.25rem; --day: 2.75rem; }
  .plays { transition: opacity 0.15s; }
  .plays.old { opacity: 0.5; }
  .day {
    height: var(--day); padding-top: 1.1rem; color: var(--pb-muted); font-size: 0.8438rem; line-height: 1.5rem; font-weight: 560;
    overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  }
  ul { list-style: none; padding: 0; }
  .play {
    position: relative; display: grid; height: var(--row); gap: 0 0.9rem; align-items: center; overflow: hidden;
    grid-template-columns: 1.25rem minmax(0, 2.4fr) minmax(0, 1fr) 4.5rem 5.5rem 3.75rem minmax(0, auto);
    border-top: 1px solid var(--pb-line);
  }
  :host([admin]) .play { grid-template-columns: 1.25rem minmax(0, 2.4fr) minmax(0, 1fr) 4.5rem 5.5rem 3.75rem minmax(0, 1fr) minmax(0, auto); }
  .play > span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .play > .icon { color: var(--pb-muted); line-height: 0; overflow: visible; }
  .play:hover { background: var(--pb-surface-2); }
  .what { display: grid; }
  .what > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .what a { color: var(--pb-text); font-weight: 560; text-decoration: none; }
  .what a::after { content: ''; position: absolute; inset: 0; }
  .what a:focus-visible { outline: none; }
  .what a:focus-visible::after { outline: 2px solid var(--pb-accent); outline-offset: -2px; border-radius: 3px; }
  .play:hover a { color: var(--pb-accent); }
  .part { color: var(--pb-muted); font-size: 0.8125rem; }
  .when, .length, .far, .player { color: var(--pb-muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
  .length, .far { text-align: right; }
  .tick { margin-left: 0.3rem; color: var(--pb-ok); font-weight: 650; }
  @media (max-width: 62rem) {
    :host([admin]) .play { grid-template-columns: 1.25rem minmax(0, 2.4fr) minmax(0, 1fr) 4.5rem 5.5rem 3.75rem minmax(0, auto); }
    .player { display: none; }
  }
  @media (max-width: 40rem) {
    :host { --row: 4.25rem; }
    .play, :host([admin]) .play {
      grid-template: "icon what what far" auto "icon who when length" auto / 1.25rem minmax(0, auto) minmax(0, 1fr) auto;
      align-content: center; gap: 0.1rem 0.6rem;
    }
    .icon { grid-area: icon; align-self: start; padding-top: 0.15rem; }
    .what { grid-area: what; display: block; }
    .part { margin-left: 0.4rem; }
    .who { grid-area: who; color: var(--pb-muted); font-size: 0.8438rem; }
    .when { grid-area: when; }
    .length { grid-area: length; }
    .far { grid-area: far; }
    .sources { display: none; }
  }
`;
