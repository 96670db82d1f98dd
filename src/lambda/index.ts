import type { Options } from '../client/thread-stats.js';
import { SharedClient } from './shared-client.js';
import { wrapHandler } from './wrap-handler.js';

let client: SharedClient | undefined;

function share(): SharedClient {
  client ??= new SharedClient();
  return client;
}

/**
 * Wraps an AWS Lambda handler, so that what {@link lambdaMetric} records is sent before the function is frozen. The handler keeps
 * its `this`, arguments, `name`, `length`, result and errors; it may be async, synchronous, take a callback, or stream its response
 * (wrapped inside or outside `awslambda.streamifyResponse`).
 *
 * Everything is flushed when the last open wrapper of the process closes, before the promise settles or the runtime's callback is
 * called: in 3 seconds at most, up to 100 ms before the deadline, failing no handler; and, whatever is open, 500 ms before a
 * deadline. Of a handler that neither returns a promise nor has a third parameter the flush is only begun; one that answers by
 * `context.succeed`, `fail` or `done` may leave its last metrics to the next invocation.
 *
 * The client is made on first use, from the environment. A missing API key or a bad variable is a warning, and rows are dropped.
 *
 * @deprecated Datadog's layer and extension, with `datadog-lambda-js`, do more (traces, logs, the function's own metrics) and send
 *   after the response: https://docs.datadoghq.com/serverless/aws_lambda/. This is for functions without them.
 */
// biome-ignore lint/suspicious/noExplicitAny: the one constraint that every function type meets, and keeps its own type under
export function datadogLambdaWrapper<Handler extends (this: any, ...args: any[]) => any>(handler: Handler): Handler {
  if (typeof handler !== 'function') {
    throw new TypeError(`datadogLambdaWrapper takes a handler function, not ${handler === null ? 'null' : typeof handler}`);
  }
  return wrapHandler(handler, share);
}

/**
 * Records a value of a distribution, in which all concurrent instances add up; it is sent when the last open wrapper closes. Never
 * throws; `options` are those of `ThreadStats.distribution`.
 */
export function lambdaMetric(name: string, value: number, options?: Options): void {
  share().stats.distribution(name, value, options);
}
