// SPDX-License-Identifier: MIT
// RatePlot.ts - <rate-plot .progress .samples>: records per second over the life of a job. The job's
// samples make it whole after a reload; pushes make it longer. It is drawn at most every 5 s and
// only while it is seen, and holds a bounded number of points however long the job takes.
import { customElement, property } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import { duration } from '../../lib/format.js';
import type { JobSample, SyncProgress } from '../../lib/types/sync.js';
import { PlotElement } from './PlotElement.js';
import type { PlotOptions } from './plots.js';
import { RateSeries } from './RateSeries.js';
import { secondTicks, secondWords } from './ticks.js';

const DRAW_EVERY_MS = 5_000;
const FEW_POINTS = 2; // up to here each new one is drawn at once; fewer are no curve

@customElement('rate-plot')
export class RatePlot extends PlotElement {
  @property({ attribute: false }) progress!: SyncProgress;
  /** What the server kept of this job; absent until it was asked. */
  @property({ attribute: false }) samples: readonly JobSample[] | undefined;
  private readonly series = new RateSeries();
  private job: string | undefined;
  private drawnAt = -Infinity;

  protected override options(): PlotOptions {
    const series: PlotOptions['series'] = [{ label: 'Records/sec', colour: '--pb-accent' }];
    const words = (t: number): string => `After ${duration(t)}`;
    return { kind: 'line', height: 140, ticks: secondTicks, tickWords: (ticks) => ticks.map(secondWords), words, series };
  }

  protected override name(): string {
    return 'Rate, in records per second';
  }

  protected override ready() {
    this.draw();
  }

  /* Of the template only the words for an empty plot depend on pushes, and those but once. */
  protected override shouldUpdate(changed: PropertyValues): boolean {
    if (changed.has('progress')) this.followJob();
    if (changed.has('samples') && this.samples) this.begin(this.samples);
    const words = this.series.size < FEW_POINTS ? 'The curve begins once there are two samples' : '';
    const other = words !== this.instead;
    this.instead = words;
    return other || !this.hasUpdated || changed.has('point');
  }

  private followJob() {
    const { job_id: job, elapsed_seconds: t, records_per_second: rate, status } = this.progress;
    if (job !== this.job) {
      this.job = job;
      this.series.clear();
    }
    if (rate > 0) this.series.add(t, rate);
    const due = performance.now() - this.drawnAt >= DRAW_EVERY_MS || this.series.size <= FEW_POINTS;
    if ((due && document.visibilityState === 'visible') || status !== 'running') this.draw();
  }

  private begin(samples: readonly JobSample[]) {
    this.series.begin(samples);
    this.draw();
  }

  private draw() {
    if (!this.plot) return;
    this.drawnAt = performance.now();
    const [times, rates] = this.series.columns();
    this.show([[0, ...times], [0, ...rates]]); // every run begins with nothing
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'rate-plot': RatePlot;
  }
}
