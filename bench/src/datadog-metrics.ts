// Loads datadog-metrics without Datadog's API client, which takes a second to load and serves only a reporter that no bench uses.

import { createRequire, Module } from 'node:module';
import type datadogMetrics from 'datadog-metrics';

const require = createRequire(import.meta.url);
const path = require.resolve('@datadog/datadog-api-client');
const apiClient = new Module(path);
apiClient.exports = { client: { IsomorphicFetchHttpLibrary: class {} }, v1: {} };
apiClient.loaded = true;
require.cache[path] = apiClient;

/** The client class of datadog-metrics. It aggregates in the process and sends over HTTP, as this project does. */
export const { BufferedMetricsLogger }: typeof datadogMetrics = require('datadog-metrics');
export type BufferedMetricsLogger = InstanceType<typeof BufferedMetricsLogger>;
