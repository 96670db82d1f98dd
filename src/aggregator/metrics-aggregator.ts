// A sample's way, from the call to the engine's buffer.

import { describeCrowds } from '../contexts/cardinality.js';
import { IdleSweep } from '../contexts/idle-sweep.js';
import type { Resolver } from '../contexts/resolver.js';
import type { Scope } from '../contexts/scope.js';
import { type SampleDrops, StrictError } from '../diagnostics/sample-drops.js';
import type { Engine, Snapshot } from '../engine/engine.js';
import type { SampleBuffer } from '../engine/sample-buffer.js';
import { KIND_NAMES, type Kind, SET } from '../model/kinds.js';
import type { SampleOptions } from '../model/sample-options.js';
import { tagStrings } from '../model/tags.js';
import { describe } from '../model/text.js';
import { systemClock } from './clock.js';
import { intervalStart, ReportedIntervals } from './intervals.js';
import type { TimestampWindow } from './timestamp-window.js';

/** A part of a member that is hashed in parts, in code units: whole 16-byte blocks, and never more than the buffer holds. */
const MEMBER_PART_UNITS = 16384;

/** Milliseconds, taken for seconds, are beyond this since 1973. */
const MAX_TIMESTAMP_SECONDS = 1e11;

const stretchEnd = Promise.resolve();

/** Slices samples into intervals and hands them to the engine (reference: metrics.py, MetricsAggregator). */
export class MetricsAggregator {
  readonly engine: Engine;
  readonly resolver: Resolver;
  readonly drops: SampleDrops;
  readonly times: TimestampWindow;
  readonly #samples: SampleBuffer;
  readonly #nowMilliseconds: () => number;
  readonly #isClockReadPerStretch: boolean;
  /**
   * The epoch while samples are recorded and the buffer's interval is the current one, because the clock was read in this
   * uninterrupted stretch of JavaScript; 0 when it has to be read first. Reading it for every sample would cost more than the sample.
   */
  currentEpoch = 0;
  #state: 'idle' | 'recording' | 'disabled' = 'idle';
  #isStretchEndAwaited = false;
  #rollUpIntervalSeconds = 10;
  #latenessSeconds = 0;
  /** Whether samples were dropped for want of memory since the last snapshot. */
  #isMemoryShort = false;
  /** The clock as it was read last. */
  #clockSeconds = 0;
  readonly #reported = new ReportedIntervals();
  #applied = 0;
  /** Changes when a context was recycled: whoever holds a code must look it up again then. */
  epoch = 1;
  readonly #idleSweep = new IdleSweep();

  /** @param clock Milliseconds since the epoch, read at every sample; without one the system's is read once for each uninterrupted stretch of JavaScript. */
  constructor(engine: Engine, resolver: Resolver, drops: SampleDrops, times: TimestampWindow, clock: (() => number) | undefined) {
    this.engine = engine;
    this.resolver = resolver;
    this.drops = drops;
    this.times = times;
    this.#samples = engine.samples;
    this.#nowMilliseconds = clock ?? systemClock;
    this.#isClockReadPerStretch = clock === undefined;
  }

  /**
   * Begins to record, or, when disabled, to ignore samples without counting them.
   *
   * @param latenessSeconds How long after its end an interval is kept, so that a late sample re-sends its whole value.
   */
  start(rollUpIntervalSeconds: number, isDisabled: boolean, latenessSeconds = 0): void {
    this.#rollUpIntervalSeconds = rollUpIntervalSeconds;
    this.#latenessSeconds = latenessSeconds;
    this.#state = isDisabled ? 'disabled' : 'recording';
  }

  /** Ends recording. What was recorded stays until a snapshot takes it. */
  stop(): void {
    this.#state = 'idle';
    this.currentEpoch = 0;
  }

  /** POSIX seconds. */
  nowSeconds(): number {
    return this.#nowMilliseconds() / 1000;
  }

  get rollUpIntervalSeconds(): number {
    return this.#rollUpIntervalSeconds;
  }

  /** Whether there is nothing that a flush would report. */
  get isEmpty(): boolean {
    return this.#samples.length === 0 && this.engine.isEmpty;
  }

  /** Samples that reached a cell. */
  get applied(): number {
    this.applySamples();
    return this.#applied;
  }

  /** Records a sample of any kind but a set. Never throws unless strict. */
  record(scope: Scope, kind: Kind, name: string, value: number, options?: readonly string[] | SampleOptions): void {
    if (this.currentEpoch === 0 && !this.beginTurn()) return;
    if (typeof value !== 'number' || value - value !== 0) return this.dropBadValue(kind, name, value);
    try {
      let code: number;
      if (options === undefined) code = this.resolver.resolvePlain(scope, kind, name);
      else if (Array.isArray(options)) code = this.#resolveTags(scope, kind, name, options);
      else return this.#recordWithOptions(scope, kind, name, value, options as SampleOptions);
      if (code === 0) return this.#dropUnresolved(kind, name);
      if (this.#samples.append(code, value)) this.applySamples();
    } catch (error) {
      this.#dropThrown(kind, name, error);
    }
  }

