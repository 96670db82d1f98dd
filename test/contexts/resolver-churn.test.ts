// Contexts that come and go, compared with a model and counted.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BAD_NAME, BAD_TAGS, CONTEXT_LIMIT } from '../../src/contexts/codes.js';
import type { Resolver } from '../../src/contexts/resolver.js';
import { createScope, type Scope } from '../../src/contexts/scope.js';
import { COUNTER, DISTRIBUTION, GAUGE, KIND_BITS, KIND_MASK, type Kind, SET } from '../../src/model/kinds.js';
import { makeResolver as makeTestResolver, nameOf, normalize, tagsOf } from './support/resolver.js';

const seed = 20_250_605;
const constantTags = ['env:prod'];
/** The host of samples whose scope names none, and of overflow contexts. */
const CLIENT_HOST = 'h';
const isTagCut = (tag: string) => tag.startsWith('cut:');

const makeResolver = (maxContexts: number) => makeTestResolver({ maxContexts, host: CLIENT_HOST, isTagCut, constantTags });

/** Counts what the resolver keeps beside contexts: tags and hosts with their spellings, and spellings of names. */
function kept(resolver: Resolver, scopes: readonly Scope[]) {
  const { names: metricNames, tags, hosts } = resolver.contexts;
  let names = metricNames.spellings;
  for (const scope of scopes) for (const map of scope.spellings) names += map.size;
  return { tags: tags.size, tagSpellings: tags.spellings, hosts: hosts.size, hostSpellings: hosts.spellings, names };
}

/** The lengths of the tables that a resolver holds, whether they are in use or not. */
function heldBy({ contexts: { idEnd, tags, hosts, lists } }: Resolver) {
  return { idEnd, tags: tags.strings.length, hosts: hosts.strings.length, lists: lists.words.length };
}

interface Sample {
  scope: number;
  kind: Kind;
  name: string;
  tags: string[];
  host: string | undefined;
}

const sample: fc.Arbitrary<Sample> = fc.record({
  scope: fc.nat(2),
  kind: fc.constantFrom(COUNTER, GAUGE, SET, DISTRIBUTION) as fc.Arbitrary<Kind>,
  name: fc.constantFrom('a', 'A', ' a', 'b', 'child.a', 'c', '', ' '),
  tags: fc.array(
    fc.constantFrom(
      ...['cut:1', 'CUT:2', 'overflow:true', 'x', 'X', 'y', ' y', 'z', 'w', 'v', 'own', 'env:prod', 'ENV:PROD', '', ' '],
    ),
    { maxLength: 6 },
  ),
  host: fc.constantFrom(undefined, undefined, 'h', 'i', ''),
});

/** Most overflow contexts: the names of the samples above in every scope, times the kinds that fold. */
const OVERFLOWING = 9 * 2;

/** A context of the model. */
interface ModelContext {
  code: number;
  /** As they were when the context was made. */
  tags: string[];
  /** Whether it is an overflow context, which takes none of the room of others. */
  isOverflow: boolean;
}

/** The series of a sample, worked out anew each time. */
interface Named {
  text: string;
  host: string | null;
  /** The tags of the sample and of its scope, normalised, each once, without the constant ones. */
  tags: string[];
  /** Equal for all samples of one context. */
  key: string;
}

const SCOPES = [
  { prefix: '', tags: [], host: null },
  { prefix: 'child', tags: ['own', 'Cut:child'], host: 'i' },
  { prefix: '', tags: [], host: '' },
] as const;

function named({ scope, kind, name, tags, host }: Sample): Named {
  const { prefix, tags: scopeTags, host: scopeHost } = SCOPES[scope];
  const normalized = [...tags, ...scopeTags].map(normalize);
  const own = [...new Set(normalized)].filter((tag) => tag !== '' && !isTagCut(tag) && !constantTags.includes(tag));
  const text = name === '' ? '' : normalize(prefix === '' ? name : `${prefix}.${name}`);
  const givenHost = (host ?? scopeHost ?? CLIENT_HOST) || null;
  const key = JSON.stringify([kind, text, givenHost, own.toSorted()]);
  return { text, host: givenHost, tags: own, key };
}

