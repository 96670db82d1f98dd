import { expect } from 'vitest';
import { type Rig, START } from './client.js';

/** Samples that must arrive, whatever else is recorded between them. */
export class GoodSamples {
  readonly #rig: Rig;
  readonly #handle;
  #recorded = 0;

  constructor(rig: Rig) {
    this.#rig = rig;
    this.#handle = rig.stats.createCounter('good.handle', ['good']);
  }

  record(): void {
    const { stats } = this.#rig;
    stats.increment('good', 1);
    stats.increment('good', 1, ['good']);
    stats.increment('good', 1, { tags: { good: 'yes' }, host: 'good' });
    stats.distribution('good.values', this.#recorded, ['good']);
    this.#handle.increment();
    this.#recorded++;
  }

  get count(): number {
    return 5 * this.#recorded;
  }

  async expectAll(): Promise<void> {
    const { stats, reporter } = this.#rig;
    await stats.flush(Number.POSITIVE_INFINITY);
    const good = reporter.metrics.filter(({ metric }) => metric.startsWith('good'));
    expect(good.map(({ metric, tags, host, points }) => [metric, tags.join(), host, ...points[0]])).toEqual([
      ['good', '', null, START, this.#recorded],
      ['good', 'good', null, START, this.#recorded],
      ['good', 'good:yes', 'good', START, this.#recorded],
      ['good.handle', 'good', null, START, this.#recorded],
    ]);
    const values = reporter.distributions.filter(({ metric }) => metric === 'good.values');
    expect(values).toMatchObject([{ tags: ['good'], points: [[START, Array.from({ length: this.#recorded }, (_, i) => i)]] }]);
  }
}