  /** Records a sample of a set. Never throws unless strict. */
  recordMember(scope: Scope, name: string, member: string | number, options?: readonly string[] | SampleOptions): void {
    if (this.currentEpoch === 0 && !this.beginTurn()) return;
    if (typeof member !== 'string' && (typeof member !== 'number' || member - member !== 0))
      return this.dropBadValue(SET, name, member);
    try {
      let code: number;
      if (options === undefined) code = this.resolver.resolvePlain(scope, SET, name);
      else if (Array.isArray(options)) code = this.#resolveTags(scope, SET, name, options);
      else return this.#recordWithOptions(scope, SET, name, member, options as SampleOptions);
      if (code === 0) return this.#dropUnresolved(SET, name);
      this.appendMember(code, member);
    } catch (error) {
      this.#dropThrown(SET, name, error);
    }
  }

  #resolveTags(scope: Scope, kind: Kind, name: string, tags: readonly string[]): number {
    const startSeconds = this.#samples.intervalStartSeconds;
    const code = this.resolver.resolveTags(scope, kind, name, tags);
    // To read the tags may have run code of the caller's, which recorded for another interval.
    this.#setInterval(startSeconds);
    return code;
  }

  /** Code of the context for a handle, or 0 after the drop was counted. The buffer must be at the current interval. */
  resolve(scope: Scope, kind: Kind, name: string, tags: readonly string[], host: string | undefined): number {
    const code = this.resolver.resolve(scope, kind, name, tags, host);
    if (code === 0) this.#dropUnresolved(kind, name);
    return code;
  }

  /** Leaves a sample of the current interval for the engine. The buffer must be at the current interval. */
  append(code: number, value: number): void {
    if (this.#samples.append(code, value)) this.applySamples();
  }

  /** Leaves a set's sample of the buffer's interval for the engine. */
  appendMember(code: number, member: string | number): void {
    const samples = this.#samples;
    if (typeof member === 'number') {
      if (!samples.hasRoomFor(4)) this.applySamples();
      if (samples.appendNumber(code, member)) this.applySamples();
    } else {
      if (!samples.hasRoomFor(member.length)) this.applySamples();
      if (!samples.hasRoomFor(member.length)) this.#appendLongMember(code, member);
      else if (samples.appendText(code, member)) this.applySamples();
    }
  }

  #appendLongMember(code: number, member: string): void {
    const samples = this.#samples;
    this.engine.startMember();
    for (let offset = 0; offset < member.length; offset += MEMBER_PART_UNITS) {
      const units = Math.min(MEMBER_PART_UNITS, member.length - offset);
      for (let i = 0; i < units; i++) samples.members[i] = member.charCodeAt(offset + i);
      this.engine.addMemberPart(units, offset + units === member.length);
    }
    samples.appendHashed(code);
    this.applySamples();
  }

  #recordWithOptions(scope: Scope, kind: Kind, name: string, value: number | string, options: SampleOptions | null): void {
    if (options !== null && typeof options !== 'object') {
      return this.drops.add('badOptions', () => `a ${KIND_NAMES[kind]} sample with ${describe(options)} for options`);
    }
    const currentSeconds = this.#samples.intervalStartSeconds;
    const tags = options?.tags == null ? [] : tagStrings(options.tags);
    if (tags === undefined) return this.#dropBadTags(kind, name);
    const host = options?.host ?? undefined;
    const timestamp = options?.timestamp ?? undefined;
    const timestampSeconds = timestamp instanceof Date ? timestamp.getTime() / 1000 : timestamp;
    if ((host !== undefined && typeof host !== 'string') || (timestampSeconds !== undefined && !isMoment(timestampSeconds))) {
      return this.drops.add('badOptions', () => `a ${KIND_NAMES[kind]} sample of ${describe(name)}`);
    }
    const code =
      host === undefined
        ? this.resolver.resolveTags(scope, kind, name, tags)
        : this.resolver.resolve(scope, kind, name, tags, host);
    if (code === 0) return this.#dropUnresolved(kind, name);
    this.#setInterval(
      timestampSeconds === undefined ? currentSeconds : intervalStart(timestampSeconds, this.#rollUpIntervalSeconds),
    );
    if (kind === SET) this.appendMember(code, value);
    else this.append(code, value as number);
    if (timestampSeconds !== undefined) {
      this.times.count(timestampSeconds, this.#clockSeconds, () => `A ${KIND_NAMES[kind]} sample of ${describe(name)}`);
    }
  }

