import { expect, test } from 'vitest';
import { MetricNames } from '../../src/contexts/metric-names.js';
import { createScope } from '../../src/contexts/scope.js';
import { COUNTER, GAUGE } from '../../src/model/kinds.js';

const normalize = (text: string) => text.toLowerCase();

test('names are one for each kind and normal text, namespace included', () => {
  const names = new MetricNames(normalize, () => {});
  const root = createScope('', [], undefined);
  const child = createScope('Shop', [], undefined);
  const name = names.use(child, GAUGE, 'Views')!.name;
  expect([name.text, name.kind]).toEqual(['shop.views', GAUGE]);
  expect(names.use(root, GAUGE, 'shop.VIEWS')!.name).toBe(name);
  expect(names.use(root, COUNTER, 'shop.views')!.name).not.toBe(name);
  expect(names.use(root, GAUGE, 'views')!.name).not.toBe(name);
  expect(names.use(root, GAUGE, '')).toBeUndefined();
});

test('a spelling is remembered in its scope until the name is removed', () => {
  const names = new MetricNames(normalize, () => {});
  const root = createScope('', [], undefined);
  const child = createScope('shop', [], undefined);
  const { name } = names.use(root, GAUGE, 'shop.Views')!;
  names.use(child, GAUGE, 'views');
  expect([root.names[GAUGE].get('shop.Views')?.name, child.names[GAUGE].get('views')?.name]).toEqual([name, name]);
  names.remove(name);
  expect([root.names[GAUGE].size, child.names[GAUGE].size]).toEqual([0, 0]);
  expect(names.use(root, GAUGE, 'shop.views')!.name).not.toBe(name);
});

test('names of two kinds are told of when the second comes, with the kind that was there', () => {
  const told: unknown[] = [];
  const names = new MetricNames(normalize, (...what) => told.push(what));
  const scope = createScope('', [], undefined);
  const { name } = names.use(scope, GAUGE, 'a')!;
  names.use(scope, GAUGE, 'A');
  names.use(scope, COUNTER, 'a');
  names.use(scope, COUNTER, 'A');
  expect(told).toEqual([['a', COUNTER, GAUGE]]);
  names.remove(name);
  names.use(scope, COUNTER, 'a ');
  expect(told).toHaveLength(1);
});
