// SPDX-License-Identifier: MIT
// PlotElement.ts - what every plot of the panel shares: uPlot is fetched when the first one is
// shown, its room is kept from the start (nothing jumps), it follows width and theme, and it is an
// image with a name for who cannot see it. Above it stands what its colours are, with the values of
// what is under the mouse; of nothing there is nothing to say.
import { LitElement, css, html, nothing, type CSSResult } from 'lit';
import { query, state } from 'lit/decorators.js';
import { fetched } from '../../lib/fetched.js';
import { count } from '../../lib/format.js';
import { base } from '../ui/styles.js';
import type { Plot, PlotOptions } from './plots.js';

export abstract class PlotElement extends LitElement {
  @query('.plot') private place!: HTMLElement;
  /** Stands in the place of a plot that would show nothing. */
  @state() protected instead = '';
  /** The point under the mouse. */
  @state() private point: number | undefined;
  protected plot: Plot | undefined;
  private data: number[][] = [];
  private undo: (() => void)[] = [];

  static override styles: CSSResult[] = [
    base,
    css`
      figure { position: relative; }
      .instead { position: absolute; inset: auto 0 3.5rem; text-align: center; }
      .plot[data-empty] > * { opacity: 0; }
      .plot { min-height: 140px; contain: layout style; }
      figcaption {
        display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; justify-content: space-between;
        margin-bottom: 0.35rem; font-size: 0.8125rem; color: var(--pb-muted);
      }
      figcaption h3 { color: var(--pb-text); }
      /* One line whatever it says: nothing jumps under the mouse. */
      .legend { display: flex; gap: 0.9rem; flex: 1 0 100%; height: 1.5em; overflow: hidden; white-space: nowrap; font-variant-numeric: tabular-nums; }
      .legend.one { flex: 0 1 auto; }
      .legend i { display: inline-block; width: 0.65rem; height: 0.65rem; margin-right: 0.35rem; border-radius: 2px; background: var(--pb-accent); }
      .legend i.--pb-line-strong { background: var(--pb-line-strong); }
      .where { font-weight: 560; }
    `,
  ];

  /** What is plotted, and what it is called. */
  protected abstract options(): PlotOptions;
  protected abstract name(): string;
  /** The plot is there: show what is known. */
  protected abstract ready(): void;
  /** A click on a point chose its place; nothing, unless a plot offers it. */
  protected picked(_x: number): void {}
  /** What stands below the plot. */
  protected below(): unknown {
    return nothing;
  }

  protected show(data: number[][]) {
    this.data = data;
    this.plot?.show(data);
    if (this.options().series.length > 1) this.requestUpdate(); // its legend
  }

  override render() {
    return html`<figure>
      <figcaption><h3>${this.name()}</h3>${this.legend()}</figcaption>
      <div class="plot" role="img" aria-label=${this.name()} ?data-empty=${this.instead !== ''} @click=${this.onClick}></div>
      ${this.instead === '' ? nothing : html`<p class="instead soft small">${this.instead}</p>`}
      ${this.below()}
    </figure>`;
  }

  private onClick() {
    const at = this.point === undefined ? undefined : this.data[0]?.[this.point];
    if (at !== undefined) this.picked(at);
  }

  /* It lies behind the next one everywhere: nothing of its colour is seen. */
  private isCovered(i: number): boolean {
    const [own, next] = [this.data[i + 1], this.data[i + 2]];
    return own !== undefined && next !== undefined && own.every((value, k) => value === next[k]);
  }

  private legend() {
    const { series, words } = this.options();
    const at = this.point === undefined ? undefined : this.data[0]?.[this.point];
    const value = (i: number): string => (at === undefined ? '' : ` ${count(this.data[i + 1]?.[this.point ?? 0] ?? 0)}`);
    return html`<span class="legend ${series.length === 1 ? 'one' : ''}" aria-hidden="true">
      ${at === undefined ? nothing : html`<span class="where">${words(at)}</span>`}
      ${series.length === 1 && at === undefined ? nothing : series.map((one, i) => this.isCovered(i) ? nothing : html`<span><i class=${one.colour}></i>${one.label}${value(i)}</span> `)}
    </span>`;
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
    this.plot = makePlot(this.place, this.options(), (point) => (this.point = point));
    this.follow(this.plot);
    this.ready();
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
