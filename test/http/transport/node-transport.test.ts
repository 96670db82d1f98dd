import { describe } from 'vitest';
import { NodeTransport } from '../../../src/http/transport/node-transport.js';
import { describeTransport } from '../support/transport-suite.js';

describe('NodeTransport', () => describeTransport((options) => new NodeTransport(options)));
