import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Murmur3 } from '../../src/engine/js/murmur3.js';
import { SET } from '../../src/model/kinds.js';
import { fixedRuns } from './support/properties.js';
import { codeOf, Recorder } from './support/recorder.js';
import { MEMBER_CAPACITY, SPECIAL_TEXTS } from './support/values.js';
import { repetitions, type TestEngine, type Variant, variants } from './support/variants.js';

const CODE = codeOf(3, SET);

function recorderOf(make: Variant['make'], seed = 1): Recorder {
  return new Recorder(make({ seed }));
}

function add(recorder: Recorder, member: string | number): void {
  recorder.record({ startSeconds: 0, code: CODE, value: member });
}

/** Returns how many different members an engine counts. */
function countOf(make: Variant['make'], members: Iterable<string | number>): number {
  const recorder = recorderOf(make);
  for (const member of members) add(recorder, member);
  return recorder.flush()[0].values[0];
}

/** Returns numbers whose hashes as members, with this seed, satisfy the predicate. */
function membersWhoseHash(seed: number, count: number, predicate: (low: number, high: number) => boolean): number[] {
  const units = new Uint16Array(4);
  const value = new Float64Array(units.buffer);
  const murmur3 = new Murmur3();
  const members: number[] = [];
  for (let member = 1; members.length < count; member++) {
    value[0] = member;
    murmur3.compute(units, 0, 4, ~seed);
    if (predicate(murmur3.low, murmur3.high)) members.push(member);
  }
  return members;
}

describe.each(variants)('sets of the $name engine', ({ engineName, make }) => {
  test.each<[name: string, memberAt: (i: number) => string | number]>([
    ['numbers', (i) => i],
    ['numbers with fractions', (i) => i / 7 - 1000],
    ['texts', (i) => `user-${i}`],
    ['texts that differ in their first unit', (i) => `${String.fromCharCode(i & 0xffff)}${i >> 16}`],
  ])('are exact up to 100,000 %s', (_name, memberAt) => {
    const recorder = recorderOf(make);
    const count = repetitions(100_000, 25_000);
    for (let i = 0; i < count; i++) add(recorder, memberAt(i));
    // The same members once more, in another order: none of them is new.
    for (let i = 0; i < count; i++) add(recorder, memberAt((i * 7919) % count));
    expect([...recorder.flush()[0].values]).toEqual([count]);
    expect(recorder.dropped).toBe(0);
  });

  test('forget no member while they grow', () => {
    const recorder = recorderOf(make);
    for (let i = 1; i <= 2000; i++) {
      for (let j = Math.max(0, i - 20); j < i; j++) add(recorder, j);
      recorder.record({ startSeconds: i, code: codeOf(1, SET), value: 0 });
    }
    expect(recorder.flush()[0].values[0]).toBe(2000);
  });

  test('count a number and its text as two members, even if a text has the bytes of the number', () => {
    expect(countOf(make, [1, '1'])).toBe(2);
    expect(countOf(make, [0.1, '0.1', 1e21, '1e+21'])).toBe(4);
    expect(countOf(make, [1, '\0\0\0\u3ff0'])).toBe(2);
    expect(countOf(make, [0, '', '\0\0\0\0'])).toBe(3);
  });

  test('count 0 and -0 as one member, but their texts as two', () => {
    expect(countOf(make, [0, -0])).toBe(1);
    expect(countOf(make, ['0', '-0'])).toBe(2);
  });

  test('count texts as different members if any code unit differs', () => {
    expect(countOf(make, SPECIAL_TEXTS)).toBe(new Set(SPECIAL_TEXTS).size);
    expect(countOf(make, ['\ud800', '\ud801', '\udc00', '\ufffd', '?'])).toBe(5);
    expect(countOf(make, ['é', 'e\u0301'])).toBe(2);
    expect(
      countOf(
        make,
        Array.from({ length: 100 }, (_, i) => '\0'.repeat(i)),
      ),
    ).toBe(100);
  });

  test('count equal texts as one member however the runtime stores them', () => {
    const base = 'a text that is long enough to be held as a slice of another one';
    const slice = `x${base}y`.slice(1, -1);
    const cons = base.slice(0, 30) + base.slice(30);
    const twoByte = `${base}\u4e2d`.slice(0, -1);
    const built = [...base].join('');
    expect(countOf(make, [base, slice, cons, twoByte, built])).toBe(1);
  });

  test('count members that fill the member buffer, between short ones', () => {
    const recorder = recorderOf(make);
    const long = 'l'.repeat(MEMBER_CAPACITY - 1);
    for (const member of ['a', 1, `${long}a`, 'a', 1, long, `${long}a`, 'b', 2, `${long}b`]) add(recorder, member);
    expect([...recorder.flush()[0].values]).toEqual([7]);
  });

  test.each<[name: string, count: number, predicate: (low: number, high: number) => boolean]>([
    ['the last slot of every leaf', repetitions(900, 500), (low) => (low & 0x1ff) === 0x1ff],
    ['two neighbouring slots', repetitions(900, 500), (low) => (low & 0x1ff) >>> 1 === 0],
    ['one child of two nodes', repetitions(1500, 600), (_low, high) => high >>> 24 === 0xa5],
    ['one slot of one child', repetitions(420, 100), (low, high) => (low & 0x3f) === 7 && high >>> 28 === 0xf],
  ])('count members exactly whose hashes all fall into %s', (_name, count, predicate) => {
    const seed = 12345;
    const members = membersWhoseHash(seed, count, predicate);
    const recorder = recorderOf(make, seed);
    for (const member of members) add(recorder, member);
    for (const member of members) add(recorder, member);
    for (let i = 1; i <= 500; i++) add(recorder, -i);
    expect([...recorder.flush()[0].values]).toEqual([count + 500]);
    expect(recorder.engine.usedBytes).toBe(make({ seed }).usedBytes);
  });

  test('grow in small steps: adding a member never moves more than one leaf', () => {
    const recorder = recorderOf(make);
    // A split takes sixteen blocks of 528 bytes, and WebAssembly memory is taken in pages of 64 KiB.
    const largestStepBytes = engineName === 'wasm' ? 2 * 65536 : 16_384;
    let before = recorder.engine.usedBytes;
    let largest = 0;
    for (let i = 0; i < repetitions(60_000, 10_000); i++) {
      recorder.recordNow({ startSeconds: 0, code: CODE, value: i });
      const { usedBytes } = recorder.engine as TestEngine;
      largest = Math.max(largest, usedBytes - before);
      before = usedBytes;
    }
    expect(recorder.dropped).toBe(0);
    expect(largest).toBeLessThanOrEqual(largestStepBytes);
  });

  test('are exact for any members', () => {
    const member = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.array(fc.nat(65535), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.integer().map(String),
    );
    fc.assert(
      fc.property(fc.array(member, { minLength: 1, maxLength: 200 }), (members) => {
        expect(countOf(make, members)).toBe(new Set(members).size);
      }),
      fixedRuns(repetitions(100, 20)),
    );
  });
});
