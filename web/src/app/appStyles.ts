// SPDX-License-Identifier: MIT
// Where things stand on the page: header, sign-in sheet, skip link.
import { css } from 'lit';

export const appStyles = css`
  header { border-bottom: 1px solid var(--pb-line); background: var(--pb-surface); }
  .bar {
    display: flex; gap: 0.5rem 1rem; align-items: center; justify-content: space-between;
    max-width: 76rem; margin: 0 auto; padding: 0.6rem 1.5rem;
  }
  .brand {
    display: inline-flex; gap: 0.6rem; align-items: center; min-height: 2.375rem;
    color: var(--pb-text); font-size: 1.0625rem; font-weight: 680; letter-spacing: -0.01em; text-decoration: none;
  }
  a.brand:hover { color: var(--pb-text); }
  .who { display: flex; gap: 0.5rem 0.9rem; align-items: center; min-width: 0; }
  .who button { white-space: nowrap; }
  .themes { display: inline-flex; gap: 0.5rem; align-items: center; color: var(--pb-muted); font-size: 0.875rem; }
  .name { color: var(--pb-muted); max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .theme {
    width: auto; min-height: 2rem; padding: 0.15rem 0.4rem; font-size: 0.875rem;
    color: var(--pb-muted); border-color: var(--pb-line); background: var(--pb-surface);
  }
  .skip { position: absolute; left: 1rem; top: -4rem; z-index: 2; }
  .skip:focus { top: 0.75rem; }
  .welcome {
    min-height: 100vh; min-height: 100dvh; display: grid; gap: 1.25rem; place-content: center; justify-items: center;
    padding: 2rem 1rem; grid-template-columns: minmax(0, 26rem);
  }
  .sheet {
    width: 100%; padding: 1.75rem; background: var(--pb-surface); border: 1px solid var(--pb-line);
    border-radius: calc(var(--pb-radius) + 4px); box-shadow: var(--pb-shadow);
  }
  .sheet > h1 { margin-bottom: 1.1rem; }
  .waiting { min-height: 100vh; min-height: 100dvh; display: grid; place-content: center; padding: 1rem; text-align: center; }
  .late { animation: late 0.2s 0.6s both; }
  @keyframes late { from { opacity: 0; } }
  @media (max-width: 30rem) {
    .bar { padding-inline: 1rem; gap: 0.5rem; flex-wrap: wrap; }
    .who { gap: 0.5rem; }
    .brand { gap: 0.45rem; }
    header .themes > span { display: none; }
    .name { display: none; }
    .sheet { padding: 1.25rem; }
  }
  @media (max-width: 22.5rem) {
    .bar { padding-inline: 0.75rem; gap: 0.35rem; }
    .brand { font-size: 1rem; }
    .theme { padding-inline: 0.15rem; font-size: 0.8125rem; }
    .who button { padding-inline: 0.5rem; font-size: 0.8125rem; }
  }
`;
