// The order of payloads whose points may be replaced by those of a later flush: if an older one came last, the server would keep it.

import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Delivery } from '../../../src/http/delivery/delivery.js';
import { Forwarder } from '../../../src/http/delivery/forwarder.js';
import { fixedRuns } from '../../engine/support/properties.js';
import { FakeTime, settle } from '../support/fake-time.js';
import { type Answer, payloadOf, ScriptedSender } from '../support/scripted-sender.js';

const MINUTE = 60_000;

function setUp(answer: ScriptedSender['answer']) {
  const time = new FakeTime();
  const sender = new ScriptedSender(answer);
  const forwarder = new Forwarder(sender, { maxQueueBytes: 2 ** 24, time });
  onTestFinished(() => forwarder.close());
  /** Adds a payload for each name, as one flush does. */
  const flush = (flushNumber: number | undefined, ...names: string[]): void => {
    const delivery = new Delivery();
    for (const name of names) forwarder.add({ ...payloadOf([name]), flushNumber }, delivery);
    delivery.end().catch(() => {});
  };
  /** Lets much time pass, in pieces, because work that does not wait for time goes on in between. */
  const passMinutes = async (minutes: number): Promise<void> => {
    for (let i = 0; i < minutes * 6; i++) await time.pass(10_000);
  };
  return { time, sender, forwarder, flush, passMinutes };
}

describe('payloads whose points may be replaced', () => {
  test('are accepted in the order of their flushes, however often the first one fails', async () => {
    const { time, sender, flush, passMinutes } = setUp(() => (time.nowMilliseconds < 3 * MINUTE ? 500 : 202));
    flush(1, 'first');
    await time.pass(100);
    flush(2, 'second');
    flush(undefined, 'third');
    await passMinutes(10);
    expect(sender.accepted).toEqual(['first', 'second', 'third']);
  });

  test('are not under way together with those of another flush when an outage is over', async () => {
    let underWay: string[] = [];
    const together = new Set<string>();
    const { time, sender, flush, passMinutes } = setUp(async (_, names) => {
      if (time.nowMilliseconds < MINUTE) return 'ECONNREFUSED';
      underWay.push(...names.map((name) => name[0]));
      await setImmediate();
      if (new Set(underWay).size > 1) together.add(underWay.join());
      underWay = underWay.filter((each) => each !== names[0][0]);
      return 202;
    });
    for (let number = 1; number <= 6; number++) flush(number, `${number}a`, `${number}b`, `${number}c`);
    await passMinutes(10);
    expect(sender.accepted).toHaveLength(18);
    expect([...together]).toEqual([]);
    expect(sender.mostUnderWay).toBe(3);
  });

  test('of one flush are sent at the same time', async () => {
    const { sender, flush, time } = setUp(async () => {
      await setImmediate();
      return 202;
    });
    flush(1, 'a', 'b', 'c', 'd', 'e');
    await time.pass(1000);
    expect(sender.accepted).toHaveLength(5);
    expect(sender.mostUnderWay).toBe(4);
  });

  test('do not wait for a delay of their own while the server accepts others', async () => {
    const { time, sender, forwarder, flush } = setUp(({ path }) =>
      path.endsWith('series') && time.nowMilliseconds === 0 ? 503 : 202,
    );
    time.chance = () => 1;
    flush(1, 'first');
    await settle();
    flush(2, 'second');
    forwarder.add(payloadOf(['other'], 0, '/api/v1/distribution_points'), new Delivery());
    await time.pass(1500);
    expect(sender.accepted.filter((name) => name !== 'other')).toEqual(['first', 'second']);
  });

  test('are accepted in order whatever the server answers and when', async () => {
    const answer = fc.constantFrom<Answer>(202, 202, 202, 500, 503, 408, 404, 413, 400, 'ECONNRESET');
    const step = fc.record({
      numbered: fc.boolean(),
      count: fc.integer({ min: 1, max: 3 }),
      waitMilliseconds: fc.nat(40_000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.array(answer, { minLength: 1, maxLength: 30 }),
        async (steps, answers) => {
          let requests = 0;
          const { time, sender, forwarder, flush, passMinutes } = setUp(async () => {
            const said = answers[requests++ % answers.length];
            await settle();
            return said;
          });
          for (const [index, { numbered, count, waitMilliseconds }] of steps.entries()) {
            const name = `${index + 1}`.padStart(2, '0');
            flush(
              numbered ? index + 1 : undefined,
              ...Array.from({ length: count }, (_, i) => `${name}${numbered ? 'n' : 'u'}${i}`),
            );
            await time.pass(waitMilliseconds);
          }
          await passMinutes(60);
          const { accepted } = sender;
          // Nothing comes before a numbered payload of an earlier flush.
          for (const [index, name] of accepted.entries()) {
            const laterOnes = accepted.slice(index + 1);
            const overtaken = laterOnes.filter((later) => later.includes('n') && later.slice(0, 2) < name.slice(0, 2));
            expect(overtaken, name).toEqual([]);
          }
          expect(forwarder.counts.pending).toBe(0);
          await forwarder.close();
        },
      ),
      fixedRuns(100),
    );
  });
});
