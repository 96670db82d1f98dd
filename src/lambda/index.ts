// This folder is the entry `threadstats/lambda`: a wrapper for AWS Lambda handlers, and a function that records a distribution.
// It may import `client/`, `flush/`, `http/`, `model/` and `runtime/`. Its front door is this file.

import type { Options } from '../client/thread-stats.js';
import { showValue } from '../model/text.js';
import { SharedClient } from './shared-client.js';
import { wrapHandler } from './wrap-handler.js';

let client: SharedClient | undefined;

function share(): SharedClient {
  client ??= new SharedClient();
  return client;
}

/**
 * Wraps an AWS Lambda handler, so that the metrics of {@link lambdaMetric} are sent before the function is frozen. The handler
 * keeps its `this`, arguments, `name`, `length`, result and errors. It may be async, be synchronous, take a callback, or stream
 * its response (wrapped inside or outside `awslambda.streamifyResponse`).
 *
 * Everything is flushed when the last open handler of the process has ended, before its promise settles or its callback is
 * called. The outcome of a handler waits for the flush for at most 3 seconds, and at most until 100 ms before its deadline. A
 * failed flush does not fail the handler. Another flush starts 500 ms before each deadline. For a handler with neither promise
 * nor callback, the flush starts but is not awaited. If a handler answers with `context.succeed`, `fail` or `done`, its last
 * metrics may be sent by the next invocation.
 *
 * The client is configured by the environment on first use. A missing API key or a bad variable causes a warning, and rows are
 * dropped and counted.
 *
 * @throws TypeError if the handler is not a function.
 * @deprecated Datadog's layer and extension, with `datadog-lambda-js`, do more: they report traces, logs and the function's own
 *   metrics, and send after the response (https://docs.datadoghq.com/serverless/aws_lambda/). This wrapper is for functions
 *   without them.
 */
// biome-ignore lint/suspicious/noExplicitAny: every function type meets this constraint, and keeps its own type
export function datadogLambdaWrapper<Handler extends (this: any, ...args: any[]) => any>(handler: Handler): Handler {
  if (typeof handler !== 'function') {
    throw new TypeError(`datadogLambdaWrapper takes a handler function, not ${showValue(handler)}`);
  }
  return wrapHandler(handler, share);
}

/**
 * Records a value of a distribution, in which the values of all concurrent instances add up. It is sent when the last open
 * wrapped handler ends. Never throws.
 *
 * @param options The options of `ThreadStats.distribution`.
 */
export function lambdaMetric(name: string, value: number, options?: Options, extra?: never): void {
  // Datadog's own function takes each tag as an argument. Passed on, a second one is refused and reported.
  share().stats.distribution(name, value, options, extra);
}
