// spool/: payloads that wait in files, so that they outlive the process, and another process can send them. The front door is
// `Spool`. May import the payload types, the endpoints and the type of compression of http/; nothing of delivery/, transport/ or
// encode/.

import { ThreadStatsError } from '../../diagnostics/errors.js';
import type { StoredPayload } from '../payload.js';
import { SpoolDirectory, spaceOf } from './spool-directory.js';
import { decodeFile, encodeFile, fileOf, formatName, hashIntake, type SpoolEntry, type SpoolFile } from './spool-file.js';

/** The reason why rows are dropped: `queueFull` and `closed` for a payload that cannot be stored, the others for a file. */
export type SpoolDropReason = 'queueFull' | 'closed' | 'tooOld' | 'spoolFull' | 'spoolCorrupt';

/** Settings that depend on the reporter's options. */
export interface SpoolSettings {
  readonly directory: string;
  /** Most bytes of the whole directory, counting each file in whole blocks of 4096 bytes. */
  readonly maxBytes: number;
  /** Base URL of the intake. Files for another one are left alone until they are too old or have to make room. */
  readonly intake: string;
  /** How long a claimed payload is kept from other processes. Must be longer than sending it can take. */
  readonly claimMilliseconds: number;
}

export interface SpoolOptions extends SpoolSettings {
  /** Older files are removed, and their rows are dropped. */
  readonly maxAgeSeconds: number;
  /** Is called for dropped rows. The process that removes a file counts its rows, no matter which process wrote it. */
  readonly onDrop: (reason: SpoolDropReason, rows: number, cause?: Error) => void;
  readonly onError: (error: Error) => void;
  /** Returns POSIX milliseconds. */
  readonly now: () => number;
}

/** A payload taken from the spool. Its file remains until `done`, so that a process may die while sending it. */
export interface SpoolClaim {
  readonly payload: StoredPayload;
  /** Removes the file. From this call on, its rows are the caller's to count. */
  done(): Promise<void>;
  /** Leaves the file to the process that takes it next. */
  giveBack(): Promise<void>;
}

/** The directory is listed again after this time, because other processes change it. */
const LISTING_MILLISECONDS = 10_000;

/** A process that has not finished writing a file after this time must have died. */
const WRITING_MILLISECONDS = 60_000;

/** No request takes longer than this. A claim that ends later comes from a wrong clock, and is ignored. */
const MAX_CLAIM_MILLISECONDS = 3 * 3600 * 1000;

/** Damaged files that are kept for inspection. */
const MAX_CORRUPT_FILES = 10;

