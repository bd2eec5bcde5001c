// SPDX-License-Identifier: MIT
// The styles components share, as Lit style sheets (adopted, so the Content-Security-Policy allows
// them). Take the ones you need: `static styles = [base, buttons, css`…`]`.
import { css } from 'lit';

/** Boxes, headings, links, focus, reduced motion: every component takes it. */
export const base = css`
  :host { display: block; color: var(--pb-text); }
  :host([hidden]), [hidden] { display: none !important; }
  * { box-sizing: border-box; }
  h1, h2, h3, p, ul, dl, dd, figure { margin: 0; }
  h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
  h2 { font-size: 1.0625rem; line-height: 1.35; font-weight: 620; }
  h3 { font-size: 0.9375rem; line-height: 1.4; font-weight: 620; }
  a { color: var(--pb-accent); text-underline-offset: 0.15em; }
  a:hover { color: var(--pb-accent-hover); }
  code, .mono { font-family: var(--pb-mono); font-size: 0.9em; overflow-wrap: anywhere; }
  .soft { color: var(--pb-muted); }
  .small { font-size: 0.8438rem; }
  .number { font-variant-numeric: tabular-nums; }
  .only-heard {
    position: absolute; width: 1px; height: 1px; margin: -1px;
    overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  :focus-visible { outline: 2px solid var(--pb-accent); outline-offset: 2px; border-radius: 3px; }
  @media (prefers-reduced-motion: reduce) {
    * {
      animation-duration: 0.01ms !important; animation-iteration-count: 1 !important;
      transition: none !important; scroll-behavior: auto !important;
    }
  }
`;

/** button, button.primary, button.danger, button.quiet; a.button looks the same. */
export const buttons = css`
  button, a.button {
    display: inline-flex; align-items: center; justify-content: center; gap: 0.45em;
    min-height: 2.375rem; padding: 0.375rem 0.9rem; margin: 0;
    border: 1px solid var(--pb-line-strong); border-radius: var(--pb-radius-small);
    background: var(--pb-surface); color: var(--pb-text);
    font: inherit; font-weight: 560; text-decoration: none; cursor: pointer;
  }
  button:hover, a.button:hover { background: var(--pb-surface-2); color: var(--pb-text); }
  button:focus-visible, a.button:focus-visible { border-radius: var(--pb-radius-small); }
  button.primary { background: var(--pb-accent); border-color: var(--pb-accent); color: var(--pb-on-accent); }
  button.primary:hover { background: var(--pb-accent-hover); border-color: var(--pb-accent-hover); }
  button.danger { color: var(--pb-error); border-color: var(--pb-error); }
  button.danger:hover { background: var(--pb-error-soft); }
  button.danger.primary { background: var(--pb-error-fill); border-color: var(--pb-error-fill); color: var(--pb-on-error-fill); }
  button.danger.primary:hover { filter: brightness(0.92); }
  button.quiet { border-color: transparent; background: none; color: var(--pb-accent); padding-inline: 0.6rem; }
  button.quiet:hover { background: var(--pb-accent-soft); color: var(--pb-accent-hover); }
  button.quiet.danger { color: var(--pb-error); }
  button.quiet.danger:hover { background: var(--pb-error-soft); color: var(--pb-error); }
  button.small, a.button.small { min-height: 2rem; padding: 0.2rem 0.65rem; font-size: 0.875rem; }
  button:disabled, button[aria-disabled='true'] { opacity: 0.55; cursor: not-allowed; }
  .actions { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; }
`;

/** label.field > span, input, .hint, .wrong; label.check. */
export const fields = css`
  .field { display: grid; gap: 0.3rem; min-width: 0; grid-template-columns: minmax(0, 1fr); }
  .field > span, label.name { font-weight: 560; }
  input, select, textarea {
    width: 100%; min-width: 0; min-height: 2.375rem; padding: 0.375rem 0.7rem; margin: 0;
    border: 1px solid var(--pb-line-strong); border-radius: var(--pb-radius-small);
    background: var(--pb-surface); color: var(--pb-text); font: inherit;
  }
  input::placeholder { color: var(--pb-muted); opacity: 1; }
  input[aria-invalid='true'] { border-color: var(--pb-error); box-shadow: inset 0 0 0 1px var(--pb-error); }
  input:focus-visible, select:focus-visible, textarea:focus-visible {
    outline-offset: 0; border-radius: var(--pb-radius-small);
  }
  input[type='checkbox'], input[type='radio'] {
    width: 1.1rem; height: 1.1rem; min-height: 0; margin: 0.15rem 0 0; flex: none; accent-color: var(--pb-accent);
  }
  label.check { display: flex; gap: 0.6rem; align-items: flex-start; cursor: pointer; }
  .hint { color: var(--pb-muted); font-size: 0.8438rem; }
  .wrong { color: var(--pb-error); font-size: 0.875rem; }
  form { display: grid; gap: var(--pb-gap); margin: 0; }
`;

