// What an application would write without a library: one Map, whose keys are the name and the tags joined into one text.

import * as mixes from './mixes.js';

/** The number of values that a histogram keeps, as many as this project's client keeps. */
const KEPT_VALUES = 1000;

/** The state of one context, of any kind. */
class Cell {
  /** The sum of a counter, the last value of a gauge, or the number of samples of a histogram. */
  value = 0;
  readonly values: number[] = [];
}

type Key = (name: number, options: mixes.Options) => string;

function keyBuilder(mix: mixes.Mix, names: readonly string[]): Key {
  switch (mix.style) {
    case 'array':
      return (name, options) => `${names[name]}|${(options as string[]).join(',')}`;
    case 'object':
      return (name, options) => {
        const labels = (options as { tags: mixes.Labels }).tags;
        let key = names[name];
        for (const label in labels) key += `,${label}:${labels[label as keyof mixes.Labels]}`;
        return key;
      };
    case 'host':
      return (name, options) => {
        const { tags, host } = options as { tags: string[]; host: string };
        return `${names[name]}|${tags.join(',')}|${host}`;
      };
    case 'children': {
      const prefixes = Array.from({ length: mixes.CHILDREN }, (_, child) => `component:${child}|${mixes.CHILD_NAMESPACE}.`);
      return (name, options) => `${prefixes[name % mixes.CHILDREN]}${names[name]}|${(options as string[]).join(',')}`;
    }
  }
}

export function createCase(mix: mixes.Mix, order: Uint32Array): mixes.MixCase {
  const build = mixes.optionsBuilder(mix);
  const keyOf = keyBuilder(mix, mixes.namesOf(mix));
  const cells = new Map<string, Cell>();
  return {
    record(first, count) {
      for (let i = first; i < first + count; i++) {
        const sample = order[i & mixes.ORDER_MASK];
        const name = sample >>> mixes.NAME_SHIFT;
        const key = keyOf(name, build((sample >>> mixes.ROUTE_SHIFT) & mixes.ROUTE_MASK, sample & mixes.STATUS_MASK));
        let cell = cells.get(key);
        if (cell === undefined) {
          cell = new Cell();
          cells.set(key, cell);
        }
        switch (mixes.kindOf(name)) {
          case mixes.INCREMENT:
            cell.value += 1;
            break;
          case mixes.GAUGE:
            cell.value = mixes.valueAt(i);
            break;
          default:
            if (cell.values.length < KEPT_VALUES) cell.values.push(mixes.valueAt(i));
            else cell.values[cell.value % KEPT_VALUES] = mixes.valueAt(i);
            cell.value++;
        }
      }
    },
    drain() {
      let sum = 0;
      for (const { value } of cells.values()) sum += value;
      cells.clear();
      return sum;
    },
  };
}
