// This folder sends rows to Datadog's HTTP intake. Its front door is HttpReporter for users, and HttpPipeline inside the package:
// that one runs on the main thread and in the worker. encode/ makes payloads of rows, delivery/ queues and retries them, spool/
// keeps them in files, and transport/ makes the requests. The folder may import engine/, flush/, diagnostics/, options/, runtime/
// and model/.

import type { Reporter, ReporterTelemetry } from '../flush/reporter.js';
import { sliceReporter } from '../flush/slice-reporter.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';
import { type Environment, processEnvironment } from '../options/environment.js';
import { HttpPipeline } from './http-pipeline.js';
import { type HttpReporterOptions, resolveReporterOptions } from './options.js';
import { HttpSettings } from './settings.js';

/**
 * Sends rows to Datadog's HTTP intake, over connections that stay open between flushes. The proxy comes from `DD_PROXY_HTTPS`,
 * `DD_PROXY_HTTP` and `DD_PROXY_NO_PROXY`, or else from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Redirects are not followed.
 *
 * Payloads that the intake could not accept are kept, up to `maxQueueBytes` and for 50 minutes, and retried with backoff. The
 * methods then reject with a {@link DeliveryError} that says how many rows wait for a retry or were dropped. Its `cause` is the
 * first failure, in most cases an {@link IntakeError}. Later outcomes are counted in `telemetry`.
 */
export class HttpReporter implements Reporter {
  readonly #pipeline: HttpPipeline;

  /**
   * @param environment Provides options that are left out. Default: `process.env`.
   * @throws MissingApiKeyError without an API key; TypeError | RangeError for an invalid option.
   */
  constructor(options?: HttpReporterOptions, environment?: Environment);
  /**
   * @param settings The result of an earlier `resolveHttpOptions`.
   * @internal
   */
  constructor(settings: HttpSettings);
  constructor(options: HttpReporterOptions | HttpSettings = {}, environment: Environment = processEnvironment) {
    const settings = options instanceof HttpSettings ? options : resolveReporterOptions(options, environment);
    // A subclass, or a test that spies on these methods, must see the rows.
    const wantsRows = (): boolean => this.flushMetrics !== flushMetrics || this.flushDistributions !== flushDistributions;
    this.#pipeline = new HttpPipeline(settings, { wantsRows });
  }

  /** @internal */
  get [sliceReporter](): HttpPipeline {
    return this.#pipeline;
  }

  get telemetry(): ReporterTelemetry {
    return this.#pipeline.telemetry;
  }

  /** Sends gauges, rates and counts. Rows with an infinite or NaN value are left out and count as dropped. */
  flushMetrics(rows: MetricRow[]): Promise<void> {
    return this.#pipeline.flushMetrics(rows);
  }

  /** Sends distributions. Rows with an infinite or NaN value are left out and count as dropped. */
  flushDistributions(rows: DistributionRow[]): Promise<void> {
    return this.#pipeline.flushDistributions(rows);
  }

  /** Sends each event in a request of its own, in no particular order. */
  flushEvents(events: EventRow[]): Promise<void> {
    return this.#pipeline.flushEvents(events);
  }

  /**
   * Retries kept payloads soon and repeatedly, until the time is over. Flushes that are made in the meantime wait, too.
   * Resolves earlier if no payload is left, or none that may be retried in this time. Never rejects.
   *
   * @param retriesRefused Whether payloads are retried that were answered with 401, 403 or a redirect. Default: true.
   */
  drain(timeoutMilliseconds: number, retriesRefused?: boolean): Promise<void> {
    return this.#pipeline.drain(timeoutMilliseconds, retriesRefused);
  }

  /**
   * Ends all connections, and leaves kept payloads in `spoolDirectory` or drops them. Flushes reject from now on, including those
   * in progress.
   */
  close(): Promise<void> {
    return this.#pipeline.close();
  }
}

const { flushMetrics, flushDistributions } = HttpReporter.prototype;
