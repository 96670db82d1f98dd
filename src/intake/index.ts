// The intake is a fake Datadog server for tests of code that reports metrics. Its front door is `startIntake()` in this file. It
// imports the row types and the server's rules for names of model/, the error class of diagnostics/ and the lookup of built-in
// modules. It must not import anything else of the client, so that it validates requests independently of the code that made them.
// A request passes through http-server, request-body, validate-request, endpoints and the parse files, in this order; its rows are
// kept in request-log, and stored-rows shows what Datadog would keep of them.

import { checkMembers } from './check-arguments.js';
import { startServer } from './http-server.js';
import { Intake } from './intake.js';
import { RequestLog } from './request-log.js';
import { AnswerScript } from './scripted-answers.js';

export type { Intake, WaitOptions } from './intake.js';
export type { IntakeRequest, ReceivedDistribution, ReceivedEvent, ReceivedMetric, RequestHeaders } from './received-rows.js';
export type { AnswerHeaders, AnswerOptions, Fault, HttpAnswer, RawAnswer, ScriptedAnswer } from './scripted-answers.js';
export type { StoredDistribution, StoredMetric, StoredRows } from './stored-rows.js';

export interface IntakeOptions {
  /** The only API key that is accepted, a non-empty string. Default: any non-empty key is accepted. */
  apiKey?: string | undefined;
  /** TCP port on the loopback, an integer from 0 to 65535; 0 takes a free port. Default 0. */
  port?: number | undefined;
}

/**
 * Starts a fake Datadog server on the loopback, for tests of code that reports metrics. It validates requests as Datadog does,
 * and keeps the rows of those that it accepts.
 *
 *     await using intake = await startIntake();
 *     const stats = new ThreadStats({ url: intake.url, apiKey: 'any' });
 *
 * It makes these checks in this order:
 *
 * - 404: the path is unknown.
 * - 405: the path does not accept the method.
 * - 403: neither the header `DD-API-KEY` nor the query has an accepted key.
 * - 400: the Content-Encoding is unknown, or is zstd and this version of Node.js cannot decompress it.
 * - 413: the body exceeds the endpoint's limit, as sent or decompressed.
 * - 400: the body is not JSON of the endpoint's schema, or is an event that is too old or too far in the future.
 * - 202: all checks passed; 200 for `/api/v1/validate`.
 *
 * The schemas are those that Datadog publishes, to which tests hold it in both directions; `docs/testing.md` lists the few
 * deviations. It is more lenient than Datadog: it accepts every known encoding at every endpoint, and checks neither the age of
 * the timestamps of metrics nor the characters of names and tags.
 *
 * An intake that was not closed does not keep the process alive.
 *
 * Rejects with a TypeError or RangeError for a bad option, and with the system's error when it cannot listen on the port.
 */
export async function startIntake(options: IntakeOptions = {}): Promise<Intake> {
  checkMembers('startIntake', options, ['apiKey', 'port']);
  const { apiKey, port = 0 } = options;
  if (apiKey !== undefined && (typeof apiKey !== 'string' || apiKey === '')) {
    // The message does not show the value, because it may contain a real key.
    throw new TypeError(
      `apiKey must be a non-empty string or undefined, not ${apiKey === '' ? 'an empty string' : typeof apiKey}`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`port must be an integer from 0 to 65535, not ${String(port)}`);
  }
  const log = new RequestLog();
  const script = new AnswerScript();
  return new Intake(log, script, await startServer({ apiKey, port, log, script }));
}
