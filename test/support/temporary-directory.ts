import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new directory, which is removed when the test ends. */
export function temporaryDirectory(): string {
  const directory = new TemporaryDirectory();
  onTestFinished(() => directory[Symbol.dispose]());
  return directory.path;
}

/** A new directory, which is removed at the end of the scope: `using directory = new TemporaryDirectory()`. */
export class TemporaryDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'threadstats-'));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
