import { engineNames } from '../../support/engines.js';
import { hostileCalls } from './hostile-calls.js';
import type { NamedProperty } from './property.js';
import { reEntrancy } from './re-entrancy.js';

/** All properties of this folder. */
export const properties: readonly NamedProperty[] = engineNames.flatMap((engine) => [hostileCalls(engine), reEntrancy(engine)]);
