import { ThreadStatsError } from '../../diagnostics/errors.js';
import type { StoredPayload } from '../payload.js';
import { SpoolDirectory, spaceOf } from './spool-directory.js';
import { decodeFile, encodeFile, fileOf, formatName, hashIntake, type SpoolEntry, type SpoolFile } from './spool-file.js';

/** Why rows are given up: those of a payload that cannot be stored, and those of a file. */
export type SpoolDropReason = 'queueFull' | 'closed' | 'tooOld' | 'spoolFull' | 'spoolCorrupt';

/** What a user decides, directly or not. */
export interface SpoolSettings {
  readonly directory: string;
  /** Of the whole directory, in which each file takes whole blocks of 4096 bytes. */
  readonly maxBytes: number;
  /** Base URL; files for another one are left to others. */
  readonly intake: string;
  /** How long a taken payload is kept from other processes: longer than sending it can take. */
  readonly claimMilliseconds: number;
}

export interface SpoolOptions extends SpoolSettings {
  /** Files older than this are removed. */
  readonly maxAgeSeconds: number;
  /** Whoever removes a file counts its rows, no matter which process wrote it. */
  readonly onDrop: (reason: SpoolDropReason, rows: number, cause?: Error) => void;
  readonly onError: (error: Error) => void;
  /** POSIX milliseconds. */
  readonly now?: () => number;
}

/** A payload out of the spool. Its file remains until `done`, so that it outlives a process that dies while sending it. */
export interface SpoolClaim {
  readonly payload: StoredPayload;
  /** Removes the file: it was sent, or given up, and its rows are the caller's from this call on. */
  done(): Promise<void>;
  /** Leaves the file to whoever takes it next. */
  giveBack(): Promise<void>;
}

/** After so long the directory is listed anew, for other processes work on it, too. */
const LISTING_MILLISECONDS = 10_000;

/** A process that has not finished writing a file by then has died. */
const WRITING_MILLISECONDS = 60_000;

/** No claim is longer, for no request is. One that ends later was made by a clock that was wrong. */
const MAX_CLAIM_MILLISECONDS = 3 * 3600 * 1000;

/** Damaged files that are kept, for somebody to look at. */
const MAX_CORRUPT_FILES = 10;

