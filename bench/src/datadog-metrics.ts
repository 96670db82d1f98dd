// datadog-metrics without the client of Datadog's whole API. It loads that for a reporter that no bench uses, and every process
// would wait a second for it.

import { createRequire, Module } from 'node:module';
import type datadogMetrics from 'datadog-metrics';

const require = createRequire(import.meta.url);
const path = require.resolve('@datadog/datadog-api-client');
const apiClient = new Module(path);
apiClient.exports = { client: { IsomorphicFetchHttpLibrary: class {} }, v1: {} };
apiClient.loaded = true;
require.cache[path] = apiClient;

/** Adds up in the process and sends over HTTP, as this project does. */
export const { BufferedMetricsLogger }: typeof datadogMetrics = require('datadog-metrics');
export type BufferedMetricsLogger = InstanceType<typeof BufferedMetricsLogger>;
