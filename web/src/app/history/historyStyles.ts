// SPDX-License-Identifier: MIT
// How the History page is laid out.
import { css } from 'lit';

export const historyStyles = css`
  .totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, max-content)); gap: 0.75rem 2.5rem; margin-top: 1.1rem; min-height: 4.2rem; align-content: start; }
  .totals.old { opacity: 0.55; }
  .totals dt { color: var(--pb-muted); font-size: 0.8438rem; }
  .totals dd { font-size: 1.5rem; line-height: 1.25; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -0.01em; }
  .totals dd.more { color: var(--pb-muted); font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; }
  .waiting { margin-top: 1.1rem; min-height: 4.2rem; }
  .charts { display: grid; gap: 1.5rem 2.5rem; grid-template-columns: minmax(0, 1.7fr) minmax(0, 1fr); }
  .status { min-height: 1.5em; margin-top: -0.5rem; }
  .status:empty { min-height: 0; }
  .nothing { color: var(--pb-muted); padding: 1.75rem 1rem; display: grid; gap: 0.75rem; justify-items: center; text-align: center; }
  .nothing h2 { color: var(--pb-text); }
  .end { text-align: center; padding-top: 1rem; }
  @media (max-width: 62rem) { .charts { grid-template-columns: minmax(0, 1fr); } }
  @media (max-width: 30rem) { .totals { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.75rem 1rem; } }
`;
