import { AnswerScript } from './answers.js';
import { Intake } from './intake.js';
import { Received } from './received.js';
import { startServer } from './server.js';

export type { AnswerOptions, Fault, HttpAnswer, RawAnswer, ScriptedAnswer } from './answers.js';
export type { Intake, WaitOptions } from './intake.js';
export type { IntakeRequest, ReceivedDistribution, ReceivedEvent, ReceivedMetric } from './received.js';

export interface IntakeOptions {
  /** The only API key that is accepted, a non-empty string. Default: any non-empty key. */
  apiKey?: string;
  /** TCP port on the loopback, from 0 to 65535; 0 lets the system choose a free one. Default 0. */
  port?: number;
}

/**
 * Starts an HTTP server on the loopback that speaks the API of Datadog's intake, judges requests as the intake does, and keeps
 * what it accepted: for tests of code that reports metrics.
 *
 *     await using intake = await startIntake();
 *     const stats = new ThreadStats({ url: intake.url, apiKey: 'any' });
 *
 * It answers 404 for a path and 405 for a method that the API does not have, 403 without an accepted key in the header `DD-API-KEY`,
 * 400 for an unknown Content-Encoding, 413 for a body beyond the endpoint's limit, as sent or decompressed, 400 for what is not JSON
 * of its schema, else 202. Unlike the intake it takes every encoding at every endpoint, and looks neither at the age of timestamps
 * nor at the characters of names and tags.
 *
 * An intake that was not closed does not keep the process alive.
 *
 * Rejects with a TypeError or RangeError for a bad option, and with the system's error when the port is taken.
 */
export async function startIntake({ apiKey, port = 0 }: IntakeOptions = {}): Promise<Intake> {
  if (apiKey !== undefined && (typeof apiKey !== 'string' || apiKey === '')) {
    // Not the value: it may be a key in a wrong wrapping.
    throw new TypeError(
      `apiKey must be a non-empty string or undefined, not ${apiKey === '' ? 'an empty string' : typeof apiKey}`,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`port must be an integer from 0 to 65535, not ${String(port)}`);
  }
  const received = new Received();
  const script = new AnswerScript();
  return new Intake(received, script, await startServer({ apiKey, port, received, script }));
}
