import { showValue } from '../model/text.js';
import { queueMicrotask } from '../runtime/real-timers.js';
import { publishDrop } from './channels.js';
import { SampleError } from './errors.js';

/** Reasons for which samples and events are dropped. */
export type DropReason =
  | 'notStarted'
  | 'stopped'
  | 'badName'
  | 'badValue'
  | 'badTags'
  | 'badOptions'
  | 'contextLimit'
  | 'memoryLimit'
  | 'eventNotStarted'
  | 'eventStopped'
  | 'badEvent'
  | 'eventLimit';

/** Advice for each reason: the second half of its message. */
const ADVICE: Record<DropReason, string> = {
  notStarted: 'call start() first',
  stopped:
    'the client was stopped by stop(), or by the exit of the process; stop it after everything that records, or construct a new one',
  badName: 'a name is a string with at least one ASCII letter',
  badValue: 'a value is a finite number',
  badTags: 'tags are an array of at most 1024 strings, or a plain object of strings, numbers and booleans',
  badOptions:
    'options are the last argument: an array of tags, or an object of `tags`, `timestamp` (POSIX seconds below 1e11, not milliseconds, or a valid Date), `host` (a string of at most 253 characters) and `sampleRate`',
  contextLimit: 'raise `maxContexts`, or cut a tag that has too many values (`denyTagKeys`)',
  memoryLimit: 'raise `maxMemoryBytes`, flush more often, or record fewer distribution values',
  eventNotStarted: 'call start() first',
  eventStopped:
    'the client was stopped by stop(), or by the exit of the process; stop it after everything that records, or construct a new one',
  badEvent: 'see the documentation of event()',
  eventLimit: 'flush more often, or send fewer events',
};

/** Reasons that are mistakes of the caller. A `strict` client throws for them. */
const MISTAKES: ReadonlySet<DropReason> = new Set(['badName', 'badValue', 'badTags', 'badOptions', 'badEvent']);

/** Most metrics, or findings about events, of which the first mistake for one reason is reported. */
const MAX_REPORTED = 10;

/** Longest name that is kept as it is, to know that it was reported. */
const MAX_KEPT_CHARACTERS = 200;

/** Reasons that concern events, and not samples. */
const REASONS_OF_EVENTS: ReadonlySet<DropReason> = new Set(['eventNotStarted', 'eventStopped', 'badEvent', 'eventLimit']);

/**
 * Counts dropped samples and events by reason. Reports each reason once; a mistake of the caller, which may be made in several
 * places, once for each of 10 metrics.
 * @internal
 */
export class SampleDrops {
  readonly counts = Object.fromEntries(Object.keys(ADVICE).map((reason) => [reason, 0])) as Record<DropReason, number>;
  readonly #strict: boolean;
  readonly #onError: (error: Error) => void;
  /** By reason, the metrics (or the findings about events) that were reported. */
  readonly #reported = new Map<DropReason, Set<string>>();
  /**
   * True once a signal is about to end the process: the application goes on recording until then, which is not its fault. Such
   * samples and events are counted, but not reported.
   */
  isProcessEnding = false;

  constructor(strict: boolean, onError: (error: Error) => void) {
    this.#strict = strict;
    this.#onError = onError;
  }

  /** Samples that were dropped, for all reasons together. Events are not counted. */
  get samples(): number {
    let samples = 0;
    for (const [reason, count] of Object.entries(this.counts)) {
      if (!REASONS_OF_EVENTS.has(reason as DropReason)) samples += count;
    }
    return samples;
  }

  /**
   * Counts drops, and reports the first one for the reason or, if it is a mistake, for the reason and the metric.
   *
   * @param metric The name of the metric, which may be any value if it is the mistake; for an event, the finding.
   * @param what Names the dropped sample or event in the message. It is called only when a message is needed.
   * @param advice Default: that of the reason.
   * @throws StrictError for a mistake of the caller, if the client is strict.
   */
  add(reason: DropReason, metric: unknown, what: () => string, count = 1, advice = ADVICE[reason]): void {
    const isFirst = this.counts[reason] === 0;
    this.counts[reason] += count;
    const isMistake = MISTAKES.has(reason);
    const isThrown = this.#strict && isMistake;
    publishDrop(REASONS_OF_EVENTS.has(reason) ? 'event' : 'sample', reason, count, isFirst);
    if (!isThrown && !(isMistake ? this.#isNews(reason, metric) : isFirst && !this.#isExpected(reason))) return;
    const message = `Dropped ${what()}: ${advice}`;
    if (isThrown) throw new StrictError(message);
    const once = isMistake && !REASONS_OF_EVENTS.has(reason) ? 'once for this metric' : 'once';
    const error = new SampleError(reason, `${message}. Reported ${once}; telemetry.dropped.${reason} counts all`);
    // The engine may apply samples in the middle of a flush or of another sample, where the callback must not record.
    if (reason === 'memoryLimit') queueMicrotask(() => this.#onError(error));
    else this.#onError(error);
  }

  #isExpected(reason: DropReason): boolean {
    return this.isProcessEnding && (reason === 'stopped' || reason === 'eventStopped');
  }

  /** Whether nothing was reported yet about this metric for this reason, and there is room for one more. */
  #isNews(reason: DropReason, metric: unknown): boolean {
    const reported = this.#reported.get(reason) ?? new Set();
    if (reported.size === MAX_REPORTED) return false;
    // Showing cuts long names, which must not stay in memory.
    const key = typeof metric === 'string' && metric.length <= MAX_KEPT_CHARACTERS ? metric : showValue(metric);
    if (reported.has(key)) return false;
    this.#reported.set(reason, reported.add(key));
    return true;
  }
}

/**
 * Thrown for a bad sample or event if the client is strict.
 * @internal
 */
export class StrictError extends TypeError {}
