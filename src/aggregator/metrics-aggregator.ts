// This folder checks samples, slices time into intervals, and fills the engine's buffer. It also holds events until a flush takes
// them. It may import `contexts/`, `engine/`, `diagnostics/`, `runtime/` and `model/`. Its front doors are `MetricsAggregator`
// for samples and `EventAggregator` for events.

import { describeCrowds } from '../contexts/cardinality.js';
import { BAD_TAGS, refusalOf } from '../contexts/codes.js';
import { IdleSweep } from '../contexts/idle-sweep.js';
import type { Resolver } from '../contexts/resolver.js';
import type { Scope } from '../contexts/scope.js';
import { type SampleDrops, StrictError } from '../diagnostics/sample-drops.js';
import type { Engine, Snapshot } from '../engine/engine.js';
import type { SampleBuffer } from '../engine/sample-buffer.js';
import { isOfBuiltInClass } from '../model/built-in-class.js';
import { isAcceptedHost } from '../model/hosts.js';
import { GAUGE, KIND_MASK, KIND_NAMES, type Kind, SET } from '../model/kinds.js';
import type { SampleOptions } from '../model/sample-options.js';
import { isPlainObject } from '../model/tags.js';
import { showValue } from '../model/text.js';
import { MAX_TIMESTAMP_SECONDS, posixSeconds } from '../model/timestamps.js';
import { builtin } from '../runtime/builtin.js';
import type { Clock } from './clock.js';
import { intervalStart, ReportedIntervals } from './intervals.js';
import { Tallies, type Tally } from './tally.js';
import type { TimestampWindow } from './timestamp-window.js';

/** Code units of a set's member that is a number. */
const NUMBER_UNITS = 4;

const NO_TAGS: readonly string[] = [];

const turnEnd = Promise.resolve();

/** Slices samples into intervals and hands them to the engine (reference: metrics.py, MetricsAggregator). */
export class MetricsAggregator {
  readonly engine: Engine;
  readonly resolver: Resolver;
  readonly drops: SampleDrops;
  readonly times: TimestampWindow;
  readonly #samples: SampleBuffer;
  readonly #nowMilliseconds: () => number;
  readonly #isClockReadPerTurn: boolean;
  /**
   * The code generation while samples are recorded, the clock was read in this turn (an uninterrupted run of JavaScript), and the
   * buffer's interval is the current one. Otherwise 0, and the clock has to be read first. Reading it for every sample would cost
   * more than the sample.
   */
  turnCodeGeneration = 0;
  #state: 'idle' | 'recording' | 'disabled' | 'stopped' = 'idle';
  #isTurnEndAwaited = false;
  #rollUpIntervalSeconds = 10;
  #latenessSeconds = 0;
  /** Whether there were ever handles of gauges. Other samples of a gauge then have to come after those in its tally. */
  #hasGaugeTallies = false;
  /** True if samples were dropped for lack of memory since the last snapshot. */
  #isMemoryShort = false;
  /** The time that was read from the clock last. */
  #clockSeconds = 0;
  readonly #reported = new ReportedIntervals();
  #applied = 0;
  readonly #idleSweep = new IdleSweep();
  readonly #tallies = new Tallies();
  readonly #tallyCounts: number[] = [];

  constructor(engine: Engine, resolver: Resolver, drops: SampleDrops, times: TimestampWindow, clock: Clock) {
    this.engine = engine;
    this.resolver = resolver;
    this.drops = drops;
    this.times = times;
    this.#samples = engine.samples;
    this.#nowMilliseconds = clock.nowMilliseconds;
    this.#isClockReadPerTurn = clock.isReadPerTurn;
  }

  /**
   * Starts to record or, when disabled, to ignore samples without counting them.
   *
   * @param latenessSeconds How long an interval is kept after its end, so that the whole value is sent again after a late sample.
   */
  start(rollUpIntervalSeconds: number, isDisabled: boolean, latenessSeconds = 0): void {
    this.#rollUpIntervalSeconds = rollUpIntervalSeconds;
    this.#latenessSeconds = latenessSeconds;
    this.#state = isDisabled ? 'disabled' : 'recording';
  }