  /** Reads the clock and points the buffer at the current interval; false, after the drop was counted, when nothing is recorded. */
  beginTurn(): boolean {
    if (this.#state !== 'recording') {
      if (this.#state === 'idle') this.drops.add('notStarted', () => 'a sample');
      return false;
    }
    const lengthSeconds = this.#rollUpIntervalSeconds;
    this.#clockSeconds = this.#nowMilliseconds() / 1000;
    this.#setInterval(this.#reported.firstOpen(intervalStart(this.#clockSeconds, lengthSeconds), lengthSeconds));
    if (this.#isClockReadPerStretch) {
      this.currentEpoch = this.epoch;
      if (!this.#isStretchEndAwaited) {
        this.#isStretchEndAwaited = true;
        stretchEnd.then(this.#endStretch);
      }
    }
    return true;
  }

  readonly #endStretch = (): void => {
    this.currentEpoch = 0;
    this.#isStretchEndAwaited = false;
  };

  /** Points the buffer at an interval; the next sample without a timestamp will have to read the clock. */
  #setInterval(startSeconds: number): void {
    if (this.#samples.intervalStartSeconds === startSeconds) return;
    this.applySamples();
    this.#samples.intervalStartSeconds = startSeconds;
    this.currentEpoch = 0;
  }

  /** Hands the buffer to the engine. */
  applySamples(): void {
    const count = this.#samples.length;
    if (count === 0) return;
    const dropped = this.engine.applySamples();
    this.#applied += count - dropped;
    if (dropped === 0) return;
    this.#isMemoryShort = true;
    this.drops.add('memoryLimit', () => 'samples', dropped);
  }

  /**
   * Takes what is new of the intervals that ended at or before a moment (`Infinity`: all). Those that ended within the lateness before the moment stay open, unless new samples need their memory.
   */
  takeSnapshot(timestampSeconds: number): Snapshot {
    this.applySamples();
    // The interval that is current for this stretch may be among those taken: the next sample has to read the clock.
    this.currentEpoch = 0;
    const beforeSeconds = intervalStart(timestampSeconds, this.#rollUpIntervalSeconds);
    const latenessSeconds = this.#isMemoryShort ? 0 : this.#latenessSeconds;
    this.#isMemoryShort = false;
    const keepFromSeconds = intervalStart(timestampSeconds - latenessSeconds, this.#rollUpIntervalSeconds);
    const snapshot = this.engine.takeSnapshot(beforeSeconds, keepFromSeconds);
    // A flush that takes the current interval is asked for by the application, and samples that follow open it anew.
    if (beforeSeconds <= this.nowSeconds()) this.#reported.add(beforeSeconds);
    // When contexts are at their limit also those have to age that are idle because everything new is dropped.
    if (!snapshot.isEmpty || this.resolver.contexts.isFull) this.resolver.flushIndex++;
    return snapshot;
  }

  /**
   * Recycles contexts that were not reported lately, a slice of them with each call.
   *
   * @returns Whether there is more to do in this flush, after a turn of the event loop.
   */
  recycleIdle(): boolean {
    this.applySamples();
    let isAnyRecycled = false;
    const hasMore = this.#idleSweep.next(this.resolver, (contextId) => {
      if (this.engine.holdsContext(contextId)) return;
      this.resolver.recycle(contextId);
      isAnyRecycled = true;
    });
    if (isAnyRecycled) this.#beginEpoch();
    return hasMore;
  }

  #beginEpoch(): void {
    this.epoch++;
    if (this.currentEpoch !== 0) this.currentEpoch = this.epoch;
  }

  /** Counts a sample whose value is none. */
  dropBadValue(kind: Kind, name: unknown, value: unknown): void {
    this.drops.add('badValue', () => `a ${KIND_NAMES[kind]} sample of ${describe(name)} with the value ${describe(value)}`);
  }

  #dropBadTags(kind: Kind, name: unknown): void {
    this.drops.add('badTags', () => `a ${KIND_NAMES[kind]} sample of ${describe(name)}`);
  }

  #dropUnresolved(kind: Kind, name: unknown): void {
    const { refusal, contexts } = this.resolver;
    this.drops.add(refusal, () => {
      const crowds = refusal === 'contextLimit' ? ` (${describeCrowds(contexts)})` : '';
      return `a ${KIND_NAMES[kind]} sample of ${describe(name)}${crowds}`;
    });
  }

  /** The caller's own code threw: a getter of its options, or a proxy in their place. */
  #dropThrown(kind: Kind, name: unknown, error: unknown): void {
    if (error instanceof StrictError) throw error;
    this.drops.add('badOptions', () => `a ${KIND_NAMES[kind]} sample of ${describe(name)}`);
  }
}

/**
 * Whether it is POSIX seconds within 3168 years of 1970. What lies beyond is milliseconds in the place of seconds, most
 * likely: no flush but the last would ever report it, and the intake would refuse the whole payload.
 */
function isMoment(timestampSeconds: unknown): boolean {
  return typeof timestampSeconds === 'number' && Math.abs(timestampSeconds) < MAX_TIMESTAMP_SECONDS;
}
