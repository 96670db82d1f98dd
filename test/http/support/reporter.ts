import { expect, onTestFinished } from 'vitest';
import { DeliveryError } from '../../../src/diagnostics/errors.js';
import { HttpReporter } from '../../../src/http/http-reporter.js';
import type { HttpReporterOptions } from '../../../src/index.js';

/** A reporter without environment variables, unless some are given. It is closed when the test ends. */
export function reporterTo(
  url: string | URL,
  options: HttpReporterOptions = {},
  environment: Record<string, string> = {},
): HttpReporter {
  const reporter = new HttpReporter({ apiKey: 'key', url: String(url), ...options }, environment);
  onTestFinished(() => reporter.close());
  return reporter;
}

/** The error with which a flush rejects. */
export async function failureOf(flush: Promise<void>): Promise<DeliveryError> {
  const failure = await flush.then(
    () => undefined,
    (error) => error,
  );
  expect(failure).toBeInstanceOf(DeliveryError);
  return failure;
}