  /** Stops recording. Recorded samples stay until a snapshot takes them. */
  stop(): void {
    this.#state = 'stopped';
    this.turnCodeGeneration = 0;
  }

  /** Grows from 1 when contexts are recycled. A code that was looked up in another generation is invalid. */
  get codeGeneration(): number {
    return this.resolver.contexts.removedCount + 1;
  }

  /** The clock's time in POSIX seconds. */
  nowSeconds(): number {
    return this.#nowMilliseconds() / 1000;
  }

  get rollUpIntervalSeconds(): number {
    return this.#rollUpIntervalSeconds;
  }

  /** Whether a flush of everything would report no samples. */
  get isEmpty(): boolean {
    return this.#samples.length === 0 && this.#tallies.isEmpty && this.engine.isEmpty;
  }

  /** Number of samples that reached a cell. */
  get applied(): number {
    this.applySamples();
    return this.#applied;
  }

  /** Records a sample of any kind but a set. Never throws unless strict. */
  record(scope: Scope, kind: Kind, name: string, value: number, options?: readonly string[] | SampleOptions): void {
    if (this.turnCodeGeneration === 0 && !this.beginTurn(kind, name)) return;
    if (typeof value !== 'number' || value - value !== 0) return this.dropBadValue(kind, name, value);
    try {
      let code: number;
      if (options === undefined) code = this.resolver.resolvePlain(scope, kind, name);
      else if (Array.isArray(options)) code = this.#resolveTags(scope, kind, name, options);
      else return this.#recordWithOptions(scope, kind, name, value, options as SampleOptions);
      if (code < 0) return this.#dropRefused(kind, name, code);
      if (kind === GAUGE && this.#hasGaugeTallies) this.#applyTallyOf(code);
      this.append(code, value);
    } catch (error) {
      this.#dropThrown(kind, name, error);
    }
  }

  /** Records a sample of a set. Never throws unless strict. */
  recordMember(scope: Scope, name: string, member: string | number, options?: readonly string[] | SampleOptions): void {
    if (this.turnCodeGeneration === 0 && !this.beginTurn(SET, name)) return;
    if (typeof member !== 'string' && (typeof member !== 'number' || member - member !== 0))
      return this.dropBadValue(SET, name, member);
    try {
      let code: number;
      if (options === undefined) code = this.resolver.resolvePlain(scope, SET, name);
      else if (Array.isArray(options)) code = this.#resolveTags(scope, SET, name, options);
      else return this.#recordWithOptions(scope, SET, name, member, options as SampleOptions);
      if (code < 0) return this.#dropRefused(SET, name, code);
      this.appendMember(code, member);
    } catch (error) {
      this.#dropThrown(SET, name, error);
    }
  }

  #resolveTags(scope: Scope, kind: Kind, name: string, tags: readonly string[]): number {
    const startSeconds = this.#samples.intervalStartSeconds;
    const code = this.resolver.resolveTags(scope, kind, name, tags);
    // Reading the tags may have run code of the caller that recorded for another interval.
    this.#setInterval(startSeconds);
    return code;
  }

