// SPDX-License-Identifier: MIT
// PlotElement.ts - what every plot of the panel shares: uPlot is fetched when the first one is
// shown, its room is kept from the start (nothing jumps), it follows width and theme, and it is an
// image with a name for who cannot see it.
import { LitElement, css, html, nothing, type CSSResult } from 'lit';
import { query, state } from 'lit/decorators.js';
import { fetched } from '../../lib/fetched.js';
import { base } from '../ui/styles.js';
import type { Plot, PlotOptions } from './plots.js';

export abstract class PlotElement extends LitElement {
  @query('.plot') private place!: HTMLElement;
  /** Stands in the place of a plot that would show nothing. */
  @state() protected instead = '';
  protected plot: Plot | undefined;
  private undo: (() => void)[] = [];

  static override styles: CSSResult[] = [
    base,
    css`
      figure { position: relative; }
      .instead { position: absolute; inset: auto 0 3.5rem; text-align: center; }
      .plot[data-empty] > * { opacity: 0; }
      .plot { min-height: 140px; contain: layout style; }
      figcaption { font-size: 0.8125rem; color: var(--pb-muted); margin-bottom: 0.25rem; }
    `,
  ];

  /** What is plotted, and what it is called. */
  protected abstract options(): PlotOptions;
  protected abstract name(): string;
  /** The plot is there: show what is known. */
  protected abstract ready(plot: Plot): void;

  override render() {
    return html`<figure>
      <figcaption>${this.name()}</figcaption>
      <div class="plot" role="img" aria-label=${this.name()} ?data-empty=${this.instead !== ''}></div>
      ${this.instead === '' ? nothing : html`<p class="instead soft small">${this.instead}</p>`}
    </figure>`;
  }

  override firstUpdated() {
    void this.load();
  }

  override connectedCallback() {
    super.connectedCallback();
    if (this.hasUpdated) void this.load();
  }

  override disconnectedCallback() {
    super.disconnectedCallback();
    for (const undo of this.undo.splice(0)) undo();
    this.plot?.destroy();
    this.plot = undefined;
  }

  private async load() {
    const { makePlot, plotStyles } = await fetched(() => import('./plots.js'));
    if (!this.isConnected || this.plot) return;
    const sheet = plotStyles.styleSheet;
    const root = this.shadowRoot;
    if (sheet && root && !root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    this.plot = makePlot(this.place, this.options());
    this.follow(this.plot);
    this.ready(this.plot);
  }

  private follow(plot: Plot) {
    const size = new ResizeObserver(() => plot.resize(this.place.clientWidth));
    size.observe(this.place);
    const theme = new MutationObserver(() => plot.redraw());
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => plot.redraw();
    dark.addEventListener('change', redraw);
    this.undo = [() => size.disconnect(), () => theme.disconnect(), () => dark.removeEventListener('change', redraw)];
  }
}
