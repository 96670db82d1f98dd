import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { StoredPayload } from '../../../src/http/payload.js';
import { Spool, type SpoolOptions } from '../../../src/http/spool/spool.js';

export const INTAKE = 'https://api.datadoghq.com';
export const CLAIM_MILLISECONDS = 70_000;
export const MAX_AGE_SECONDS = 3000;

/** The time at which tests begin, in POSIX seconds. */
export const BEGIN_SECONDS = 1_763_836_563;

/** A spool, the rows it dropped and the errors it reported. Its clock stands still unless a test replaces it. */
export interface OpenSpool {
  spool: Spool;
  dropped: Record<string, number>;
  errors: Error[];
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'threadstats-spool-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function openSpool(directory: string, options: Partial<SpoolOptions> = {}): OpenSpool {
  const dropped: Record<string, number> = {};
  const errors: Error[] = [];
  const spool = new Spool({
    directory,
    maxBytes: 64 * 2 ** 20,
    maxAgeSeconds: MAX_AGE_SECONDS,
    intake: INTAKE,
    claimMilliseconds: CLAIM_MILLISECONDS,
    onDrop: (reason, rows, cause) => {
      dropped[reason] = (dropped[reason] ?? 0) + rows;
      if (cause !== undefined) errors.push(cause);
    },
    onError: (error) => errors.push(error),
    now: () => BEGIN_SECONDS * 1000,
    ...options,
  });
  return { spool, dropped, errors };
}

/** Makes a payload of so many rows, which can be recognised by its text. */
export function storedPayload(text: string, rows = 1, createdSeconds = BEGIN_SECONDS): StoredPayload {
  return { path: '/api/v2/series', compression: 'gzip', body: Buffer.from(text), rows, createdSeconds };
}

/** Takes all payloads that can be taken, and returns their texts. */
export async function takeAll({ spool }: OpenSpool): Promise<string[]> {
  const texts: string[] = [];
  for (let claim = await spool.takeOldest(); claim !== undefined; claim = await spool.takeOldest()) {
    texts.push(Buffer.from(claim.payload.body).toString());
    await claim.done();
  }
  return texts;
}