/** section.card with a header; .badge; dl.facts; p.empty. */
export const cards = css`
  .card {
    background: var(--pb-surface); border: 1px solid var(--pb-line); border-radius: var(--pb-radius);
    box-shadow: var(--pb-shadow); padding: 1.25rem;
  }
  .card > header {
    display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; justify-content: space-between;
    margin-bottom: 0.9rem;
  }
  .stack { display: grid; gap: var(--pb-gap); grid-template-columns: minmax(0, 1fr); }
  .stack > [asking] ~ * { visibility: hidden; } /* nobody presses what is about to move */
  .badge {
    display: inline-block; max-width: 100%; padding: 0.05rem 0.55rem; border-radius: 99px;
    overflow: hidden; text-overflow: ellipsis; vertical-align: middle;
    background: var(--pb-surface-2); color: var(--pb-muted); font-size: 0.8125rem; font-weight: 560; white-space: nowrap;
  }
  .badge.good { background: var(--pb-ok-soft); color: var(--pb-ok); }
  .badge.warn { background: var(--pb-warn-soft); color: var(--pb-warn); }
  .badge.bad { background: var(--pb-error-soft); color: var(--pb-error); }
  .badge.accent { background: var(--pb-accent-soft); color: var(--pb-accent); }
  .facts { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: 0.4rem 1.25rem; }
  .facts dt { color: var(--pb-muted); }
  .facts dd { overflow-wrap: anywhere; }
  .empty { color: var(--pb-muted); padding: 1.25rem 0; text-align: center; }
  @media (max-width: 30rem) {
    .card { padding: 1rem; }
    .facts { grid-template-columns: 7rem minmax(0, 1fr); gap: 0.4rem 0.5rem; }
  }
`;

/** ul.warnings: what a person should know of a source, a sentence each. */
export const warnings = css`
  .warnings { padding: 0; list-style: none; display: grid; gap: 0.3rem; }
  .warnings li {
    padding: 0.35rem 0.7rem; border-radius: 4px; background: var(--pb-warn-soft); font-size: 0.875rem;
    overflow-wrap: anywhere;
  }
`;

/** .table-scroll > table. At phone width `table.fold` turns rows into cards: give each td data-label. */
export const tables = css`
  .table-scroll { overflow-x: auto; margin-inline: -1.25rem; padding-inline: 1.25rem; }
  table { width: 100%; border-collapse: collapse; }
  th, td { padding: 0.55rem 0.75rem 0.55rem 0; text-align: left; vertical-align: baseline; }
  th { color: var(--pb-muted); font-weight: 560; font-size: 0.8438rem; white-space: nowrap; }
  thead tr, tbody tr { border-bottom: 1px solid var(--pb-line); }
  tbody tr:last-child { border-bottom: 0; }
  td.number, th.number { text-align: right; }
  td { overflow-wrap: break-word; }
  td.any-break { overflow-wrap: anywhere; min-width: 8rem; }
  tbody tr:last-child td { padding-bottom: 0.1rem; }
  td.row-actions { text-align: right; white-space: nowrap; padding: 0.25rem 0; }
  @media (max-width: 40rem) {
    .table-scroll { margin-inline: 0; padding-inline: 0; }
    table.fold, table.fold tbody, table.fold tr, table.fold td { display: block; }
    table.fold thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    table.fold tr { padding: 0.6rem 0; }
    table.fold td { display: grid; grid-template-columns: 6.25rem minmax(0, 1fr); gap: 0.5rem; padding: 0.2rem 0; text-align: left; }
    table.fold td.any-break { min-width: 0; overflow-wrap: anywhere; }
    table.fold td > * { justify-self: start; min-width: 0; max-width: 100%; overflow-wrap: anywhere; }
    table.fold td::before { content: attr(data-label); color: var(--pb-muted); }
    table.fold td.row-actions { display: flex; flex-wrap: wrap; gap: 0.25rem; white-space: normal; }
    table.fold td.row-actions::before { content: none; }
    table.fold td.row-actions > button:first-child { margin-left: -0.65rem; }
  }
`;
