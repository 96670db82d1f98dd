/** Base of every error that `threadstats` throws or hands to `onError`. `code` is stable; messages may change. */
export class ThreadStatsError extends Error {
  override readonly name: string = 'ThreadStatsError';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by `start()` when the default reporter has no API key. */
export class MissingApiKeyError extends ThreadStatsError {
  override readonly name = 'MissingApiKeyError';

  constructor() {
    super(
      'ERR_THREADSTATS_MISSING_API_KEY',
      'No Datadog API key: set DD_API_KEY or DATADOG_API_KEY in the environment, or pass the option `apiKey` (or a `reporter` of your own)',
    );
  }
}

/** A sample that was not recorded, or not as it was given, and why. */
export class SampleError extends ThreadStatsError {
  override readonly name = 'SampleError';
  /** The key under which `telemetry.dropped` counts it; or `folded`, which `telemetry.folded` does. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(`ERR_THREADSTATS_SAMPLE_${reason.replace(/[A-Z]/g, '_$&').toUpperCase()}`, message);
    this.reason = reason;
  }
}

/** The intake refused a request, or could not be reached. Never holds the API key, nor does its `cause`. */
export class IntakeError extends ThreadStatsError {
  override readonly name = 'IntakeError';
  /** Undefined when there was no answer. */
  readonly statusCode: number | undefined;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the intake asked to wait, if it did. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: string,
    message: string,
    options: ErrorOptions & { statusCode?: number; retryable: boolean; retryAfterSeconds?: number },
  ) {
    super(code, message, options);
    this.statusCode = options.statusCode;
    this.retryable = options.retryable;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A reporter could not deliver all rows it was given, or not yet; `cause` is the first failure. */
export class DeliveryError extends ThreadStatsError {
  override readonly name = 'DeliveryError';
  readonly rowsSent: number;
  readonly rowsDropped: number;
  /** Kept for another try. */
  readonly rowsPending: number;

  constructor(message: string, rowsSent: number, rowsDropped: number, cause: Error, rowsPending = 0) {
    super(cause instanceof ThreadStatsError ? cause.code : 'ERR_THREADSTATS_DELIVERY', message, { cause });
    this.rowsSent = rowsSent;
    this.rowsDropped = rowsDropped;
    this.rowsPending = rowsPending;
  }
}
