import { MissingApiKeyError } from '../errors.js';
import type { DistributionRow, EventRow, MetricRow } from '../rows.js';
import { deliver } from './deliver.js';
import { encodeDistributions } from './encode-distributions.js';
import { encodeEvent } from './encode-event.js';
import { encodeSeriesV1 } from './encode-v1.js';
import { encodeSeriesV2 } from './encode-v2.js';
import { onlyFinite } from './finite.js';
import { type HttpReporterOptions, HttpSettings, resolveHttpOptions } from './http-options.js';
import type { Environment } from './proxy.js';
import type { Reporter, ReporterTelemetry } from './reporter.js';
import { type Payload, Sender } from './send.js';

/**
 * Sends rows to Datadog's HTTP intake: encoded as JSON, compressed, over connections that are kept open between
 * flushes. Proxies are taken from `DD_PROXY_HTTPS`, `DD_PROXY_HTTP` and `DD_PROXY_NO_PROXY`, then from `HTTPS_PROXY`,
 * `HTTP_PROXY` and `NO_PROXY`. Redirects are not followed.
 *
 * Its methods reject with a {@link DeliveryError} whose `cause` is the first failure, mostly an {@link IntakeError}.
 */
export class HttpReporter implements Reporter {
  readonly #settings: HttpSettings;
  readonly #sender: Sender;

  /**
   * @param options Options, or settings that {@link resolveHttpOptions} has made of them earlier.
   * @param environment Where options that are left out come from; read now and not again.
   * @throws MissingApiKeyError when neither the options nor the environment have an API key.
   * @throws TypeError | RangeError when an option is not valid.
   */
  constructor(options: HttpReporterOptions | HttpSettings = {}, environment: Environment = process.env) {
    this.#settings = options instanceof HttpSettings ? options : resolveHttpOptions(options, environment);
    if (this.#settings.apiKey === undefined) throw new MissingApiKeyError();
    this.#sender = new Sender(this.#settings, this.#settings.apiKey);
  }

  get telemetry(): ReporterTelemetry {
    return this.#sender.telemetry;
  }

  /** Sends gauges, rates and counts in one request. Rows with an infinite or NaN value are left out and count as dropped. */
  async flushMetrics(rows: MetricRow[]): Promise<void> {
    const { apiVersion } = this.#settings;
    const encode = apiVersion === 'v2' ? encodeSeriesV2 : encodeSeriesV1;
    const finite = onlyFinite(rows);
    await deliver(this.#payloads(`/api/${apiVersion}/series`, encode, finite.rows), this.#sender, finite);
  }

  /** Sends distributions in one request. Rows with an infinite or NaN value are left out and count as dropped. */
  async flushDistributions(rows: DistributionRow[]): Promise<void> {
    const finite = onlyFinite(rows);
    await deliver(this.#payloads('/api/v1/distribution_points', encodeDistributions, finite.rows), this.#sender, finite);
  }

  /** Sends events one by one, a few at a time and so in no certain order, uncompressed as the endpoint documents it. */
  async flushEvents(events: EventRow[]): Promise<void> {
    const payloads = events.map((event): Payload => {
      return { path: '/api/v1/events', body: encodeEvent(event), compression: 'none', rows: 1 };
    });
    await deliver(payloads, this.#sender);
  }

  /** Ends all connections at once. A request under way rejects, and so does every flush from here on. */
  close(): Promise<void> {
    return this.#sender.close();
  }

  #payloads<Row>(path: string, encode: (rows: Row[]) => string, rows: Row[]): Payload[] {
    if (rows.length === 0) return [];
    return [{ path, body: encode(rows), compression: this.#settings.compression, rows: rows.length }];
  }
}
