import { describe } from 'vitest';
import { openUndiciTransport } from '../../src/reporters/undici-transport.js';
import { describeTransport } from './support/transport-suite.js';

describe('the transport on undici', () => describeTransport(openUndiciTransport));
