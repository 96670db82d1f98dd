import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { BAD_NAME } from '../../src/contexts/codes.js';
import { Resolver } from '../../src/contexts/resolver.js';
import { createScope } from '../../src/contexts/scope.js';
import { ownCopy } from '../../src/contexts/string-table.js';
import { GAUGE, KIND_BITS } from '../../src/model/kinds.js';

setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

/** Returns the bytes of the heap that the work leaves behind while its result is held. */
async function heldBytes(work: () => unknown): Promise<number> {
  const heapBytes = async (): Promise<number> => {
    // The target of a WeakRef that was read is held until the turn ends.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    return process.memoryUsage().heapUsed;
  };
  const before = await heapBytes();
  const result = work();
  const bytes = (await heapBytes()) - before;
  expect(result).toBeDefined();
  return bytes;
}

function makeResolver(): Resolver {
  return new Resolver({
    maxContexts: 10_000,
    normalizeName: (name) => name.toLowerCase(),
    normalizeTag: (tag) => tag.toLowerCase(),
    onTwoKinds: () => {},
  });
}

/** Number of tags that are kept for contexts. The tag of overflow contexts is always kept. */
function tagCount({ contexts }: Resolver): number {
  return contexts.tags.size - 1;
}

/** Returns a text of 100 kB, in one piece. */
function body(index: number): string {
  return Buffer.alloc(100_000, `${index} Body: lower, `).toString('latin1');
}

test.each(['', 'a', '42', '__proto__', 'constructor', 'x'.repeat(1000), '\ud800', 'né ✓ 😀'])(
  'an own copy of %j is the same text',
  (text) => {
    expect(ownCopy(text)).toBe(text);
  },
);

describe('a resolver does not hold the long text from which names and tags were cut', () => {
  const BODIES = 200;

  test.each<[what: string, begin: number, end: number]>([
    ['short', 0, 19],
    ['long', 0, 60],
    ['very long', 0, 190],
  ])('for %s tags and names of any spelling', async (_, begin, end) => {
    const bytes = await heldBytes(() => {
      const resolver = makeResolver();
      const scope = createScope('', [], undefined);
      for (let i = 0; i < BODIES; i++) {
        const piece = body(i).slice(begin, end);
        const lower = body(i).toLowerCase().slice(begin, end);
        for (let again = 0; again < 3; again++) {
          expect(resolver.resolveTags(scope, GAUGE, 'fixed', [lower])).toBeGreaterThan(0);
          expect(resolver.resolveTags(scope, GAUGE, 'fixed', [piece, piece])).toBeGreaterThan(0);
          expect(resolver.resolveTags(scope, GAUGE, piece, [piece])).toBeGreaterThan(0);
          expect(resolver.resolvePlain(scope, GAUGE, lower)).toBeGreaterThan(0);
          expect(resolver.resolve(scope, GAUGE, lower, [], piece)).toBeGreaterThan(0);
        }
      }
      return resolver;
    });
    expect(bytes).toBeLessThan((BODIES * 100_000) / 4);
  });

  test('and little of a sample with a thousand tags', async () => {
    const resolver = makeResolver();
    const scope = createScope('', [], undefined);
    const tags = Array.from({ length: 1024 }, (_, i) => `tag:${i}`);
    for (let i = 0; i < 30; i++) resolver.resolveTags(scope, GAUGE, `name${i}`, ['a']);
    const bytes = await heldBytes(() => {
      for (let i = 0; i < 30; i++) for (let again = 0; again < 2; again++) resolver.resolveTags(scope, GAUGE, `name${i}`, tags);
      return resolver;
    });
    // The contexts' own lists of tags are outside the heap, and a frequent tag is remembered once, not for each name.
    expect(bytes).toBeLessThan(30 * 5000 + 100_000);
  });
});

describe('a scope that is gone', () => {
  test('is held by nothing, and neither are its tags and host when their contexts are recycled', async () => {
    const resolver = makeResolver();
    const root = createScope('', [], undefined);
    resolver.resolvePlain(root, GAUGE, 'requests');
    const bytes = await heldBytes(() => {
      for (let i = 0; i < 5000; i++) {
        const child = createScope('', [`request:${i}`, 'x'.repeat(500) + i], `host ${i}`);
        const code = resolver.resolvePlain(child, GAUGE, 'requests');
        expect(code).toBeGreaterThan(0);
        expect(resolver.resolvePlain(child, GAUGE, 'requests')).toBe(code);
        resolver.recycle(code >> KIND_BITS);
      }
      return resolver;
    });
    expect([tagCount(resolver), resolver.contexts.hosts.size, resolver.contexts.size]).toEqual([0, 0, 1]);
    expect(bytes).toBeLessThan(2_000_000);
  });
});

test('a scope finds its tags and host again after their ids were given to others', () => {
  const resolver = makeResolver();
  const { contexts } = resolver;
  const [first, second] = ['first', 'second'].map((tag) => createScope('', [tag], `host of ${tag}`));
  for (let i = 0; i < 3; i++) {
    for (const scope of [first, second]) {
      const contextId = resolver.resolveTags(scope, GAUGE, 'a', ['x']) >> KIND_BITS;
      const tags = contexts.tagIds(contextId).map((id) => contexts.tags.strings[id]);
      expect([tags, contexts.host(contextId)]).toEqual([['x', scope.tags[0]], scope.host]);
      resolver.recycle(contextId);
    }
  }
  // A refused sample leaves nothing behind, and the scope looks its ids up again.
  expect(resolver.resolvePlain(first, GAUGE, '')).toBe(BAD_NAME);
  expect([tagCount(resolver), contexts.hosts.size]).toEqual([0, 0]);
  const other = resolver.resolve(second, GAUGE, 'a', ['other'], 'other host') >> KIND_BITS;
  const contextId = resolver.resolvePlain(first, GAUGE, 'a') >> KIND_BITS;
  expect(contexts.tagIds(contextId).map((id) => contexts.tags.strings[id])).toEqual(['first']);
  expect([contexts.host(contextId), contexts.host(other)]).toEqual(['host of first', 'other host']);
});
