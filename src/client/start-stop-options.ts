import * as check from '../options/checks.js';
import { SIGNALS, type Signal } from '../runtime/signals.js';

const SECONDS_PER_DAY = 86_400;
const FLUSH_MODES = ['timer', 'worker', 'manual'] as const;
const DEFAULT_EXIT_MILLISECONDS = 2000;
const MAX_EXIT_MILLISECONDS = 60_000;

export type FlushMode = (typeof FLUSH_MODES)[number];

/**
 * Key of an option for those who flush on 'beforeExit' themselves, because their process goes on after it.
 * @internal
 */
export const survivesBeforeExit = Symbol('threadstats.survivesBeforeExit');

/** Options of {@link ThreadStats.start}, checked as {@link ThreadStatsOptions} are. */
export interface StartOptions {
  /** Seconds between two flushes, above 0 and up to 86,400; unused when `flushMode` is `'manual'`. Default: 10. */
  flushInterval?: number;
  /**
   * Whole seconds of a roll-up interval, from 1 to 86,400, in which each metric has one point. It is reported by the first flush
   * after its end: a shorter `flushInterval` brings points sooner, not more of them. Default: 10.
   */
  rollUpInterval?: number;
  /**
   * Seconds, from 0 to 3600, for which an interval stays in memory after its end. For a late sample, with a timestamp in it, the next
   * flush re-sends the metric's whole value: the last one wins at the server. It costs the cells of so many more intervals: 32
   * bytes a counter or gauge, 8 to 20 a member of a set, up to 8 kB a histogram or timing, none for distributions, which add up at
   * the server. After drops for `memoryLimit` none is kept. Default: 0: a late sample replaces what was sent, as in the reference.
   */
  lateness?: number;
  /** Overrides {@link ThreadStatsOptions.device}. The empty string is none. */
  device?: string;
  /** Whether nothing is recorded or flushed, so that every call costs next to nothing. Default: false. */
  disabled?: boolean;
  /**
   * What calls `flush`: a timer on this event loop, or nobody but you. `'worker'` is the timer, too, but all that can leave this
   * event loop is done by a worker thread, which also sends what is left at `process.exit()` or an uncaught exception; it is not for
   * a `reporter` of your own, and without workers `onError` hears of it and the mode is `'timer'`. Default: `'timer'`.
   */
  flushMode?: FlushMode;
  /** Milliseconds, from 0 to 60,000, that the exit of the process waits for a worker with something to send. Default: 2000. */
  exitTimeout?: number;
  /**
   * Signals at which the client is stopped, for 5 seconds at most, whereupon the process ends by that signal; true is SIGTERM and
   * SIGINT. While the application listens for the signal, too, the client is only flushed, and the process goes on. Default: false,
   * and what is held when a signal ends the process is lost.
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

/** Options of {@link ThreadStats.stop}. */
export interface StopOptions {
  /** Whether everything that is held is flushed first. Default: true. */
  flush?: boolean;
  /**
   * Whole milliseconds that the flush, and trying again what is pending, may take, from 0 to 2,147,483,647; then the reporter is
   * closed, in what is left of this time or a second, and rows that are left are spooled or dropped and counted. Default: 5000.
   */
  timeout?: number;
}
