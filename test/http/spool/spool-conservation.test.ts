import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SpoolClaim } from '../../../src/http/spool/spool.js';
import { BEGIN_SECONDS, CLAIM_MILLISECONDS, type OpenSpool, openSpool, storedPayload } from '../support/spool.js';

const PROCESSES = 3;

/** A process's spool, and what the process did with it. */
interface Process extends OpenSpool {
  rowsPut: number;
  rowsDone: number;
  claims: { claim: SpoolClaim; untilMilliseconds: number }[];
}

const process = fc.nat({ max: PROCESSES - 1 });
const steps = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), process, rows: fc.integer({ min: 1, max: 1000 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('take' as const, 'take' as const, 'done' as const, 'giveBack' as const),
      process,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'close' as const), process }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(-30, 5, 15, 80, 1000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('damage' as const), at: fc.nat() }) },
);

test('each row is sent once or counted once as dropped, whatever several processes do', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 10, maxLength: 80 }), async (script) => {
      const directory = mkdtempSync(join(tmpdir(), 'threadstats-spool-'));
      let nowMilliseconds = BEGIN_SECONDS * 1000;
      /** The latest time that the clock has shown; it is set back now and then. */
      let latestMilliseconds = nowMilliseconds;
      const start = (): Process => {
        const it = openSpool(directory, { now: () => nowMilliseconds, maxBytes: 6 * 4096 });
        return { ...it, rowsPut: 0, rowsDone: 0, claims: [] };
      };
      const all: Process[] = [];
      const running = Array.from({ length: PROCESSES }, () => start());
      all.push(...running);
      const restart = (index: number): void => {
        running[index] = start();
        all.push(running[index]);
      };
      const seen = new Set<string>();
      let texts = 0;

      for (const step of script) {
        if (step.do === 'wait') {
          nowMilliseconds += step.seconds * 1000;
          latestMilliseconds = Math.max(latestMilliseconds, nowMilliseconds);
        } else if (step.do === 'damage') damage(directory, step.at);
        else {
          const it = running[step.process];
          if (step.do === 'put') {
            const payload = storedPayload(`${texts++}`, step.rows, nowMilliseconds / 1000);
            await it.spool.put(payload, 'queueFull');
            it.rowsPut += step.rows;
          } else if (step.do === 'take') {
            const claim = await it.spool.takeOldest();
            if (claim !== undefined) it.claims.push({ claim, untilMilliseconds: nowMilliseconds + CLAIM_MILLISECONDS });
          } else if (step.do === 'crash') restart(step.process);
          else if (step.do === 'close') {
            await it.spool.close();
            expect(it.spool.rowsPending).toBe(0);
            restart(step.process);
          } else {
            const { claim, untilMilliseconds } = it.claims.shift() ?? {};
            // An expired claim may belong to another process by now, which sends the payload.
            if (step.do === 'giveBack' || untilMilliseconds! <= latestMilliseconds) await claim?.giveBack();
            else if (claim !== undefined) {
              await claim.done();
              it.rowsDone += claim.payload.rows;
              const text = Buffer.from(claim.payload.body).toString();
              expect(seen).not.toContain(text);
              seen.add(text);
            }
          }
        }
        for (const it of running) expectConservation(it);
      }

      // Claims of those that crashed run out, and another one sends the rest.
      nowMilliseconds = latestMilliseconds + 2 * CLAIM_MILLISECONDS;
      const last = start();
      all.push(last);
      for (let claim = await last.spool.takeOldest(); claim !== undefined; claim = await last.spool.takeOldest()) {
        await claim.done();
        last.rowsDone += claim.payload.rows;
      }
      expect(readdirSync(directory).filter((name) => !name.endsWith('.corrupt'))).toEqual([]);
      let rows = 0;
      for (const { rowsPut, rowsDone, dropped } of all) rows += rowsPut - rowsDone - sum(dropped);
      expect(rows).toBe(0);
      for (const { errors } of all) {
        expect(errors.filter((error) => (error as { code?: string }).code !== 'ERR_THREADSTATS_SPOOL_CORRUPT')).toEqual([]);
      }
      rmSync(directory, { recursive: true });
    }),
    { numRuns: 60 },
  );
});

function expectConservation({ spool, rowsPut, rowsDone, dropped }: Process): void {
  expect(rowsPut + spool.rowsTakenOver).toBe(rowsDone + spool.rowsPending + spool.rowsLeft + sum(dropped));
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((a, b) => a + b, 0);
}

/** Changes one byte of some file that waits. */
function damage(directory: string, at: number): void {
  const names = readdirSync(directory).filter((name) => name.endsWith('.ready'));
  if (names.length === 0) return;
  const path = join(directory, names[at % names.length]);
  const text = readFileSync(path);
  text[at % text.length] ^= 1 + (at % 255);
  writeFileSync(path, text);
}
