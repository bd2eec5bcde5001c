// SPDX-License-Identifier: MIT
// RatePlot.ts - <rate-plot .api .progress>: records per second over the life of a job. The job's
// samples make it whole after a reload; pushes make it longer. It is drawn at most every 5 s and
// only while it is seen, and holds a bounded number of points however long the job takes.
import { customElement, property } from 'lit/decorators.js';
import type { PropertyValues } from 'lit';
import type { SyncApi } from '../../lib/api/sync.js';
import { duration } from '../../lib/format.js';
import type { SyncProgress } from '../../lib/types/sync.js';
import { PlotElement } from './PlotElement.js';
import type { Plot, PlotOptions } from './plots.js';
import { RateSeries } from './RateSeries.js';

const DRAW_EVERY_MS = 5_000;
const FEW_POINTS = 2; // up to here each new one is drawn at once; fewer are no curve

@customElement('rate-plot')
export class RatePlot extends PlotElement {
  @property({ attribute: false }) api!: SyncApi;
  @property({ attribute: false }) progress!: SyncProgress;
  private readonly series = new RateSeries();
  private job: string | undefined;
  private drawnAt = -Infinity;

  protected override options(): PlotOptions {
    const series: PlotOptions['series'] = [{ label: 'Records/sec', colour: '--pb-accent' }];
    return { kind: 'line', height: 140, x: { label: 'At', words: duration, time: false }, series };
  }

  protected override name(): string {
    return 'Rate, in records per second';
  }

  protected override ready() {
    this.draw();
  }

  /* Of the template only the words for an empty plot depend on pushes, and those but once. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    if (changed.has('progress')) this.followJob();
    const words = this.series.size < FEW_POINTS ? 'The curve begins once there are two samples' : '';
    const other = words !== this.instead;
    this.instead = words;
    return other || !this.hasUpdated;
  }

  private followJob() {
    const { job_id: job, elapsed_seconds: t, records_per_second: rate, status } = this.progress;
    if (job !== this.job) {
      this.job = job;
      this.series.clear();
      if (job !== undefined) void this.fetchSamples(job);
    }
    if (rate > 0) this.series.add(t, rate);
    const due = performance.now() - this.drawnAt >= DRAW_EVERY_MS || this.series.size <= FEW_POINTS;
    if ((due && document.visibilityState === 'visible') || status !== 'running') this.draw();
  }

  private async fetchSamples(job: string) {
    try {
      const { samples } = await this.api.job(job);
      if (job !== this.job) return;
      this.series.begin(samples);
      this.draw();
      this.requestUpdate();
    } catch {
      // Pushes go on drawing from here.
    }
  }

  private draw() {
    const plot: Plot | undefined = this.plot;
    if (!plot) return;
    this.drawnAt = performance.now();
    const [times, rates] = this.series.columns();
    plot.show([[0, ...times], [0, ...rates]]); // every run begins with nothing
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'rate-plot': RatePlot;
  }
}
