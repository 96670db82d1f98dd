import fc from 'fast-check';
import { test } from 'vitest';
import { fixedRuns } from '../engine/support/properties.js';
import { repetitions } from '../engine/support/variants.js';
import { properties } from './properties/index.js';

test.each(properties.map((property) => [property.name, property] as const))('%s', async (_, { property, runs }) => {
  await fc.assert(property, fixedRuns(repetitions(...runs)));
});
