// SPDX-License-Identifier: MIT
// WeekBars.ts - <week-bars .days .values what="play">: seven small columns, today's last. Small enough to stand fifty times
// on a page: plain SVG, of which an update changes attributes. Who cannot see it hears every figure.
import { LitElement, css, html, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { counted } from '../../lib/format.js';
import { base } from '../ui/styles.js';

const STEP = 20;
const BAR = 14;
const HEIGHT = 40;
const LEAST = 1.5; // of a day without any: a line to stand on

const dayName = new Intl.DateTimeFormat(undefined, { weekday: 'long' });
const dayLetter = new Intl.DateTimeFormat(undefined, { weekday: 'narrow' });

/** Height of each column; what is not nothing can be seen. */
export function heights(values: readonly number[]): number[] {
  const most = Math.max(1, ...values);
  return values.map((value) => (value === 0 ? LEAST : Math.max(3, (value / most) * HEIGHT)));
}

@customElement('week-bars')
export class WeekBars extends LitElement {
  /** Any moment of each. */
  @property({ attribute: false }) days: readonly Date[] = [];
  @property({ attribute: false }) values: readonly number[] = [];
  /** One of what is counted. */
  @property() what = 'play';

  static override styles = [
    base,
    css`
      :host { contain: layout style; width: 7.5rem; }
      svg { display: block; width: 100%; height: auto; }
      rect { fill: var(--pb-accent); }
      rect.none { fill: var(--pb-line-strong); }
      text { fill: var(--pb-muted); font-size: 10px; text-anchor: middle; }
      text.today { fill: var(--pb-text); font-weight: 650; }
    `,
  ];

  override render() {
    const { days, values, what } = this;
    const said = days.map((day, i) => `${dayName.format(day)} ${values[i] ?? 0}`).join(', ');
    const tall = heights(values);
    const width = days.length * STEP;
    return html`<svg viewBox="0 0 ${width} ${HEIGHT + 14}" role="img" aria-label="${what}s by day: ${said}">
      ${days.map((day, i) => {
        const height = tall[i] ?? LEAST;
        const middle = i * STEP + STEP / 2;
        return svg`<g><title>${dayName.format(day)}: ${counted(values[i] ?? 0, what)}</title>
          <rect class=${(values[i] ?? 0) === 0 ? 'none' : ''} x=${middle - BAR / 2} y=${HEIGHT - height} width=${BAR} height=${height} rx="1.5"></rect>
          <text class=${i === days.length - 1 ? 'today' : ''} x=${middle} y=${HEIGHT + 12}>${dayLetter.format(day)}</text></g>`;
      })}
    </svg>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'week-bars': WeekBars;
  }
}
