import { describe, expect, it } from 'vitest';
import { resolveAggregates } from '../../src/options/aggregates.js';

describe('resolveAggregates', () => {
  it('returns a copy, in the order of the option', () => {
    const aggregates = ['sum', 'min'];
    const resolved = resolveAggregates(aggregates);
    aggregates.push('max');
    expect(resolved).toEqual(['sum', 'min']);
  });

  it.each([undefined, 'max', new Set(['max']), { 0: 'max', length: 1 }])('refuses %o, which is not an array', (aggregates) => {
    expect(() => resolveAggregates(aggregates)).toThrow(TypeError);
    expect(() => resolveAggregates(aggregates)).toThrow(
      /^The option `aggregates` is .*; accepted is an array, each element one of /,
    );
  });

  it('refuses an aggregate that does not exist, and names its place', () => {
    expect(() => resolveAggregates(['max', 'mean'])).toThrow(RangeError);
    expect(() => resolveAggregates(['max', 'mean'])).toThrow(/`aggregates\[1\]` is 'mean'/);
  });

  it('refuses an aggregate that is given twice', () => {
    expect(() => resolveAggregates(['max', 'min', 'max'])).toThrow(
      /`aggregates\[2\]` is 'max'; accepted is each aggregate only once/,
    );
  });
});
