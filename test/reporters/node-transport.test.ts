import { describe } from 'vitest';
import { NodeTransport } from '../../src/reporters/node-transport.js';
import { describeTransport } from './support/transport-suite.js';

describe('NodeTransport', () => describeTransport((options) => new NodeTransport(options)));
