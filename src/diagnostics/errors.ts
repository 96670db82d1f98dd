// This folder reports what went wrong: it has the classes of errors, the counts of dropped samples and rows with advice for each
// reason, and the channels of `node:diagnostics_channel`. It may import `model/` and `runtime/`. It has three front
// doors: this file for errors, `sample-drops.ts` and `row-counts.ts` for losses, and `channels.ts` for observers.

/**
 * Base class of the errors that `threadstats` passes to `onError` or throws. Only a bad argument throws a TypeError or RangeError
 * instead. Codes are stable; messages may change.
 */
export class ThreadStatsError extends Error {
  override readonly name: string = 'ThreadStatsError';
  /** Stable name of what went wrong, such as `ERR_THREADSTATS_STOP_TIMEOUT`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by `start()` if the default reporter has no API key. */
export class MissingApiKeyError extends ThreadStatsError {
  override readonly name = 'MissingApiKeyError';

  constructor() {
    super(
      'ERR_THREADSTATS_MISSING_API_KEY',
      'No Datadog API key: set DD_API_KEY or DATADOG_API_KEY in the environment, or pass the option `apiKey` (or a `reporter` of your own). DD_METRICS_ENABLED=false starts a client that records nothing',
    );
  }
}

/**
 * A sample or event was dropped, or a sample was folded into an overflow context. Only the first one for each reason is
 * reported; if it is a mistake of the caller, the first one of each metric, for at most 10 metrics.
 */
export class SampleError extends ThreadStatsError {
  override readonly name = 'SampleError';
  /** The key of the reason in `telemetry.dropped`, or `folded` for the samples that `telemetry.folded` counts. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(`ERR_THREADSTATS_SAMPLE_${reason.replace(/[A-Z]/g, '_$&').toUpperCase()}`, message);
    this.reason = reason;
  }
}

/** The intake refused a request, or could not be reached. Neither the error nor its `cause` contains the API key. */
export class IntakeError extends ThreadStatsError {
  override readonly name = 'IntakeError';
  /** HTTP status of the response. Undefined if there was no response. */
  readonly statusCode: number | undefined;
  /** True if the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the intake asks to wait before the next request. Undefined if it does not ask. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      cause?: unknown;
      statusCode?: number | undefined;
      retryable: boolean;
      retryAfterSeconds?: number | undefined;
    },
  ) {
    super(code, message, options);
    this.statusCode = options.statusCode;
    this.retryable = options.retryable;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A reporter did not deliver all rows that it was given. `cause` is the first failure. */
export class DeliveryError extends ThreadStatsError {
  override readonly name = 'DeliveryError';
  /** Rows that were delivered nevertheless. */
  readonly rowsSent: number;
  /** Rows that will never be delivered. */
  readonly rowsDropped: number;
  /** Rows that are kept for a retry. */
  readonly rowsPending: number;

  constructor(message: string, rowsSent: number, rowsDropped: number, cause: Error, rowsPending = 0) {
    super(codeOf(cause) ?? 'ERR_THREADSTATS_DELIVERY', message, { cause });
    this.rowsSent = rowsSent;
    this.rowsDropped = rowsDropped;
    this.rowsPending = rowsPending;
  }
}

// A process may have loaded one copy of this package as ES modules and one as CommonJS. The next two functions recognise the
// errors of both, as `instanceof` does not.

/**
 * Returns the code of an error of this package, and undefined for any other error.
 * @internal
 */
export function codeOf(error: Error): string | undefined {
  try {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' && code.startsWith('ERR_THREADSTATS_') ? code : undefined;
  } catch {
    // A getter of the application's.
    return undefined;
  }
}

/** @internal */
export function isDeliveryError(error: unknown): error is DeliveryError {
  if (error instanceof DeliveryError) return true;
  return error instanceof Error && codeOf(error) !== undefined && error.name === 'DeliveryError';
}

/**
 * True for an error whose properties can be read and shown. A thrown value may be anything: a proxy, an error whose getters throw,
 * or one whose name is an object that cannot be converted.
 * @internal
 */
export function isReadableError(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false;
    const { name, message, stack, code, cause } = thrown as Error & { code?: unknown };
    if (isDeliveryError(thrown)) void [thrown.rowsSent, thrown.rowsPending, thrown.rowsDropped];
    for (const text of [name, message, stack, code]) String(text);
    void (cause instanceof Error);
    return true;
  } catch {
    return false;
  }
}
