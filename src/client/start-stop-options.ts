import { MAX_TIMER_MILLISECONDS } from '../model/timestamps.js';
import * as check from '../options/checks.js';
import { SIGNALS, type Signal } from '../runtime/signals.js';

/** The intake accepts points of the last hour, so whatever is sent less often would be refused. */
const MAX_INTERVAL_SECONDS = 3600;
const FLUSH_MODES = ['timer', 'worker', 'manual'] as const;
const MAX_LATENESS_SECONDS = 3600;
const DEFAULT_EXIT_MILLISECONDS = 2000;
const MAX_EXIT_MILLISECONDS = 60_000;

/**
 * Time for the last flush: of a stop without `timeout`, of a stop by a signal, and of all flushes on 'beforeExit' together.
 * @internal
 */
export const DEFAULT_STOP_MILLISECONDS = 5000;

/** When and where flushes run: see {@link StartOptions.flushMode}. */
export type FlushMode = (typeof FLUSH_MODES)[number];

/**
 * Key of an option for callers whose process may continue after 'beforeExit', so that they flush on it themselves.
 * @internal
 */
export const survivesBeforeExit = Symbol('threadstats.survivesBeforeExit');

/** Options of {@link ThreadStats.start}. A bad one throws like one of {@link ThreadStatsOptions}. */
export interface StartOptions {
  /** Seconds between two flushes, above 0 and up to 3600. Not used with `flushMode: 'manual'`. Default: 10. */
  flushInterval?: number | undefined;
  /**
   * Length of a roll-up interval in whole seconds, from 1 to 3600. Each metric has one point for each interval, which the first
   * flush after the interval's end reports. A flush before its end reports the value so far. A shorter `flushInterval` sends
   * points sooner, but does not send more of them. Default: 10.
   */
  rollUpInterval?: number | undefined;
  /**
   * How many seconds an interval stays in memory after its end, from 0 to 3600. A late sample (with a `timestamp` in that
   * interval) then makes the next flush send the metric's whole value again, which replaces the first one at the server. With
   * 0, the late sample alone replaces the value that was sent.
   *
   * Each interval that is kept takes memory for each of its contexts: 32 bytes for a counter or gauge, 8 to 20 bytes for each
   * member of a set, up to 8 kB for a histogram or timing, and none for a distribution, because its values add up at the server.
   * After samples were dropped as `memoryLimit`, the next flush keeps no interval. Default: 0.
   */
  lateness?: number | undefined;
  /** Device of every metric, in place of {@link ThreadStatsOptions.device}. The empty string means none. */
  device?: string | undefined;
  /**
   * Records and flushes nothing, so that every call costs next to nothing. No API key is needed. Default: true if
   * `DD_METRICS_ENABLED` is `false` or `DD_DOGSTATSD_DISABLE` is `true`, otherwise false.
   */
  disabled?: boolean | undefined;
  /**
   * When and where flushes run:
   *
   * - `'timer'`: every `flushInterval` seconds, on this event loop.
   * - `'worker'`: at the same times, but a worker thread does most of the work. It also sends what is left at `process.exit()` or
   *   an uncaught exception.
   * - `'manual'`: when you call `flush`, and at the end of the process.
   *
   * A worker cannot use a `reporter` of your own: this is a RangeError. Where no worker can run, an error goes to `onError`, and
   * the mode is `'timer'`. Default: `'timer'`.
   */
  flushMode?: FlushMode | undefined;
  /**
   * In worker mode, how many milliseconds the process waits at its exit until the worker has sent everything, from 0 to 60,000.
   * Default: 2000.
   */
  exitTimeout?: number | undefined;
  /**
   * Signals that stop the client, within 5 seconds, before they end the process. `true` means SIGTERM and SIGINT. If the
   * application listens for the signal, too, the client is only flushed, and the process goes on. Default: false; a signal that
   * ends the process then loses what is not sent.
   */
  handleSignals?: boolean | readonly Signal[] | undefined;
  /** @internal */
  [survivesBeforeExit]?: boolean | undefined;
}

