import type { Options } from '../client.js';
import { SharedClient } from './shared-client.js';
import { wrapHandler } from './wrap-handler.js';

let client: SharedClient | undefined;

function share(): SharedClient {
  client ??= new SharedClient();
  return client;
}

/**
 * Wraps an AWS Lambda handler, so that what {@link lambdaMetric} records is sent before the function is frozen. The handler keeps
 * its `this`, arguments, `name`, `length`, result and errors. It may be async, take a callback, be synchronous, or stream its
 * response (wrapped inside or outside `awslambda.streamifyResponse`).
 *
 * Everything is flushed when the last open wrapper of the process closes, before the promise settles or the runtime's callback
 * is called: that takes 3 seconds at most, ends 100 ms before the deadline, and fails no handler. A handler that runs into its
 * deadline is flushed 500 ms before it, too. Of a handler that neither returns a promise nor has a third parameter (a
 * callback) the flush is only begun; one that answers by `context.succeed`, `fail` or `done` may leave its last metrics to
 * the next invocation.
 *
 * The client is made on first use, from the environment. A missing API key or a bad variable is a warning, and the rows
 * count as dropped.
 *
 * @deprecated Datadog's own layer and extension, with the package `datadog-lambda-js`, do more (traces, logs, the function's own
 *   metrics) and send after the response: https://docs.datadoghq.com/serverless/aws_lambda/. This is for functions without them.
 * @throws TypeError when it is given no function.
 */
// biome-ignore lint/suspicious/noExplicitAny: the one constraint that every function type meets, and keeps its own type under
export function datadogLambdaWrapper<Handler extends (this: any, ...args: any[]) => any>(handler: Handler): Handler {
  if (typeof handler !== 'function') {
    throw new TypeError(`datadogLambdaWrapper takes a handler function, not ${handler === null ? 'null' : typeof handler}`);
  }
  return wrapHandler(handler, share);
}

/**
 * Records a value of a distribution, in which the values of all concurrent instances add up. It is sent when the last open
 * wrapper closes: see {@link datadogLambdaWrapper}. Never throws; `options` are those of `ThreadStats.distribution`.
 */
export function lambdaMetric(name: string, value: number, options?: Options): void {
  share().stats.distribution(name, value, options);
}
