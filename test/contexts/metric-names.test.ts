import { expect, test } from 'vitest';
import { MetricNames } from '../../src/contexts/metric-names.js';
import { createScope } from '../../src/contexts/scope.js';
import { COUNTER, GAUGE } from '../../src/model/kinds.js';

const normalize = (text: string) => text.toLowerCase();

test('there is one metric for each kind and normalised name, namespace included', () => {
  const names = new MetricNames(normalize, () => {});
  const root = createScope('', [], undefined);
  const child = createScope('Shop', [], undefined);
  const { metric } = names.add(child, GAUGE, 'Views')!;
  expect(metric).toMatchObject({ text: 'shop.views', kind: GAUGE });
  expect(names.add(root, GAUGE, 'shop.VIEWS')!.metric).toBe(metric);
  expect(names.add(root, COUNTER, 'shop.views')!.metric).not.toBe(metric);
  expect(names.add(root, GAUGE, 'views')!.metric).not.toBe(metric);
  expect(names.add(root, GAUGE, '')).toBeUndefined();
});

test('a scope remembers the spellings that it uses', () => {
  const names = new MetricNames(normalize, () => {});
  const root = createScope('', [], undefined);
  const child = createScope('shop', [], undefined);
  const { metric } = names.add(root, GAUGE, 'shop.Views')!;
  names.add(child, GAUGE, 'views');
  expect(root.spellings[GAUGE].get('shop.Views')?.metric).toBe(metric);
  expect(child.spellings[GAUGE].get('views')?.metric).toBe(metric);
});

test('a scope forgets the spellings of removed metrics before they are many', () => {
  const names = new MetricNames(normalize, () => {});
  const scope = createScope('', [], undefined);
  for (let i = 0; i < 1000; i++) names.remove(names.add(scope, GAUGE, `name ${i}`)!.metric);
  expect(scope.spellings[GAUGE].size).toBeLessThan(100);
});

test('a metric that comes again after it was removed is another one', () => {
  const names = new MetricNames(normalize, () => {});
  const scope = createScope('', [], undefined);
  const { metric } = names.add(scope, GAUGE, 'views')!;
  names.remove(metric);
  expect(names.add(scope, GAUGE, 'views')!.metric).not.toBe(metric);
});

test('a name of two kinds is reported when the second kind comes, once while it has contexts of the first', () => {
  const told: unknown[] = [];
  const names = new MetricNames(normalize, (...what) => told.push(what));
  const scope = createScope('', [], undefined);
  const { metric } = names.add(scope, GAUGE, 'a')!;
  names.add(scope, GAUGE, 'A');
  names.add(scope, COUNTER, 'a');
  names.add(scope, COUNTER, 'A');
  expect(told).toEqual([['a', COUNTER, GAUGE]]);
  names.remove(metric);
  names.add(scope, COUNTER, 'a ');
  expect(told).toHaveLength(1);
});