/**
 * {@link StartOptions}, checked and complete.
 * @internal
 */
export type StartSettings = Readonly<ReturnType<typeof resolveStartOptions>>;

const START_OPTION_NAMES = check.optionNames<StartOptions>('start', {
  flushInterval: true,
  rollUpInterval: true,
  lateness: true,
  device: true,
  disabled: true,
  flushMode: true,
  exitTimeout: true,
  handleSignals: true,
});

/**
 * Checks the options of `start` and adds the defaults.
 *
 * @throws TypeError | RangeError that names the option, its value and what is accepted.
 * @internal
 */
export function resolveStartOptions(options: StartOptions = {}) {
  check.checkNames('start', options, START_OPTION_NAMES);
  const {
    flushInterval = 10,
    rollUpInterval = 10,
    lateness = 0,
    device,
    disabled,
    flushMode = 'timer',
    exitTimeout = DEFAULT_EXIT_MILLISECONDS,
    handleSignals = false,
  } = options;
  return {
    flushIntervalMilliseconds: check.checkSeconds('flushInterval', flushInterval, MAX_INTERVAL_SECONDS) * 1000,
    rollUpIntervalSeconds: check.checkInteger('rollUpInterval', rollUpInterval, 1, MAX_INTERVAL_SECONDS),
    latenessSeconds: check.checkSeconds('lateness', lateness, MAX_LATENESS_SECONDS, true),
    // Undefined if the constructor's device applies.
    device: device === undefined ? undefined : check.checkString('device', device) || null,
    // Undefined if the environment decides.
    disabled: disabled === undefined ? undefined : check.checkBoolean('disabled', disabled),
    flushMode: check.checkChoice('flushMode', flushMode, FLUSH_MODES),
    exitMilliseconds: check.checkInteger('exitTimeout', exitTimeout, 0, MAX_EXIT_MILLISECONDS),
    handleSignals: checkSignals(handleSignals),
    survivesBeforeExit: options[survivesBeforeExit],
  };
}

/** Returns the signals in the order of {@link SIGNALS}, each once. */
function checkSignals(signals: unknown): readonly Signal[] {
  // Orchestrators and init systems send SIGTERM; terminals and some process managers send SIGINT.
  if (typeof signals === 'boolean') return signals ? ['SIGTERM', 'SIGINT'] : [];
  const own = check.ownArray(signals, SIGNALS.length);
  if (own === undefined) throw check.typeError('handleSignals', signals, 'true, false or an array of signals');
  const checked = own.map((signal, index) => check.checkChoice(`handleSignals[${index}]`, signal, SIGNALS));
  return SIGNALS.filter((signal) => checked.includes(signal));
}

/** Options of {@link ThreadStats.stop}. */
export interface StopOptions {
  /** Flushes everything before the client is closed, the current interval included. Default: true. */
  flush?: boolean | undefined;
  /**
   * Longest time for the last flush and its retries in whole milliseconds, from 0 to 2,147,483,647. The reporter is then closed,
   * which may take the rest of this time, or 200 ms if less than that is left. Rows that are not sent by then are spooled, or
   * dropped and counted. With a spool, the last quarter of the time, at most one second, is kept for it. Default: 5000.
   */
  timeout?: number | undefined;
}

const STOP_OPTION_NAMES = check.optionNames<StopOptions>('stop', { flush: true, timeout: true });

/**
 * Checks the options of `stop` and adds the defaults.
 *
 * @throws TypeError | RangeError that names the option, its value and what is accepted.
 * @internal
 */
export function resolveStopOptions(options: StopOptions = {}) {
  check.checkNames('stop', options, STOP_OPTION_NAMES);
  const { flush = true, timeout = DEFAULT_STOP_MILLISECONDS } = options;
  return {
    flush: check.checkBoolean('flush', flush),
    timeoutMilliseconds: check.checkInteger('timeout', timeout, 0, MAX_TIMER_MILLISECONDS),
  };
}
