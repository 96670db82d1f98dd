// `threadstats`: Datadog metrics from inside the process. This file exports everything that users can import from the package's
// main entry. The other entries are `lambda/` and `intake/`.
//
// A sample goes from `client/` to `aggregator/`, which has `contexts/` turn its name, tags and host into an integer, and passes
// it to an `engine/`, which rolls samples up. `flush/` turns the results into rows and passes these to a reporter. The default
// reporter is in `http/`; `worker/` runs it on a thread of its own. `model/`, `options/`, `runtime/` and `diagnostics/` serve all
// of these. biome.json holds which folder may import which.

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
export type { Dispatcher } from './http/transport/dispatcher.js';
export type { FlushResult } from './model/flush-result.js';
export type { DistributionRow, EventRow, MetricRow, Point } from './model/rows.js';
export type { SampleOptions } from './model/sample-options.js';
export type { Tags } from './model/tags.js';
export type { Aggregate } from './options/aggregates.js';
export type { Environment } from './options/environment.js';
export type { Signal } from './runtime/signals.js';
