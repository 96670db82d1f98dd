import * as check from './option-checks.js';

const SECONDS_PER_DAY = 86_400;
const FLUSH_MODES = ['timer', 'worker', 'manual'] as const;
const DEFAULT_EXIT_MILLISECONDS = 2000;
const MAX_EXIT_MILLISECONDS = 60_000;
/** What ends a process that does not listen for it, and can be listened for. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'] as const;

export type FlushMode = (typeof FLUSH_MODES)[number];
export type Signal = (typeof SIGNALS)[number];

/**
 * Key of an option for those who flush on 'beforeExit' themselves, because their process goes on after it.
 * @internal
 */
export const survivesBeforeExit = Symbol('threadstats.survivesBeforeExit');

/**
 * Options of {@link ThreadStats.start}. All may be left out, and undefined counts as left out. An option that does not exist, or
 * has a value of a wrong type, is a TypeError; one with a value that is not accepted is a RangeError.
 */
export interface StartOptions {
  /**
   * Seconds between two flushes, above 0 and up to 86,400, with or without a fraction. It has no use in the flush mode
   * `'manual'`. Default: 10.
   */
  flushInterval?: number;
  /**
   * Whole seconds of a roll-up interval, from 1 to 86,400: each metric has one point an interval. An interval is reported by the
   * first flush after its end, so that a flush interval that is shorter brings points sooner but not more of them. Default: 10.
   */
  rollUpInterval?: number;
  /**
   * Seconds, from 0 to 3600, for which an interval stays in memory after its end. A sample with a timestamp in such an interval
   * is added to what was sent, and the next flush re-sends the metric's whole value for it: the last one wins at the server.
   * It costs what the cells take, for so many intervals more: 32 bytes for a counter or gauge, 8 to 20 for each member of a
   * set, up to 8 kB for a histogram or timing, none for distributions, whose values add up at the server. A flush that
   * follows drops for `memoryLimit` keeps none. Default: 0, and a sample for an interval already sent replaces its value, as in
   * the reference.
   */
  lateness?: number;
  /** Device of every metric, in place of {@link ThreadStatsOptions.device}. The empty string is none. */
  device?: string;
  /** Whether nothing is recorded or flushed, so that every call costs next to nothing. Default: false. */
  disabled?: boolean;
  /**
   * What calls `flush`: `'timer'` is a timer on this event loop, which does not keep the process alive; `'manual'` is nobody but
   * you. `'worker'` is the timer, too, but all that can leave this event loop is done by a worker thread, which also sends what is
   * left when the process exits, by `process.exit()` or by an uncaught exception; it is not for a `reporter` of your own, and
   * where there can be no worker `onError` hears of it and the mode is `'timer'`. Default: `'timer'`.
   */
  flushMode?: FlushMode;
  /**
   * Milliseconds for which the exit of the process waits, from 0 to 60,000, for a worker that has something left to send.
   * Default: 2000.
   */
  exitTimeout?: number;
  /**
   * Signals at which the client is stopped, for 5 seconds at most, whereupon the process ends by that signal: an array of
   * `'SIGTERM'`, `'SIGINT'`, `'SIGHUP'`, `'SIGQUIT'`, `'SIGUSR2'` and `'SIGBREAK'`, or true for the first two. While the
   * application has a listener of its own for the signal, the client is only flushed, and the process goes on.
   * Default: false, and what is held when a signal ends the process is lost.
   */
  handleSignals?: boolean | readonly Signal[];
  /** @internal */
  [survivesBeforeExit]?: boolean;
}

/**
 * {@link StartOptions}, checked and complete.
 * @internal
 */
export interface StartSettings {
  readonly flushIntervalMilliseconds: number;
  readonly rollUpIntervalSeconds: number;
  readonly latenessSeconds: number;
  /** Undefined when the constructor's device stands. */
  readonly device: string | null | undefined;
  readonly disabled: boolean;
  readonly flushMode: FlushMode;
  readonly exitMilliseconds: number;
  readonly handleSignals: readonly Signal[];
  readonly survivesBeforeExit: boolean | undefined;
}

// Complete by its type: an option that is added above must be added here.
const OPTION_NAMES = Object.keys({
  flushInterval: true,
  rollUpInterval: true,
  lateness: true,
  device: true,
  disabled: true,
  flushMode: true,
  exitTimeout: true,
  handleSignals: true,
} satisfies Record<Exclude<keyof StartOptions, symbol>, true>);

/**
 * Checks the options and completes them from the defaults.
 *
 * @throws TypeError | RangeError that names the option, its value and what is accepted.
 * @internal
 */
export function resolveStartOptions(options: StartOptions = {}): StartSettings {
  check.checkNames('start', options, OPTION_NAMES);
  const {
    flushInterval = 10,
    rollUpInterval = 10,
    lateness = 0,
    device,
    disabled = false,
    flushMode = 'timer',
    exitTimeout = DEFAULT_EXIT_MILLISECONDS,
    handleSignals = false,
  } = options;
  return {
    flushIntervalMilliseconds: checkFlushInterval(flushInterval) * 1000,
    rollUpIntervalSeconds: check.checkInteger('rollUpInterval', rollUpInterval, 1, SECONDS_PER_DAY),
    latenessSeconds: checkLateness(lateness),
    device: device === undefined ? undefined : check.checkString('device', device) || null,
    disabled: check.checkBoolean('disabled', disabled),
    flushMode: check.checkChoice('flushMode', flushMode, FLUSH_MODES),
    exitMilliseconds: check.checkInteger('exitTimeout', exitTimeout, 0, MAX_EXIT_MILLISECONDS),
    handleSignals: checkSignals(handleSignals),
    survivesBeforeExit: options[survivesBeforeExit],
  };
}

function checkFlushInterval(seconds: unknown): number {
  const accepted = `a number of seconds above 0 and up to ${SECONDS_PER_DAY}`;
  if (typeof seconds !== 'number') throw check.typeError('flushInterval', seconds, accepted);
  if (!(seconds > 0 && seconds <= SECONDS_PER_DAY)) throw check.rangeError('flushInterval', seconds, accepted);
  return seconds;
}

function checkLateness(seconds: unknown): number {
  const accepted = 'a number of seconds from 0 to 3600';
  if (typeof seconds !== 'number') throw check.typeError('lateness', seconds, accepted);
  if (!(seconds >= 0 && seconds <= 3600)) throw check.rangeError('lateness', seconds, accepted);
  return seconds;
}

function checkSignals(signals: unknown): readonly Signal[] {
  // What orchestrators and init systems send, and what a terminal and some process managers do.
  if (typeof signals === 'boolean') return signals ? ['SIGTERM', 'SIGINT'] : [];
  const own = check.ownArray(signals, SIGNALS.length);
  if (own === undefined) throw check.typeError('handleSignals', signals, 'true, false or an array of signals');
  return own.map((signal, index) => check.checkChoice(`handleSignals[${index}]`, signal, SIGNALS));
}
