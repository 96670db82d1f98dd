import { constants } from 'node:fs';
import { mkdir, open, opendir, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatName, parseName, type SpoolEntry } from './spool-file.js';

/** What a disk takes for a file at the least, and its unit. It bounds the number of files, too. */
const BLOCK_BYTES = 4096;

/**
 * The files of a spool. Each method is one step that happens or does not, whatever other processes do at the same time: a file
 * appears whole, and of several processes that rename or remove one only one succeeds.
 */
export class SpoolDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the directory if it is missing, and gives its entries, oldest first. All other files are passed over. */
  async list(): Promise<SpoolEntry[]> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    const entries: SpoolEntry[] = [];
    // Read in parts, with turns of the event loop between.
    for await (const file of await opendir(this.path, { bufferSize: 256 })) {
      // A symbolic link is no file here, wherever it leads.
      const entry = file.isFile() ? parseName(file.name) : undefined;
      if (entry !== undefined) entries.push(entry);
    }
    // By numbers as far as possible: thousands of texts would hold the event loop for a tenth of a second.
    return entries.sort((a, b) => a.createdMilliseconds - b.createdMilliseconds || (a.id < b.id ? -1 : 1));
  }

  /**
   * Writes a file under the name of its entry as it is being written. Nothing is forced to the disk: the spool is there for
   * processes that end, and what a machine that stops may leave of a file its checksum shows.
   */
  async write(entry: SpoolEntry, parts: readonly Uint8Array[]): Promise<void> {
    try {
      // Fails if the name is taken, even by a symbolic link.
      await writeFile(this.#pathOf(entry), parts, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      await this.remove(entry).catch(() => {});
      throw error;
    }
  }

  /** The file's bytes; none when there are more or fewer than its name says. */
  async read(entry: SpoolEntry): Promise<Uint8Array> {
    const handle = await open(this.#pathOf(entry), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      const { size } = await handle.stat();
      return size === entry.bytes ? await handle.readFile() : new Uint8Array();
    } finally {
      await handle.close();
    }
  }

  /** Changes the state of a file; false when it is not, or no longer, as the entry says. */
  async change(entry: SpoolEntry, to: SpoolEntry): Promise<boolean> {
    return succeeds(rename(this.#pathOf(entry), this.#pathOf(to)));
  }

  /** Removes a file; false when it is not, or no longer, as the entry says. */
  async remove(entry: SpoolEntry): Promise<boolean> {
    return succeeds(unlink(this.#pathOf(entry)));
  }

  #pathOf(entry: SpoolEntry): string {
    return join(this.path, formatName(entry));
  }
}

/** What a file takes of the directory's limit. */
export function spaceOf({ bytes }: SpoolEntry): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
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
