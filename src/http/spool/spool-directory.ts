import { builtin } from '../../runtime/builtin.js';
import { formatName, parseName, type SpoolEntry } from './spool-file.js';

/** Looked up when a spool is used, because most processes have none. */
const files = (): typeof import('node:fs/promises') => builtin('node:fs/promises');

/** Disk space is counted in blocks of this size, one a file at least. This bounds the number of files, too. */
const BLOCK_BYTES = 4096;

/**
 * The files of a spool. Each method is atomic, whatever other processes do at the same time: a file appears complete or not at
 * all, and when several processes rename or remove the same file, only one of them succeeds.
 */
export class SpoolDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * Creates the directory if it is missing, and returns its entries, oldest first. Files that are not the spool's are ignored.
   */
  async list(): Promise<SpoolEntry[]> {
    await makeDirectory(this.path);
    const entries: SpoolEntry[] = [];
    // Reads the directory in parts, and lets the event loop do other work in between.
    for await (const file of await files().opendir(this.path, { bufferSize: 256 })) {
      // Symbolic links are ignored, whatever they point to.
      const entry = file.isFile() ? parseName(file.name) : undefined;
      if (entry !== undefined) entries.push(entry);
    }
    // Compares numbers where possible: comparing thousands of strings would block the event loop for a tenth of a second.
    return entries.sort((a, b) => a.createdMilliseconds - b.createdMilliseconds || (a.id < b.id ? -1 : 1));
  }

  /**
   * Writes a file under the name of its entry, which must be in the state `writing`. Nothing is flushed to the disk: the spool
   * survives the end of a process, and if the machine stops, the checksum reveals an incomplete file.
   */
  async write(entry: SpoolEntry, parts: readonly Uint8Array[]): Promise<void> {
    try {
      // `wx` fails if the name is taken, even by a symbolic link.
      await files().writeFile(this.#pathOf(entry), parts, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      await this.remove(entry).catch(() => {});
      throw error;
    }
  }

  /** Returns the file's bytes; empty when the file has not the size that its name says. */
  async read(entry: SpoolEntry): Promise<Uint8Array> {
    const { O_RDONLY, O_NOFOLLOW } = files().constants;
    const handle = await files().open(this.#pathOf(entry), O_RDONLY | (O_NOFOLLOW ?? 0));
    try {
      const { size } = await handle.stat();
      return size === entry.bytes ? await handle.readFile() : new Uint8Array();
    } finally {
      await handle.close();
    }
  }

  /** Renames a file to change its state. Resolves to false when no file has the entry's name and state (any more). */
  async change(entry: SpoolEntry, to: SpoolEntry): Promise<boolean> {
    return succeeds(files().rename(this.#pathOf(entry), this.#pathOf(to)));
  }

  /** Removes a file. Resolves to false when no file has the entry's name and state (any more). */
  async remove(entry: SpoolEntry): Promise<boolean> {
    return succeeds(files().unlink(this.#pathOf(entry)));
  }

  #pathOf(entry: SpoolEntry): string {
    return builtin('node:path').join(this.path, formatName(entry));
  }
}

/** Returns the bytes of a file in whole blocks. */
export function spaceOf({ bytes }: SpoolEntry): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

/**
 * Creates a directory, and those above it that are missing. The option `recursive` of Node.js never ends where a directory cannot
 * be created in an existing one, as in /proc.
 */
async function makeDirectory(path: string, triesParent = true): Promise<void> {
  try {
    await files().mkdir(path, { mode: 0o700 });
  } catch (error) {
    const parent = builtin('node:path').dirname(path);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && triesParent && parent !== path) {
      await makeDirectory(parent);
      return makeDirectory(path, false);
    }
    const isDirectory = await files()
      .stat(path)
      .then(
        (stats) => stats.isDirectory(),
        () => false,
      );
    if (!isDirectory) throw error;
  }
}

async function succeeds(step: Promise<void>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
