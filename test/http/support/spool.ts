import type { StoredPayload } from '../../../src/http/payload.js';
import { Spool, type SpoolOptions } from '../../../src/http/spool/spool.js';

export const INTAKE = 'https://api.datadoghq.com';
export const CLAIM_MILLISECONDS = 70_000;
export const MAX_AGE_SECONDS = 3000;

/** The time at which tests begin, in POSIX seconds. */
export const BEGIN_SECONDS = 1_763_836_563;

/** A spool, its drops by reason, and its errors. Its clock stands still until a test sets it. */
export interface OpenSpool {
  spool: Spool;
  dropped: Record<string, number>;
  errors: Error[];
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

/** A payload of so many rows, which its text identifies. */
export function storedPayload(text: string, rows = 1, createdSeconds = BEGIN_SECONDS): StoredPayload {
  return { path: '/api/v2/series', compression: 'gzip', body: Buffer.from(text), rows, createdSeconds };
}

/** Takes everything that can be taken, and returns the texts. */
export async function takeAll({ spool }: OpenSpool): Promise<string[]> {
  const texts: string[] = [];
  for (let claim = await spool.takeOldest(); claim !== undefined; claim = await spool.takeOldest()) {
    texts.push(Buffer.from(claim.payload.body).toString());
    await claim.done();
  }
  return texts;
}
