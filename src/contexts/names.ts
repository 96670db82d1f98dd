import { jsonText } from '../json-text.js';
import { KIND_NAMES, type Kind } from '../kinds.js';
import { NameUse, type Scope } from './scope.js';

/** A metric: a full name of one kind. */
export interface Name {
  /** From 1; the id of a name that was removed serves again. */
  readonly id: number;
  readonly kind: Kind;
  /** Normalised, the namespace included. */
  readonly text: string;
  /** What stands between the quotes of the text's JSON. */
  readonly json: string;
  /** Number of live contexts. */
  contexts: number;
  /** Every spelling that led here, and where it is remembered. */
  readonly uses: { readonly use: NameUse; readonly spelling: string; readonly map: Map<string, NameUse> }[];
}

/** Spellings remembered for one metric: as many as real code has, and a bound for hostile input. */
const MAX_SPELLINGS = 64;

/** The metrics that have contexts. */
export class Names {
  readonly #normalize: (text: string, kind: Kind) => string;
  readonly #byKind: Map<string, Name>[] = KIND_NAMES.map(() => new Map());
  readonly #onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void;
  #nextId = 1;
  readonly #freeIds: number[] = [];

  /** @param onTwoKinds Called when a name that has contexts of one kind is first used as another. */
  constructor(normalize: (text: string, kind: Kind) => string, onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void) {
    this.#normalize = normalize;
    this.#onTwoKinds = onTwoKinds;
  }

  /** Whether a spelling leads to a metric that is there. */
  has(scope: Scope, kind: Kind, spelling: string): boolean {
    return this.#byKind[kind].has(this.#text(scope, kind, spelling));
  }

  /** Whether anything is left of a name once normalised. */
  isName(scope: Scope, kind: Kind, spelling: unknown): boolean {
    return typeof spelling === 'string' && spelling !== '' && this.#text(scope, kind, spelling) !== '';
  }

  #text(scope: Scope, kind: Kind, spelling: string): string {
    return this.#normalize(scope.namespace === '' ? spelling : `${scope.namespace}.${spelling}`, kind);
  }

  /** The metric that a spelling leads to, remembered in the scope; undefined when nothing is left of the name once normalised. */
  use(scope: Scope, kind: Kind, spelling: string): NameUse | undefined {
    const text = this.#text(scope, kind, spelling);
    if (text === '') return undefined;
    let name = this.#byKind[kind].get(text);
    if (name === undefined) {
      name = { id: this.#freeIds.pop() ?? this.#nextId++, kind, text, json: jsonText(text), contexts: 0, uses: [] };
      this.#byKind[kind].set(text, name);
      const other = this.#byKind.findIndex((names, otherKind) => otherKind !== kind && names.has(text));
      if (other >= 0) this.#onTwoKinds(text, kind, other as Kind);
    }
    const use = new NameUse(name);
    if (name.uses.length < MAX_SPELLINGS) {
      const map = scope.names[kind];
      map.set(spelling, use);
      name.uses.push({ use, spelling, map });
    }
    return use;
  }

  /** Forgets a metric that has no contexts. */
  remove(name: Name): void {
    for (const { spelling, map } of name.uses) map.delete(spelling);
    this.#byKind[name.kind].delete(name.text);
    this.#freeIds.push(name.id);
  }
}
