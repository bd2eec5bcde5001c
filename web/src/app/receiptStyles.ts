// SPDX-License-Identifier: MIT
// How a receipt is laid out: its totals large, everything else in two columns that become one.
import { css } from 'lit';

export const receiptStyles = css`
  .card { display: grid; gap: 1.1rem; grid-template-columns: minmax(0, 1fr); }
  .card > header { margin: 0; justify-content: flex-start; }
  .buttons { margin-left: auto; display: flex; }
  h2 { scroll-margin-top: 1.5rem; }
  .totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, max-content)); gap: 0.75rem 2.5rem; }
  .totals dt { color: var(--pb-muted); font-size: 0.8438rem; }
  .totals dd { font-size: 1.5rem; line-height: 1.25; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
  .totals .none dd { color: var(--pb-muted); font-weight: 500; }
  .totals dd.more { color: var(--pb-muted); font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; }
  .failed {
    display: grid; gap: 0.3rem; padding: 0.8rem 1rem; border-left: 3px solid var(--pb-error);
    border-radius: var(--pb-radius-small); background: var(--pb-error-soft); overflow-wrap: anywhere;
  }
  .failed > p:first-child { color: var(--pb-error); }
  .origin { overflow-wrap: anywhere; }
  .columns {
    display: grid; gap: 1.75rem 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--pb-line);
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); align-items: start;
  }
  row-notes-table { padding-top: 1.25rem; border-top: 1px solid var(--pb-line); }
  td, th { padding-block: 0.4rem; }
  td.number { white-space: nowrap; overflow-wrap: normal; font-variant-numeric: tabular-nums; }
  .inset { padding-left: 1.2rem; color: var(--pb-muted); }
  .changes ul { margin-top: 0.4rem; padding-left: 1.2rem; display: grid; gap: 0.25rem; font-variant-numeric: tabular-nums; }
  @media (max-width: 30rem) {
    .card > header { display: grid; grid-template-columns: minmax(0, 1fr) auto; }
    .card > header .badge { grid-row: 2; grid-column: 1 / -1; justify-self: start; }
    .totals { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.75rem 1rem; }
  }
`;