  #recordWithOptions(scope: Scope, kind: Kind, name: string, value: number | string, options: SampleOptions | null): void {
    if (options !== null && typeof options !== 'object') {
      return this.drops.add('badOptions', name, () => `a ${describeSample(kind, name)} with ${showValue(options)} for options`);
    }
    const currentSeconds = this.#samples.intervalStartSeconds;
    const unknown = options === null ? undefined : unknownOption(options);
    if (unknown !== undefined) return this.#dropUnknownOption(kind, name, unknown);
    const tags: unknown = options?.tags ?? noTagsIn(options);
    const host = options?.host ?? undefined;
    const timestamp = options?.timestamp ?? undefined;
    const timestampSeconds = timestamp === undefined ? undefined : posixSeconds(timestamp);
    const isHostBad = host !== undefined && !isAcceptedHost(host);
    const isTimestampBad = timestampSeconds !== undefined && !(Math.abs(timestampSeconds) < MAX_TIMESTAMP_SECONDS);
    if (isTimestampBad || isHostBad) {
      const bad = isTimestampBad ? `timestamp ${showValue(timestamp)}` : `host ${showValue(host)}`;
      return this.drops.add('badOptions', name, () => `a ${describeSample(kind, name)} with the ${bad}`);
    }
    let code = BAD_TAGS;
    if (isPlainObject(tags)) code = this.resolver.resolveRecord(scope, kind, name, tags, host);
    else if (Array.isArray(tags)) {
      code =
        host === undefined
          ? this.resolver.resolveTags(scope, kind, name, tags)
          : this.resolver.resolve(scope, kind, name, tags, host);
    }
    if (code === BAD_TAGS) return this.#dropTags(kind, name, tags);
    if (code < 0) return this.#dropRefused(kind, name, code);
    this.#setInterval(
      timestampSeconds === undefined ? currentSeconds : intervalStart(timestampSeconds, this.#rollUpIntervalSeconds),
    );
    if (kind === GAUGE && this.#hasGaugeTallies) this.#applyTallyOf(code);
    if (kind === SET) this.appendMember(code, value);
    else this.append(code, value as number);
    if (timestampSeconds !== undefined) {
      this.times.count(timestampSeconds, this.#clockSeconds, () => `A ${describeSample(kind, name)}`);
    }
  }

  /**
   * Looks up the code of a handle's context. A refused sample is counted as dropped, and its negative code is returned. The turn
   * must have begun.
   */
  resolve(scope: Scope, kind: Kind, name: string, tags: readonly string[], host: string | undefined): number {
    const code = this.resolver.resolve(scope, kind, name, tags, host);
    if (code < 0) this.#dropRefused(kind, name, code);
    return code;
  }

  /** Returns the tally of a counter's or gauge's context. The code must be of the current generation. */
  findTally(code: number): Tally {
    if ((code & KIND_MASK) === GAUGE) this.#hasGaugeTallies = true;
    return this.#tallies.add(code, this.codeGeneration);
  }

  /** Makes room in a tally for samples of the buffer's interval. The turn must have begun. */
  makeRoom(tally: Tally): void {
    if (tally.isOpen) this.#applyTallies([tally]);
    else this.#tallies.openTally(tally);
  }

  /** Applies the samples of a context's tally, if there are any, because another sample must come after them. */
  #applyTallyOf(code: number): void {
    const tally = this.#tallies.get(code);
    if (tally !== undefined && tally.count > 0) this.#applyTallies([tally]);
  }

