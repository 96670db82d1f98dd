// Runs one script with two clients, of which one reports slices and the other one rows.

import { expect, onTestFinished } from 'vitest';
import type { DeliveryError } from '../../../src/diagnostics/errors.js';
import type { EngineName } from '../../../src/engine/engine.js';
import type { HttpReporter } from '../../../src/http/http-reporter.js';
import type { HttpReporterOptions, MemoryReporter, StartOptions, ThreadStats, ThreadStatsOptions } from '../../../src/index.js';
import { type Intake, type ReceivedDistribution, startIntake } from '../../../src/intake/index.js';
import { startClient } from '../../support/client.js';
import { reporterTo } from './reporter.js';

/** Opens an intake that is closed when the test ends. */
export async function openIntake(): Promise<Intake> {
  const intake = await startIntake();
  onTestFinished(() => intake.close());
  return intake;
}

/** Options of both clients and both reporters. */
export interface Setup {
  reporter?: HttpReporterOptions;
  client?: ThreadStatsOptions;
  start?: StartOptions;
}

/** Records samples, and may flush. Everything is flushed afterwards. */
export type Script = (stats: ThreadStats, clock: { seconds: number }) => void | Promise<void>;

/** Two clients that do the same. One reports slices to `direct`; the rows of the other one are reported to `rows`. */
export class BothWays {
  readonly #engine: EngineName;
  readonly #setup: Setup;
  readonly direct: Intake;
  readonly rows: Intake;

  static async open(engine: EngineName, setup: Setup = {}): Promise<BothWays> {
    return new BothWays(engine, setup, await openIntake(), await openIntake());
  }

  private constructor(engine: EngineName, setup: Setup, direct: Intake, rows: Intake) {
    this.#engine = engine;
    this.#setup = setup;
    this.direct = direct;
    this.rows = rows;
  }

  /** Returns the client that reports slices, its errors, and the failures to send the rows of the other one. */
  async run(script: Script) {
    const { reporter = {}, client, start } = this.#setup;
    this.direct.clear();
    this.rows.clear();
    const direct = startClient(this.#engine, { ...client, reporter: reporterTo(this.direct.url, reporter) }, start);
    const memory = startClient(this.#engine, client, start);
    for (const { stats, clock } of [direct, memory]) {
      await script(stats, clock);
      await stats.flush(Number.POSITIVE_INFINITY);
    }
    const failures = await send(memory.reporter, reporterTo(this.rows.url, reporter));
    return { stats: direct.stats, errors: direct.errors, memory: memory.reporter, failures };
  }

  /** Expects that neither intake refused a request, and that both received the same rows in the same order. */
  expectSame(): void {
    const requests = [...this.direct.requests, ...this.rows.requests];
    expect(requests.filter(({ refusal }) => refusal !== null)).toEqual([]);
    expect(this.direct.metrics).toEqual(this.rows.metrics);
    expect(joined(this.direct.distributions)).toEqual(joined(this.rows.distributions));
  }
}

/** Reports the rows of a MemoryReporter, and returns the failures. */
export async function send({ metrics, distributions }: MemoryReporter, reporter: HttpReporter): Promise<DeliveryError[]> {
  const failures: DeliveryError[] = [];
  const keep = (error: DeliveryError): number => failures.push(error);
  if (metrics.length > 0) await reporter.flushMetrics([...metrics]).catch(keep);
  if (distributions.length > 0) await reporter.flushDistributions([...distributions]).catch(keep);
  return failures;
}

/** Joins the values of distributions that follow each other and differ in nothing else. */
export function joined(distributions: readonly ReceivedDistribution[]): ReceivedDistribution[] {
  const result: ReceivedDistribution[] = [];
  let lastKey = '';
  for (const { points, ...series } of distributions) {
    expect(points).toHaveLength(1);
    const [timestampSeconds, values] = points[0];
    expect(values.length).toBeGreaterThan(0);
    const key = JSON.stringify([series, timestampSeconds]);
    if (key === lastKey) for (const value of values) result.at(-1)!.points[0][1].push(value);
    else result.push({ ...series, points: [[timestampSeconds, [...values]]] });
    lastKey = key;
  }
  return result;
}
