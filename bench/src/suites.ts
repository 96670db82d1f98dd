import { counts } from './counts/suite.js';
import { flush } from './flush/suite.js';
import { memory } from './memory/suite.js';
import { mix } from './mix/suite.js';
import { percentiles } from './percentiles/suite.js';
import { recording } from './recording/suite.js';
import { requests } from './requests/suite.js';
import { sets } from './sets/suite.js';
import { start } from './start/suite.js';
import type { Suite } from './suite.js';
import { wire, wireTime } from './wire/suite.js';

/** All suites, in the order of a run. */
export const SUITES: readonly Suite[] = [
  mix,
  recording,
  percentiles,
  sets,
  flush,
  memory,
  start,
  requests,
  wire,
  wireTime,
  counts,
];