/**
 * Payloads in a directory, which outlive the process. Several processes may share it: each file is sent by exactly one of them,
 * unless that one dies between sending it and removing it, or is suspended amid sending for longer than its claim.
 *
 * Each row is accounted for at any time: those put in and those taken over from other processes are those of claims that are
 * `done`, those given up (`onDrop`), those waiting here or in claims (`rowsPending`), and those left to others (`rowsLeft`).
 *
 * Failures of the file system are reported, each code once, and never thrown; the next call tries again.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #directory: SpoolDirectory;
  readonly #intakeHash: string;
  readonly #now: () => number;
  /** Rows that this process answers for, by the id of their file. */
  readonly #rows = new Map<string, number>();
  /** Files that are claimed here, by id. */
  readonly #claims = new Map<string, SpoolEntry>();
  /** Ids of files that are to be written. */
  readonly #unwritten = new Set<string>();
  readonly #reported = new Set<string>();
  /** Files that could be taken or removed when the directory was listed, for any intake, oldest last. */
  #waiting: SpoolEntry[] = [];
  /** Oldest last. */
  #corrupt: SpoolEntry[] = [];
  #listedMilliseconds = Number.NEGATIVE_INFINITY;
  #directoryBytes = 0;
  #unwrittenBytes = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #rowsPending = 0;
  #rowsTakenOver = 0;
  #rowsLeft = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#directory = new SpoolDirectory(options.directory);
    this.#intakeHash = hashIntake(options.intake);
    this.#now = options.now ?? Date.now;
  }

  /** Rows that wait here or in claims, and that this process has put in or taken over. */
  get rowsPending(): number {
    return this.#rowsPending;
  }

  /** Rows that other processes had put in, and that this one has taken or removed. */
  get rowsTakenOver(): number {
    return this.#rowsTakenOver;
  }

  /** Rows that this process has put in, and that are left to other processes, or were taken by them. */
  get rowsLeft(): number {
    return this.#rowsLeft;
  }

  /** What all files in the directory take, as far as this process knows. */
  get bytes(): number {
    return this.#directoryBytes;
  }

  /** Of payloads that are being put in, and so are in memory still. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  /** Stores a payload, for which the oldest files may have to go. If that cannot be, its rows are given up for the reason. */
  put(payload: StoredPayload, reason: 'queueFull' | 'closed'): Promise<void> {
    const file = fileOf(payload, this.#options.intake);
    const { id, bytes } = file.entry;
    this.#own(file.entry);
    this.#unwritten.add(id);
    this.#unwrittenBytes += bytes;
    return this.#inTurn(async () => {
      const isWritten = await this.#write(file).catch((error) => this.#report(error));
      this.#unwritten.delete(id);
      this.#unwrittenBytes -= bytes;
      if (!isWritten) this.#count(file.entry, reason);
    });
  }

  async #write(file: SpoolFile): Promise<boolean> {
    const { entry } = file;
    if (this.#isClosed || !(await this.#makeRoom(spaceOf(entry)))) return false;
    const writing = { ...entry, state: 'writing', untilMilliseconds: this.#now() + WRITING_MILLISECONDS } as const;
    await this.#directory.write(writing, encodeFile(file));
    if (!(await this.#directory.change(writing, entry))) return false;
    this.#directoryBytes += spaceOf(entry);
    return true;
  }

  /** Takes the oldest payload for this intake; undefined when there is none. */
  takeOldest(): Promise<SpoolClaim | undefined> {
    return this.#inTurn(async () => {
      if (this.#isClosed) return undefined;
      await this.#listIfOld();
      if (!this.#waiting.some(this.#isOurs)) await this.#list();
      for (;;) {
        const index = this.#waiting.findLastIndex(this.#isOurs);
        if (index < 0) return undefined;
        const [entry] = this.#waiting.splice(index, 1);
        const claim = await this.#claim(entry);
        if (claim !== undefined) return claim;
      }
    });
  }

  /** Leaves what waits as `leave` does. Nothing can be put or taken any more. */
  close(): Promise<void> {
    void this.#inTurn(async () => {
      this.#isClosed = true;
    });
    return this.leave();
  }

  /** Gives all claims back, and leaves what waits to whoever takes it next, as if another process had put it in. */
  leave(): Promise<void> {
    return this.#inTurn(async () => {
      for (const claimed of this.#claims.values()) await this.#release(claimed).catch((error) => this.#report(error));
      for (const id of this.#rows.keys()) if (!this.#unwritten.has(id)) this.#leave(id);
    });
  }

  /** Runs one step after the other, so that each finds the fields as it leaves them. Gives undefined for a step that failed. */
  #inTurn(step: () => Promise<void>): Promise<void>;
  #inTurn<Result>(step: () => Promise<Result>): Promise<Result | undefined>;
  #inTurn(step: () => Promise<unknown>): Promise<unknown> {
    const result = this.#lastTurn.then(step).catch((error) => this.#report(error));
    this.#lastTurn = result;
    return result;
  }

  async #listIfOld(): Promise<void> {
    // A clock may be set back.
    if (Math.abs(this.#now() - this.#listedMilliseconds) >= LISTING_MILLISECONDS) await this.#list();
  }

  /** Learns what is in the directory, and clears away what is too old, half written or superfluous. */
  async #list(): Promise<void> {
    const entries = await this.#directory.list();
    const nowMilliseconds = this.#now();
    const gone = new Set(this.#rows.keys());
    this.#waiting = [];
    this.#corrupt = [];
    this.#directoryBytes = 0;
    for (const entry of entries.reverse()) {
      const { id, state, createdMilliseconds, untilMilliseconds } = entry;
      gone.delete(id);
      this.#directoryBytes += spaceOf(entry);
      const isHeld = untilMilliseconds > nowMilliseconds && untilMilliseconds < nowMilliseconds + MAX_CLAIM_MILLISECONDS;
      if (isHeld || this.#claims.has(id)) continue;
      if (state === 'writing') await this.#remove(entry);
      else if (state === 'corrupt') {
        if (this.#corrupt.length === MAX_CORRUPT_FILES) await this.#remove(entry);
        else this.#corrupt.push(entry);
      } else if (createdMilliseconds < nowMilliseconds - this.#options.maxAgeSeconds * 1000) await this.#drop(entry, 'tooOld');
      else this.#waiting.push(entry);
    }
    for (const id of gone) if (!this.#claims.has(id) && !this.#unwritten.has(id)) this.#leave(id);
    this.#listedMilliseconds = nowMilliseconds;
  }

  /** Whether a file that takes so much fits in, or does so once the oldest files are gone. */
  async #makeRoom(bytes: number): Promise<boolean> {
    const { maxBytes } = this.#options;
    if (bytes > maxBytes) return false;
    await this.#listIfOld();
    const isFull = (): boolean => this.#directoryBytes + bytes > maxBytes;
    if (isFull()) await this.#list();
    while (isFull() && this.#corrupt.length > 0) await this.#remove(this.#corrupt.pop()!);
    while (isFull() && this.#waiting.length > 0) await this.#drop(this.#waiting.pop()!, 'spoolFull');
    return !isFull();
  }

  readonly #isOurs = ({ intakeHash }: SpoolEntry): boolean => intakeHash === this.#intakeHash;

  /** Undefined when another process was faster, or the file is of no use. */
  async #claim(entry: SpoolEntry): Promise<SpoolClaim | undefined> {
    const untilMilliseconds = this.#now() + this.#options.claimMilliseconds;
    const claimed: SpoolEntry = { ...entry, state: 'claimed', untilMilliseconds };
    try {
      if (!(await this.#directory.change(entry, claimed))) return undefined;
      const payload = decodeFile(await this.#directory.read(claimed), entry, this.#options.intake);
      if (payload === undefined) {
        await this.#setAside(claimed);
        return undefined;
      }
      if (!this.#rows.has(entry.id)) {
        this.#rowsTakenOver += entry.rows;
        this.#own(entry);
      }
      this.#claims.set(entry.id, claimed);
      return { payload, done: () => this.#done(claimed), giveBack: () => this.#giveBack(claimed) };
    } catch (error) {
      // Another process may have more luck, and this one tries again when it has listed the directory anew.
      this.#report(error as NodeJS.ErrnoException);
      await this.#directory.change(claimed, { ...entry, state: 'ready' }).catch(() => {});
      return undefined;
    }
  }

  async #done(claimed: SpoolEntry): Promise<void> {
    if (!this.#claims.delete(claimed.id)) return;
    this.#disown(claimed.id);
    await this.#inTurn(async () => {
      await this.#remove(claimed);
    });
  }

  #giveBack(claimed: SpoolEntry): Promise<void> {
    return this.#inTurn(() => this.#release(claimed));
  }

  async #release(claimed: SpoolEntry): Promise<void> {
    if (!this.#claims.delete(claimed.id)) return;
    // It may be the oldest, or not.
    this.#listedMilliseconds = Number.NEGATIVE_INFINITY;
    await this.#directory.change(claimed, { ...claimed, state: 'ready' });
  }

  async #setAside(claimed: SpoolEntry): Promise<void> {
    const corrupt: SpoolEntry = { ...claimed, state: 'corrupt' };
    if (!(await this.#directory.change(claimed, corrupt))) return;
    const message = `a file of the spool is damaged, and was set aside as ${formatName(corrupt)} in ${this.#directory.path}`;
    this.#count(claimed, 'spoolCorrupt', new ThreadStatsError('ERR_THREADSTATS_SPOOL_CORRUPT', message));
  }

  async #drop(entry: SpoolEntry, reason: SpoolDropReason): Promise<void> {
    if (await this.#remove(entry)) this.#count(entry, reason);
  }

  /** False when it is already gone, or cannot be removed. */
  async #remove(entry: SpoolEntry): Promise<boolean> {
    try {
      const isRemoved = await this.#directory.remove(entry);
      this.#directoryBytes -= spaceOf(entry);
      return isRemoved;
    } catch (error) {
      this.#report(error as NodeJS.ErrnoException);
      return false;
    }
  }

  /** Counts the rows of a file that this process has removed. */
  #count({ id, rows }: SpoolEntry, reason: SpoolDropReason, cause?: Error): void {
    if (!this.#disown(id)) this.#rowsTakenOver += rows;
    this.#options.onDrop(reason, rows, cause);
  }

  #own({ id, rows }: SpoolEntry): void {
    this.#rows.set(id, rows);
    this.#rowsPending += rows;
  }

  #disown(id: string): boolean {
    this.#rowsPending -= this.#rows.get(id) ?? 0;
    return this.#rows.delete(id);
  }

  #leave(id: string): void {
    this.#rowsLeft += this.#rows.get(id) ?? 0;
    this.#disown(id);
  }

  #report(failure: NodeJS.ErrnoException): void {
    const code = String(failure.code);
    if (this.#reported.has(code)) return;
    this.#reported.add(code);
    const message = `The spool directory ${this.#directory.path} does not work, and rows may be dropped: ${failure.message}`;
    this.#options.onError(new ThreadStatsError('ERR_THREADSTATS_SPOOL', message, { cause: failure }));
  }
}