/**
 * Payloads in the files of a directory, which several processes may share. Each file is sent by exactly one process, unless this
 * one dies between sending and removing it, or is suspended while sending for longer than its claim lasts.
 *
 * Each row is accounted for at any time: rows put in + `rowsTakenOver` = rows of claims that are `done` + rows given to `onDrop`
 * + `rowsPending` + `rowsLeft`.
 *
 * Failures of the file system are never thrown. Each error code is reported once, and the next call tries again.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #directory: SpoolDirectory;
  readonly #intakeHash: string;
  /** Rows that this process counts as pending, by the id of their file. */
  readonly #rows = new Map<string, number>();
  /** Files that this process has claimed, by id. */
  readonly #claims = new Map<string, SpoolEntry>();
  /** Ids of files that are yet to be written. */
  readonly #unwritten = new Set<string>();
  readonly #reported = new Set<string>();
  /** Files for any intake that could be taken or removed when the directory was last listed, oldest last. */
  #waiting: SpoolEntry[] = [];
  /** Damaged files, oldest last. */
  #corrupt: SpoolEntry[] = [];
  #listedMilliseconds = Number.NEGATIVE_INFINITY;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  /** Rows that other processes have put in, and this one has claimed or removed. */
  rowsTakenOver = 0;
  /** Rows that this process has put in or taken over, and left to other processes. */
  rowsLeft = 0;
  /** Bytes of all files in the directory, in whole blocks, as far as this process knows. */
  bytes = 0;
  /** Bytes of payloads that are yet to be written, and are therefore still in memory. */
  unwrittenBytes = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#directory = new SpoolDirectory(options.directory);
    this.#intakeHash = hashIntake(options.intake);
  }

  /** Rows that this process has put in or taken over, and that wait in files or are claimed. */
  get rowsPending(): number {
    let pending = 0;
    for (const rows of this.#rows.values()) pending += rows;
    return pending;
  }

  /** Stores a payload, and makes room by removing the oldest files. If this fails, its rows are dropped for the reason. */
  put(payload: StoredPayload, reason: 'queueFull' | 'closed'): Promise<void> {
    const file = fileOf(payload, this.#options.intake);
    const { id, bytes } = file.entry;
    this.#rows.set(id, file.entry.rows);
    this.#unwritten.add(id);
    this.unwrittenBytes += bytes;
    return this.#inTurn(async () => {
      const isWritten = await this.#write(file).catch((error) => this.#report(error));
      this.#unwritten.delete(id);
      this.unwrittenBytes -= bytes;
      if (!isWritten) this.#countDrop(file.entry, reason);
    });
  }

  async #write(file: SpoolFile): Promise<boolean> {
    const { entry } = file;
    if (this.#isClosed || !(await this.#makeRoom(spaceOf(entry)))) return false;
    const writing = { ...entry, state: 'writing', untilMilliseconds: this.#options.now() + WRITING_MILLISECONDS } as const;
    await this.#directory.write(writing, encodeFile(file));
    if (!(await this.#directory.change(writing, entry))) return false;
    this.bytes += spaceOf(entry);
    return true;
  }

  /** Takes the oldest payload for this intake; resolves to undefined when there is none. */
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

  /** Does the same as `leave`. Nothing can be put in or taken afterwards. */
  close(): Promise<void> {
    void this.#inTurn(async () => {
      this.#isClosed = true;
    });
    return this.leave();
  }

  /** Gives all claims back, and leaves all files to the process that takes them next, which may be this one. */
  leave(): Promise<void> {
    return this.#inTurn(async () => {
      for (const claimed of this.#claims.values()) await this.#release(claimed).catch((error) => this.#report(error));
      for (const id of this.#rows.keys()) if (!this.#unwritten.has(id)) this.#leaveRows(id);
    });
  }

  /** Runs steps one after the other, so that none sees the fields half changed. Resolves to undefined if the step fails. */
  #inTurn(step: () => Promise<void>): Promise<void>;
  #inTurn<Result>(step: () => Promise<Result>): Promise<Result | undefined>;
  #inTurn(step: () => Promise<unknown>): Promise<unknown> {
    const result = this.#lastTurn.then(step).catch((error) => this.#report(error));
    this.#lastTurn = result;
    return result;
  }

  async #listIfOld(): Promise<void> {
    // The clock may have been set back.
    if (Math.abs(this.#options.now() - this.#listedMilliseconds) >= LISTING_MILLISECONDS) await this.#list();
  }

  /** Lists the directory, and removes files that are too old, files left half written, and damaged files beyond the limit. */
  async #list(): Promise<void> {
    const entries = await this.#directory.list();
    const nowMilliseconds = this.#options.now();
    const gone = new Set(this.#rows.keys());
    this.#waiting = [];
    this.#corrupt = [];
    this.bytes = 0;
    for (const entry of entries.reverse()) {
      const { id, state, createdMilliseconds, untilMilliseconds } = entry;
      gone.delete(id);
      this.bytes += spaceOf(entry);
      const isHeld = untilMilliseconds > nowMilliseconds && untilMilliseconds < nowMilliseconds + MAX_CLAIM_MILLISECONDS;
      if (isHeld || this.#claims.has(id)) continue;
      if (state === 'writing') await this.#remove(entry);
      else if (state === 'corrupt') {
        if (this.#corrupt.length === MAX_CORRUPT_FILES) await this.#remove(entry);
        else this.#corrupt.push(entry);
      } else if (createdMilliseconds < nowMilliseconds - this.#options.maxAgeSeconds * 1000)
        await this.#removeAndDrop(entry, 'tooOld');
      else this.#waiting.push(entry);
    }
    for (const id of gone) if (!this.#claims.has(id) && !this.#unwritten.has(id)) this.#leaveRows(id);
    this.#listedMilliseconds = nowMilliseconds;
  }

  /** Removes the oldest files until a file of this size fits in. Returns false when it cannot. */
  async #makeRoom(bytes: number): Promise<boolean> {
    const { maxBytes } = this.#options;
    if (bytes > maxBytes) return false;
    await this.#listIfOld();
    const isFull = (): boolean => this.bytes + bytes > maxBytes;
    if (isFull()) await this.#list();
    while (isFull() && this.#corrupt.length > 0) await this.#remove(this.#corrupt.pop()!);
    while (isFull() && this.#waiting.length > 0) await this.#removeAndDrop(this.#waiting.pop()!, 'spoolFull');
    return !isFull();
  }

  readonly #isOurs = ({ intakeHash }: SpoolEntry): boolean => intakeHash === this.#intakeHash;

  /** Resolves to undefined when another process was faster, or the file is damaged or cannot be read. */
  async #claim(entry: SpoolEntry): Promise<SpoolClaim | undefined> {
    const untilMilliseconds = this.#options.now() + this.#options.claimMilliseconds;
    const claimed: SpoolEntry = { ...entry, state: 'claimed', untilMilliseconds };
    try {
      if (!(await this.#directory.change(entry, claimed))) return undefined;
      const payload = decodeFile(await this.#directory.read(claimed), entry, this.#options.intake);
      if (payload === undefined) {
        await this.#setAside(claimed);
        return undefined;
      }
      if (!this.#rows.has(entry.id)) {
        this.rowsTakenOver += entry.rows;
        this.#rows.set(entry.id, entry.rows);
      }
      this.#claims.set(entry.id, claimed);
      return { payload, done: () => this.#done(claimed), giveBack: () => this.#giveBack(claimed) };
    } catch (error) {
      // Another process may be able to read it, and this one tries again after the next listing.
      this.#report(error as NodeJS.ErrnoException);
      await this.#directory.change(claimed, { ...entry, state: 'ready' }).catch(() => {});
      return undefined;
    }
  }

  async #done(claimed: SpoolEntry): Promise<void> {
    if (!this.#claims.delete(claimed.id)) return;
    this.#rows.delete(claimed.id);
    await this.#inTurn(async () => {
      await this.#remove(claimed);
    });
  }

  #giveBack(claimed: SpoolEntry): Promise<void> {
    return this.#inTurn(() => this.#release(claimed));
  }

  async #release(claimed: SpoolEntry): Promise<void> {
    if (!this.#claims.delete(claimed.id)) return;
    // The next listing finds its place among the others.
    this.#listedMilliseconds = Number.NEGATIVE_INFINITY;
    await this.#directory.change(claimed, { ...claimed, state: 'ready' });
  }

  async #setAside(claimed: SpoolEntry): Promise<void> {
    const corrupt: SpoolEntry = { ...claimed, state: 'corrupt' };
    if (!(await this.#directory.change(claimed, corrupt))) return;
    const message = `a file of the spool is damaged, and was renamed to ${formatName(corrupt)} in ${this.#directory.path}`;
    this.#countDrop(claimed, 'spoolCorrupt', new ThreadStatsError('ERR_THREADSTATS_SPOOL_CORRUPT', message));
  }

  async #removeAndDrop(entry: SpoolEntry, reason: SpoolDropReason): Promise<void> {
    if (await this.#remove(entry)) this.#countDrop(entry, reason);
  }

  /** Resolves to false when the file is already gone, or cannot be removed. */
  async #remove(entry: SpoolEntry): Promise<boolean> {
    try {
      const isRemoved = await this.#directory.remove(entry);
      this.bytes -= spaceOf(entry);
      return isRemoved;
    } catch (error) {
      this.#report(error as NodeJS.ErrnoException);
      return false;
    }
  }

  /** Counts the rows of a file that this process has removed, set aside, or failed to write. */
  #countDrop({ id, rows }: SpoolEntry, reason: SpoolDropReason, cause?: Error): void {
    if (!this.#rows.delete(id)) this.rowsTakenOver += rows;
    this.#options.onDrop(reason, rows, cause);
  }

  /** Counts the rows of a file as left to other processes. */
  #leaveRows(id: string): void {
    this.rowsLeft += this.#rows.get(id) ?? 0;
    this.#rows.delete(id);
  }

  #report(failure: NodeJS.ErrnoException): void {
    const code = String(failure.code);
    if (this.#reported.has(code)) return;
    this.#reported.add(code);
    const message = `The directory ${this.#directory.path} (\`spoolDirectory\`) cannot be used, so rows may be dropped: ${failure.message}`;
    this.#options.onError(new ThreadStatsError('ERR_THREADSTATS_SPOOL', message, { cause: failure }));
  }
}
