import { Resolver, type ResolverSettings } from '../../../src/contexts/resolver.js';
import { createScope, type Scope } from '../../../src/contexts/scope.js';
import { KIND_BITS } from '../../../src/model/kinds.js';

/** Normalises names and tags as far as the tests of this folder need it. */
export const normalize = (text: string): string => text.trim().toLowerCase();

export function makeResolver(settings: Partial<ResolverSettings> = {}): Resolver {
  return new Resolver({
    maxContexts: 1000,
    normalizeName: normalize,
    normalizeTag: normalize,
    onTwoKinds: () => {},
    ...settings,
  });
}

/** Makes a resolver with one scope, which has no namespace, tags or host. */
export function makeResolverWithScope(settings?: Partial<ResolverSettings>): { resolver: Resolver; scope: Scope } {
  const resolver = makeResolver(settings);
  return { resolver, scope: createScope('', [], undefined) };
}

/** The full name of the metric of a code. */
export function nameOf({ contexts }: Resolver, code: number): string {
  return contexts.names.text(contexts.metricId(code >> KIND_BITS));
}

/** The tags that the context of a code shows. */
export function tagsOf({ contexts }: Resolver, code: number): string[] {
  return contexts.tagIds(code >> KIND_BITS).map((id) => contexts.tags.strings[id]);
}

/** Number of tags that are kept for contexts. The tag of overflow contexts is always kept. */
export function tagCount({ contexts }: Resolver): number {
  return contexts.tags.size - 1;
}