/** A resolver beside a map of the contexts that it should have. */
class Pair {
  readonly resolver: Resolver;
  readonly scopes: readonly Scope[];
  readonly #maxContexts: number;
  readonly #model = new Map<string, ModelContext>();

  constructor(maxContexts: number) {
    this.#maxContexts = maxContexts;
    this.resolver = makeResolver(maxContexts);
    this.scopes = SCOPES.map(({ prefix, tags, host }) => createScope(prefix, tags, host ?? undefined));
  }

  /** Resolves a sample by the method that the aggregator would call. */
  #resolve({ scope, kind, name, tags, host }: Sample): number {
    const { resolver } = this;
    if (host !== undefined) return resolver.resolve(this.scopes[scope], kind, name, tags, host);
    return tags.length > 0
      ? resolver.resolveTags(this.scopes[scope], kind, name, tags)
      : resolver.resolvePlain(this.scopes[scope], kind, name);
  }

  resolve(sample: Sample): void {
    const { key, text, host, tags } = named(sample);
    const code = this.#resolve(sample);
    if (text === '') {
      expect(code).toBe(BAD_NAME);
      return;
    }
    let known = this.#model.get(key);
    if (known === undefined && this.#size === this.#maxContexts) {
      this.#expectFolded(sample.kind, text, code);
      return;
    }
    if (known === undefined) {
      known = { code, tags, isOverflow: false };
      this.#model.set(key, known);
    }
    this.#expectContext(known, code, sample.kind, text, host);
  }

  /** Number of contexts, overflow contexts excepted. */
  get #size(): number {
    return [...this.#model.values()].filter(({ isOverflow }) => !isOverflow).length;
  }

  #expectFolded(kind: Kind, text: string, code: number): void {
    if (kind === GAUGE || kind === SET) {
      expect(code).toBe(CONTEXT_LIMIT);
      return;
    }
    const key = JSON.stringify([kind, text, CLIENT_HOST, ['overflow:true']]);
    const context = this.#model.get(key) ?? { code, tags: ['overflow:true'], isOverflow: true };
    context.isOverflow = true;
    this.#model.set(key, context);
    this.#expectContext(context, code, kind, text, CLIENT_HOST);
    expect(this.resolver.isOverflow(code)).toBe(true);
  }

  #expectContext(context: ModelContext, code: number, kind: Kind, text: string, host: string | null): void {
    const { contexts } = this.resolver;
    const contextId = code >> KIND_BITS;
    const shown = {
      code,
      kind: code & KIND_MASK,
      text: nameOf(this.resolver, code),
      host: contexts.host(contextId),
      tags: tagsOf(this.resolver, code),
    };
    expect(shown).toEqual({ code: context.code, kind, text, host, tags: context.tags });
    expect(contexts.size).toBe(this.#size);
  }

  /** Recycles the context at a place in the model, if there is one. */
  recycle(place: number): void {
    const entries = [...this.#model];
    if (entries.length === 0) return;
    const [key, { code }] = entries[place % entries.length];
    this.resolver.recycle(code >> KIND_BITS);
    this.#model.delete(key);
  }

  expectIdsDiffer(): void {
    expect(new Set([...this.#model.values()].map(({ code }) => code >> KIND_BITS)).size).toBe(this.#model.size);
  }

  recycleAll(): void {
    while (this.#model.size > 0) this.recycle(0);
  }

  /** Numbers of tags, hosts and names. More spellings of the scopes' and the constant tags may be remembered. */
  get counts() {
    const { tags, hosts, names } = kept(this.resolver, this.scopes);
    return { tags, hosts, names };
  }
}

test('a resolver behaves as a map from series to contexts, whatever comes and goes', () => {
  const operation = fc.oneof({ weight: 6, arbitrary: sample }, { weight: 2, arbitrary: fc.nat(1000) });
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 200, size: 'max' }),
      fc.integer({ min: 1, max: 25 }),
      (operations, maxContexts) => {
        const pair = new Pair(maxContexts);
        const { counts } = pair;
        for (const each of operations) {
          if (typeof each === 'number') pair.recycle(each);
          else pair.resolve(each);
        }
        pair.expectIdsDiffer();
        pair.recycleAll();
        expect(pair.resolver.contexts.size).toBe(0);
        expect(pair.counts).toEqual(counts);
        expect(pair.resolver.contexts.idEnd).toBeLessThanOrEqual(maxContexts + OVERFLOWING + 1);
      },
    ),
    { seed, numRuns: 150 },
  );
});