  /** Applies the buffer, and then one sample for all samples of each tally. The tallies stay open. */
  #applyTallies(tallies: readonly Tally[]): void {
    this.#applyBuffer();
    const samples = this.#samples;
    for (const tally of tallies) {
      if (tally.count === 0) continue;
      this.#tallyCounts[samples.length] = tally.count;
      const isFull = samples.append(tally.code, tally.value);
      tally.empty();
      if (isFull) this.#applyTallySamples();
    }
    this.#applyTallySamples();
  }

  /** Applies the buffer, in which each sample stands for as many as `#tallyCounts` says. */
  #applyTallySamples(): void {
    const { length } = this.#samples;
    if (length === 0) return;
    const hasDropped = this.engine.applySamples() > 0;
    const { codes } = this.#samples;
    let dropped = 0;
    for (let i = 0; i < length; i++) {
      // The engine marks a dropped sample.
      if (hasDropped && codes[i] === 0) dropped += this.#tallyCounts[i];
      else this.#applied += this.#tallyCounts[i];
    }
    if (dropped > 0) this.#dropForMemory(dropped);
  }

  /** Adds a sample of the buffer's interval to the buffer. The turn must have begun. */
  append(code: number, value: number): void {
    if (this.#samples.append(code, value)) this.#applyBuffer();
  }

  /** Does the same as {@link append} for a sample of a set. */
  appendMember(code: number, member: string | number): void {
    const samples = this.#samples;
    if (typeof member === 'number') {
      if (!samples.hasRoomFor(NUMBER_UNITS)) this.#applyBuffer();
      if (samples.appendNumber(code, member)) this.#applyBuffer();
      return;
    }
    if (!samples.hasRoomFor(member.length)) {
      this.#applyBuffer();
      // A digest stands for a member that not even the empty buffer can hold.
      if (!samples.hasRoomFor(member.length)) return this.#appendDigest(code, member);
    }
    if (samples.appendText(code, member)) this.#applyBuffer();
  }

  #appendDigest(code: number, member: string): void {
    const digest = digestOf(member);
    if (digest !== undefined) return this.appendMember(code, digest);
    const what = (): string => `a set sample with a member of ${member.length} characters`;
    this.drops.add('badValue', undefined, what, 1, 'without node:crypto, a member has at most 32,768 characters');
  }

  /**
   * Reads the clock and points the buffer at the current interval. Returns false if the client does not record; the sample is
   * then counted as dropped, unless the client is disabled.
   *
   * @param kind The kind of the sample.
   * @param name Its name, which was not checked.
   */
  beginTurn(kind: Kind, name: unknown): boolean {
    if (this.#state !== 'recording') {
      const reason = this.#state === 'idle' ? 'notStarted' : this.#state;
      if (reason !== 'disabled') this.drops.add(reason, name, () => `a ${describeSample(kind, name)}`);
      return false;
    }
    const lengthSeconds = this.#rollUpIntervalSeconds;
    this.#clockSeconds = this.#nowMilliseconds() / 1000;
    this.#setInterval(this.#reported.firstOpen(intervalStart(this.#clockSeconds, lengthSeconds), lengthSeconds));
    if (this.#isClockReadPerTurn) {
      this.turnCodeGeneration = this.codeGeneration;
      if (!this.#isTurnEndAwaited) {
        this.#isTurnEndAwaited = true;
        turnEnd.then(this.#endTurn);
      }
    }
    return true;
  }

  readonly #endTurn = (): void => {
    this.turnCodeGeneration = 0;
    this.#isTurnEndAwaited = false;
  };

  /** Points the buffer at an interval. If it changes, the next sample without a timestamp reads the clock. */
  #setInterval(startSeconds: number): void {
    if (this.#samples.intervalStartSeconds === startSeconds) return;
    this.applySamples();
    this.#samples.intervalStartSeconds = startSeconds;
    this.turnCodeGeneration = 0;
  }

  /** Makes the engine apply all samples that were recorded. */
  applySamples(): void {
    this.#applyBuffer();
    if (this.#tallies.open.length === 0) return;
    this.#applyTallies(this.#tallies.open);
    this.#tallies.close();
  }

  #applyBuffer(): void {
    const count = this.#samples.length;
    if (count === 0) return;
    const dropped = this.engine.applySamples();
    this.#applied += count - dropped;
    if (dropped > 0) this.#dropForMemory(dropped);
  }

  #dropForMemory(count: number): void {
    this.#isMemoryShort = true;
    this.drops.add('memoryLimit', undefined, () => 'samples', count);
  }

  /**
   * Takes what has changed in the intervals that ended at or before a timestamp; `Infinity` takes it from all intervals.
   *
   * Some of them stay open, and their whole values are taken again when they have changed: those that have not ended by the
   * clock, because their next samples are still to come, and those that ended within the lateness before the timestamp. The
   * server keeps the last point of an interval only, which must therefore hold all of its samples. No interval stays open when
   * memory is short, nor after a stop.
   */
  takeSnapshot(timestampSeconds: number): Snapshot {
    this.applySamples();
    // The current interval may be among those taken, so the next sample has to read the clock.
    this.turnCodeGeneration = 0;
    const beforeSeconds = intervalStart(timestampSeconds, this.#rollUpIntervalSeconds);
    const keepFromSeconds = this.#keepFromSeconds(timestampSeconds);
    this.#isMemoryShort = false;
    const snapshot = this.engine.takeSnapshot(beforeSeconds, keepFromSeconds);
    this.#reported.add(Math.min(beforeSeconds, keepFromSeconds));
    // At the limit of contexts an empty flush counts, too. Otherwise idle contexts would never age, because the samples of new
    // ones are dropped.
    if (!snapshot.isEmpty || this.resolver.contexts.isFull) this.resolver.flushIndex++;
    return snapshot;
  }

  /** Returns the start of the first interval that a flush of a timestamp leaves open. */
  #keepFromSeconds(timestampSeconds: number): number {
    if (this.#isMemoryShort || this.#state !== 'recording') return Number.POSITIVE_INFINITY;
    const passedSeconds = Math.min(timestampSeconds, this.nowSeconds());
    return intervalStart(passedSeconds - this.#latenessSeconds, this.#rollUpIntervalSeconds);
  }

  /**
   * Recycles idle contexts, a slice of them with each call.
   *
   * @returns Whether this flush has more slices.
   */
  recycleIdle(): boolean {
    this.applySamples();
    const hasMore = this.#idleSweep.next(this.resolver, (contextId) => {
      if (!this.engine.holdsContext(contextId)) this.resolver.recycle(contextId);
    });
    if (this.turnCodeGeneration !== 0) this.turnCodeGeneration = this.codeGeneration;
    return hasMore;
  }

  /** Drops a sample whose value is not finite, or of a wrong type. */
  dropBadValue(kind: Kind, name: unknown, value: unknown): void {
    const what = (): string => {
      const shown = showValue(value);
      const hint = shown === 'an array' || shown === 'an object' ? '; tags come after the value' : '';
      return `a ${describeSample(kind, name)} with the value ${shown}${hint}`;
    };
    this.drops.add('badValue', name, what, 1, kind === SET ? 'a member of a set is a string or a finite number' : undefined);
  }

  /** Drops a sample with an argument that the method does not have. */
  dropExtraArgument(kind: Kind, name: unknown, place: string, value: unknown): void {
    this.dropMisused(kind, name, () => `${showValue(value)} for a ${place} argument`);
  }

  /**
   * Drops a sample that a method was called for in a wrong way, unless the client does not record anyway.
   *
   * @param withWhat Names the mistake, after "with".
   */
  dropMisused(kind: Kind, name: unknown, withWhat: () => string): void {
    if (this.turnCodeGeneration === 0 && !this.beginTurn(kind, name)) return;
    this.drops.add('badOptions', name, () => `a ${describeSample(kind, name)} with ${withWhat()}`);
  }

  /** Drops a sample with malformed tags. If it has none, a Map or the like stands in the place of its options. */
  #dropTags(kind: Kind, name: unknown, tags: unknown): void {
    if (tags == null) return this.dropMisused(kind, name, () => 'a Map, Date or the like for options');
    this.drops.add('badTags', name, () => `a ${describeSample(kind, name)} with the tags ${showValue(tags)}`);
  }

  #dropUnknownOption(kind: Kind, name: unknown, option: string): void {
    const shown = showValue(option);
    const finding = `with the option ${shown}, which does not exist (if it is a tag, pass { tags: { ${shown}: ... } })`;
    this.drops.add('badOptions', name, () => `a ${describeSample(kind, name)} ${finding}`);
  }

  #dropRefused(kind: Kind, name: unknown, code: number): void {
    const refusal = refusalOf(code);
    this.drops.add(refusal, name, () => {
      const crowds = refusal === 'contextLimit' ? ` (${describeCrowds(this.resolver.contexts)})` : '';
      return `a ${describeSample(kind, name)}${crowds}`;
    });
  }

  /** Drops a sample because the caller's code threw while it was read: a getter of its options, or a proxy in their place. */
  #dropThrown(kind: Kind, name: unknown, error: unknown): void {
    if (error instanceof StrictError) throw error;
    this.drops.add('badOptions', name, () => `a ${describeSample(kind, name)}`);
  }
}

/** Returns no tags or, for an object that cannot be options, undefined. */
function noTagsIn(options: object | null): readonly string[] | undefined {
  return options !== null && isOfBuiltInClass(options) ? undefined : NO_TAGS;
}

/** Returns the first own option that samples do not have, if there is one. */
function unknownOption(options: object): string | undefined {
  for (const key in options) {
    if (key === 'tags' || key === 'timestamp' || key === 'host' || key === 'sampleRate') continue;
    // Libraries may have added something to the prototype of all objects.
    if (Object.hasOwn(options, key)) return key;
  }
  return undefined;
}

/** Returns undefined where the runtime has no node:crypto. */
function digestOf(member: string): string | undefined {
  try {
    return builtin('node:crypto').createHash('sha256').update(member, 'utf16le').digest('base64');
  } catch {
    return undefined;
  }
}

function describeSample(kind: Kind, name: unknown): string {
  return `${KIND_NAMES[kind]} sample ${typeof name === 'string' ? 'of' : 'whose name is'} ${showValue(name)}`;
}
