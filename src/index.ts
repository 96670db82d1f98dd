// `threadstats`: Datadog metrics from inside the process. A sample goes from `client/` through `contexts/` (name, tags and host
// become an integer) and `aggregator/` into an `engine/`, which holds the aggregated values; `flush/` makes rows of them and
// passes them to a reporter, by default the one in `http/`, if asked for on the thread in `worker/`. `model/`, `options/`,
// `runtime/` and `diagnostics/` serve all of these. Imports go down this list and never up. The other entries of the package
// are `lambda/` and `intake/`.
//
// This file is the front door: all that users can import.

export type { EventOptions } from './aggregator/event-aggregator.js';
export type { Counter, Distribution, Gauge, HandleOptions, Histogram, MetricSet, Timing } from './client/handles.js';
export type { ThreadStatsOptions } from './client/options.js';
export type { FlushMode, StartOptions, StopOptions } from './client/start-stop-options.js';
export type { Telemetry } from './client/telemetry.js';
export { type ChildOptions, type Options, ThreadStats } from './client/thread-stats.js';
export type { Timed } from './client/timed.js';
export type { Timer } from './client/timer.js';
export type { BillableSeries } from './contexts/cardinality.js';
export type { ChannelMessages } from './diagnostics/channel-messages.js';
export { DeliveryError, IntakeError, MissingApiKeyError, SampleError, ThreadStatsError } from './diagnostics/errors.js';
export type { RowCounts, RowDropReason } from './diagnostics/row-counts.js';
export type { DropReason } from './diagnostics/sample-drops.js';
export type { EngineName } from './engine/engine.js';
export { MemoryReporter } from './flush/memory-reporter.js';
export { NullReporter } from './flush/null-reporter.js';
export type { Reporter, ReporterTelemetry } from './flush/reporter.js';
export type { ApiKeySource } from './http/api-key.js';
export type { Compression } from './http/compress.js';
export { HttpReporter } from './http/http-reporter.js';
export type { HttpReporterOptions } from './http/options.js';
export type { FlushResult } from './model/flush-result.js';
export type { DistributionRow, EventRow, MetricRow, Point } from './model/rows.js';
export type { SampleOptions } from './model/sample-options.js';
export type { Tags } from './model/tags.js';
export type { Aggregate } from './options/aggregates.js';
export type { Environment } from './options/environment.js';
export type { Signal } from './runtime/signals.js';