describe('the memory of a resolver', () => {
  test('is as at first once all contexts are recycled, however many there were', () => {
    const resolver = makeResolver(500);
    const scopes = [createScope('', ['own'], 'h')];
    const empty = kept(resolver, scopes);
    const { contexts } = resolver;
    let warm = {};
    for (let round = 0; round < 25; round++) {
      for (let i = 0; i < 500; i++) {
        const tags = Array.from({ length: i % 12 }, (_, j) => `Tag${j}:${round}-${i % 50}`);
        const kind = (i % 6) as Kind;
        const host = i % 2 === 0 ? `host${round}.${i}` : undefined;
        const code = resolver.resolve(scopes[0], kind, `Name${round}.${i % 125}`, tags, host);
        if (code < 0) throw new Error(`refused: ${code}`);
      }
      expect(contexts.size).toBe(500);
      for (let id = 1; id < contexts.idEnd; id++) resolver.recycle(id);
      expect(kept(resolver, scopes)).toEqual(empty);
      if (round === 1) warm = heldBy(resolver);
      if (round > 1) expect(heldBy(resolver)).toEqual(warm);
    }
  });

  test('does not grow under a flood of refused samples', () => {
    const resolver = makeResolver(20);
    const scopes = [createScope('', [], undefined), createScope('child', ['own'], undefined)];
    for (let i = 0; i < 20; i++) resolver.resolve(scopes[i % 2], GAUGE, `name${i}`, [`tag:${i}`], `host${i}`);
    const before = kept(resolver, scopes);
    const heldBefore = heldBy(resolver);
    for (let i = 0; i < 20_000; i++) {
      const scope = scopes[i % 2];
      const codes = [
        resolver.resolvePlain(scope, GAUGE, `new name ${i}`),
        resolver.resolveTags(scope, GAUGE, `name${i % 20}`, [`tag:${i % 20}`, `new:${i}`]),
        resolver.resolveTags(scope, GAUGE, `new name ${i}`, [`tag:${i % 20}`]),
        resolver.resolve(scope, GAUGE, `name${i % 20}`, [`tag:${i % 20}`], `new host ${i}`),
        resolver.resolveTags(scope, GAUGE, '', [`new:${i}`]),
        resolver.resolveTags(scope, GAUGE, 'name', [`new:${i}`, 5 as unknown as string]),
      ];
      if (codes.some((code) => code > 0)) throw new Error(`a context beyond the limit, at ${i}`);
    }
    expect(kept(resolver, scopes)).toEqual(before);
    expect(heldBy(resolver)).toEqual(heldBefore);
    expect(resolver.contexts.size).toBe(20);
  });

  test('grows by a thousand overflow contexts at most under a flood of folded samples', () => {
    const resolver = makeResolver(20);
    const scopes = [createScope('', [], undefined), createScope('child', ['own'], undefined)];
    const { contexts } = resolver;
    const flood = (begin: number) => {
      for (let i = begin; i < begin + 5000; i++) {
        resolver.resolveTags(scopes[i % 2], COUNTER, `name${i % 20}`, [`tag:${i}`]);
        resolver.resolve(scopes[i % 2], DISTRIBUTION, `new name ${i}`, [], `new host ${i}`);
        resolver.resolvePlain(scopes[i % 2], COUNTER, `new name ${i}`);
      }
      return { ...kept(resolver, scopes), ...heldBy(resolver), contexts: contexts.size };
    };
    const after = flood(0);
    expect(after).toMatchObject({ contexts: 20, idEnd: 1021 });
    for (let round = 1; round < 5; round++) expect(flood(round * 5000)).toEqual(after);
    for (let id = 1; id < contexts.idEnd; id++) resolver.recycle(id);
    expect(contexts.size).toBe(0);
    expect(kept(resolver, scopes)).toMatchObject({ tags: 2, hosts: 1, names: 0 });
  });

  test('does not grow under malformed samples below the limit', () => {
    const resolver = makeResolver(1000);
    const scopes = [createScope('', [], undefined)];
    const before = kept(resolver, scopes);
    for (let i = 0; i < 5000; i++) {
      const tags = [`new:${i}`, undefined as unknown as string];
      expect(resolver.resolveTags(scopes[0], COUNTER, `name ${i}`, tags)).toBe(BAD_TAGS);
      expect(resolver.resolve(scopes[0], COUNTER, `name ${i}`, tags, `host ${i}`)).toBe(BAD_TAGS);
      expect(resolver.resolve(scopes[0], COUNTER, ' ', [`new:${i}`], `host ${i}`)).toBe(BAD_NAME);
    }
    expect(kept(resolver, scopes)).toEqual(before);
  });

  test('is bounded however names, tags and hosts are spelled', () => {
    const resolver = makeResolver(10);
    const scopes = [createScope('', [], undefined)];
    const code = resolver.resolve(scopes[0], GAUGE, 'name', ['tag'], 'host');
    for (let i = 1; i < 3000; i++) {
      const spelled = (text: string) => ' '.repeat(i % 1000) + text + ' '.repeat(i / 1000);
      expect(resolver.resolve(scopes[0], GAUGE, spelled('name'), [spelled('tag')], 'host')).toBe(code);
      expect(resolver.resolveTags(scopes[0], GAUGE, spelled('name'), [spelled('tag')])).toBeGreaterThan(0);
    }
    const { tags, tagSpellings, hosts, names } = kept(resolver, scopes);
    // The constant tag, and the tag and the host of overflow contexts are among them.
    expect({ tags, hosts, contexts: resolver.contexts.size }).toEqual({ tags: 3, hosts: 2, contexts: 2 });
    expect(tagSpellings).toBeLessThan(20);
    expect(names).toBeLessThan(100);
  });

  test('a recycled context is not found by a short cut', () => {
    const resolver = makeResolver(2);
    const scope = createScope('', [], undefined);
    const plain = resolver.resolvePlain(scope, GAUGE, 'a');
    const tagged = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
    resolver.recycle(plain >> KIND_BITS);
    resolver.recycle(tagged >> KIND_BITS);
    // The ids are given to other contexts, and the ids of the tags to other tags.
    resolver.resolveTags(scope, GAUGE, 'b', ['p', 'q']);
    resolver.resolvePlain(scope, COUNTER, 'a');
    expect(resolver.resolvePlain(scope, GAUGE, 'a')).toBe(CONTEXT_LIMIT);
    expect(resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y'])).toBe(CONTEXT_LIMIT);
  });

  test('cached tags of a recycled context lead to no other context', () => {
    const resolver = makeResolver(3);
    const scope = createScope('', [], undefined);
    const keeps = resolver.resolveTags(scope, GAUGE, 'a', ['keep']);
    const first = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'y']);
    resolver.recycle(first >> KIND_BITS);
    const other = resolver.resolveTags(scope, GAUGE, 'b', ['p', 'q']);
    const again = resolver.resolveTags(scope, GAUGE, 'a', ['x', 'z']);
    expect(tagsOf(resolver, again)).toEqual(['x', 'z']);
    expect(new Set([keeps, other, again]).size).toBe(3);
  });
});
