import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { jsonText } from '../model/text.js';
import { type Metric, MetricSpelling, type Scope } from './scope.js';
import { ownCopy } from './string-table.js';

/** Spellings remembered for one metric: as many as real code has, and a bound for hostile input. */
const MAX_SPELLINGS = 64;

/** The metrics that have contexts. */
export class MetricNames {
  readonly #normalize: (text: string, kind: Kind) => string;
  readonly #byKind: Map<string, Metric>[] = KIND_NAMES.map(() => new Map());
  readonly #onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void;
  #nextId = 1;
  readonly #freeIds: number[] = [];

  /** @param onTwoKinds Called when a name that has contexts of one kind is first used as another. */
  constructor(normalize: (text: string, kind: Kind) => string, onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void) {
    this.#normalize = normalize;
    this.#onTwoKinds = onTwoKinds;
  }

  /** The metric that a spelling leads to, if it is there. */
  find(scope: Scope, kind: Kind, spelling: string): Metric | undefined {
    return this.#byKind[kind].get(this.#text(scope, kind, spelling));
  }

  /** Whether anything is left of a name once normalised. */
  isName(scope: Scope, kind: Kind, spelling: unknown): boolean {
    return typeof spelling === 'string' && spelling !== '' && this.#text(scope, kind, spelling) !== '';
  }

  #text(scope: Scope, kind: Kind, spelling: string): string {
    return this.#normalize(scope.namespace === '' ? spelling : `${scope.namespace}.${spelling}`, kind);
  }

  /** The metric that a spelling leads to, remembered in the scope; undefined when nothing is left of the name once normalised. */
  use(scope: Scope, kind: Kind, spelling: string): MetricSpelling | undefined {
    const text = this.#text(scope, kind, spelling);
    if (text === '') return undefined;
    let name = this.#byKind[kind].get(text);
    if (name === undefined) {
      const id = this.#freeIds.pop() ?? this.#nextId++;
      name = {
        id,
        kind,
        text: ownCopy(text),
        json: jsonText(text),
        contexts: 0,
        overflowContextId: 0,
        uses: [],
        unremembered: 0,
      };
      this.#byKind[kind].set(name.text, name);
      const other = this.#byKind.findIndex((names, otherKind) => otherKind !== kind && names.has(text));
      if (other >= 0) this.#onTwoKinds(text, kind, other as Kind);
    }
    // Those of scopes that are gone make room, but not every time anew.
    if (name.uses.length === MAX_SPELLINGS && ++name.unremembered % MAX_SPELLINGS === 0) {
      name.uses = name.uses.filter((use) => use.deref() !== undefined);
    }
    const use = new MetricSpelling(name, ownCopy(spelling), scope.names[kind]);
    if (name.uses.length < MAX_SPELLINGS) {
      use.remember();
      name.uses.push(new WeakRef(use));
    }
    return use;
  }

  /** Forgets a metric that has no contexts. */
  remove(name: Metric): void {
    for (const use of name.uses) use.deref()?.remove();
    this.#byKind[name.kind].delete(name.text);
    this.#freeIds.push(name.id);
  }
}
